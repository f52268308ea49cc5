/**
 * Graphons of masks: step graphons, their estimation by sort-and-smooth, averaging, distances, sampling.
 *
 * @module
 */
export * from "./distance.ts";
export * from "./sample.ts";
export * from "./sort_and_smooth.ts";
export * from "./step_graphon.ts";
export * from "./trials.ts";
