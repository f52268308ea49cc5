import assert from "node:assert/strict";
import { catalogue } from "@graphon-limit/ops";
import { sampleCases } from "@graphon-limit/ops/cases";
import { runCase, testDevice } from "./harness.ts";

/** Wide enough that the work of every kernel falls into several parts, and on no boundary of theirs. */
const WIDTH = 613;

for (const op of catalogue.filter(({ accelerated }) => accelerated)) {
  Deno.test({
    name: `${op.name}: the kernels agree with the twin where the work falls into many parts`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const kernels = await testDevice("cpu"), twin = await testDevice("twin");
      for (const sample of sampleCases[op.name](WIDTH)) {
        const actual = await runCase(kernels, op, sample), expected = await runCase(twin, op, sample);
        for (const name in expected) {
          const values = [...expected[name]], exact = !(expected[name] instanceof Float32Array);
          const largest = values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
          values.forEach((value, i) => {
            const found = actual[name][i], near = Math.abs(found - value) <= (exact ? 0 : 1e-5 * largest);
            if (!near && !Object.is(found, value)) {
              assert.fail(`${sample.size}: ${name}[${i}] is ${found}, the twin's ${value}`);
            }
          });
        }
      }
    },
  });
}
