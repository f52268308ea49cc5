import fc from "fast-check";
import { addScaled } from "@graphon-limit/ops";
import { dimension, elementSeed, normalMatrix, testOp } from "./harness.ts";

testOp(addScaled, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    scale: fc.constantFrom(1, -0.1, 0, 3),
    divisor: fc.option(fc.constantFrom(0.5, 3)),
  })
    .map(({ rows, cols, seed, scale, divisor }) => ({
      args: {
        x: normalMatrix(seed, rows, cols),
        divisor: divisor === null ? undefined : { rows: 1, cols: 1, data: Float32Array.of(divisor) },
        y: normalMatrix(seed + 1, rows, cols),
      },
      settings: { scale },
    })),
  tolerance: { absolute: 1e-6, relative: 1e-6 },
  runs: 25,
});
