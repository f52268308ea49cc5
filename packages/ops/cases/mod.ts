/**
 * Cases of ops: host matrices, one run of an op on a device, and a realistic case of every op. For self-tests, benchmarks and
 * tests; nothing that computes with the ops needs them.
 *
 * @module
 */
export * from "./op_case.ts";
export * from "./sample_case.ts";
export * from "./sample_cases.ts";
