import fc from "fast-check";
import { maskWeights } from "@graphon-limit/ops";
import { dimension, elementSeed, normalMatrix, output, randomBits, testOp } from "./harness.ts";

testOp(maskWeights, {
  cases: fc.record({ rows: dimension, cols: dimension, seed: elementSeed }).map(({ rows, cols, seed }) => ({
    args: {
      weights: normalMatrix(seed, rows, cols),
      mask: randomBits(seed, rows, cols),
      out: output(rows, cols),
    },
  })),
  runs: 25,
});
