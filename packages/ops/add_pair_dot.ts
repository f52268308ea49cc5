import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import pairs from "../../shaders/shared/pairs.wgsl" with { type: "text" };
import shader from "../../shaders/add_pair_dot.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { isPairCount, pairOf } from "./pairs.ts";

/**
 * Adds products over positions to a kernel: `kernel[i, j] += scale · Σ_u a[u, p] b[u, p]`, where (i, j) is pair `p` of samples:
 * rows `firstRow` … with all samples from `firstColumn` on. `a` is [positions, pairs]; `b` the same or [1, pairs], its one row
 * then going with every row of `a`; `kernel` [samples, samples].
 */
export const addPairDot = defineOp({
  name: "add_pair_dot",
  shader: [grid, pairs, shader],
  bindings: { a: "f32", b: "f32", kernel: "f32 inout" },
  params: { scale: "f32", firstRow: "u32", firstColumn: "u32" },
  shapes: { a: ["positions", "pairs"], b: ["bRows", "pairs"], kernel: ["samples", "samples"] },
  rules: [
    { says: "b of as many rows as a, or one", holds: ({ a, b }) => b.rows === 1 || b.rows === a.rows },
    {
      says: "a column of a for each pair of samples",
      holds: ({ a, kernel }, range) => isPairCount(a.cols, kernel.rows, { ...range, diagonal: false }),
    },
  ],
  tuning: () => ({ diagonal: false }),
  workgroups: ({ a }) => gridOf(a.cols),
  reference({ a, b, kernel }, { scale, ...settings }) {
    const range = { ...settings, diagonal: false };
    const sums = new Float64Array(a.cols);
    for (let u = 0; u < a.rows; u++) {
      const row = u * a.cols, row2 = b.rows === 1 ? 0 : row;
      for (let p = 0; p < a.cols; p++) sums[p] += a.data[row + p] * b.data[row2 + p];
    }
    for (let p = 0; p < a.cols; p++) {
      const [i, j] = pairOf(p, kernel.cols, range);
      kernel.data[i * kernel.cols + j] += scale * sums[p];
    }
  },
});
