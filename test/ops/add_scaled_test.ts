import fc from "fast-check";
import { addScaled } from "@graphon-limit/ops";
import { dimension, elementSeed, normalMatrix, testOp } from "./harness.ts";

testOp(addScaled, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    scale: fc.constantFrom(1, -0.1, 0, 3),
  })
    .map(({ rows, cols, seed, scale }) => ({
      args: { x: normalMatrix(seed, rows, cols), y: normalMatrix(seed + 1, rows, cols) },
      settings: { scale },
    })),
  tolerance: { absolute: 1e-6, relative: 1e-6 },
  runs: 25,
});
