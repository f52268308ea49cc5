import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import pairs from "../../shaders/shared/pairs.wgsl" with { type: "text" };
import shader from "../../shaders/pair_products.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { isPairCount, pairOf } from "./pairs.ts";

/**
 * Products of samples, feature by feature: `out[a, p]` is the mean of `x[v, i] x[v, j]` over the features `v` of group `a`,
 * where (i, j) is pair `p`. `x` is [features, samples]; `out` [groups, pairs], its groups dividing the features evenly. The
 * pairs are those of rows `firstRow` … with all samples from `firstColumn` on, or, with `diagonal`, each sample with itself.
 */
export const pairProducts = defineOp({
  name: "pair_products",
  shader: [grid, pairs, shader],
  bindings: { x: "f32", out: "f32 out" },
  params: { firstRow: "u32", firstColumn: "u32" },
  options: { diagonal: [false, true] },
  shapes: { x: ["features", "samples"], out: ["groups", "pairs"] },
  rules: [
    {
      says: "rows of out that divide those of x",
      holds: ({ x, out }) => out.rows > 0 && x.rows % out.rows === 0,
    },
    {
      says: "a column of out for each pair of samples",
      holds: ({ x, out }, range) => isPairCount(out.cols, x.cols, range),
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }, settings) {
    const size = x.rows / out.rows;
    for (let a = 0; a < out.rows; a++) {
      for (let p = 0; p < out.cols; p++) {
        const [i, j] = pairOf(p, x.cols, settings);
        let sum = 0;
        for (let v = a * size; v < (a + 1) * size; v++) {
          sum += x.data[v * x.cols + i] * x.data[v * x.cols + j];
        }
        out.data[a * out.cols + p] = sum / size;
      }
    }
  },
});
