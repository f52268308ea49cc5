import { defineOp, InvalidArgumentError, type Shape } from "@graphon-limit/runtime";
import pairs from "../../shaders/shared/pairs.wgsl" with { type: "text" };
import shader from "../../shaders/add_pair_dot.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { isPairCount, pairOf, type PairRange } from "./pairs.ts";

/**
 * Adds products over positions to a kernel: `kernel[i, j] += scale · Σ_u a[u, p] b[u, p]`, where (i, j) is pair `p` of samples:
 * rows `firstRow` … with all samples from `firstColumn` on. `a` is [positions, pairs]; `b` the same or [1, pairs], its one row
 * then going with every row of `a`; `kernel` [samples, samples].
 */
export const addPairDot = defineOp({
  name: "add_pair_dot",
  shader: [pairs, shader],
  bindings: { a: "f32", b: "f32", kernel: "f32 inout" },
  params: { scale: "f32", firstRow: "u32", firstColumn: "u32" },
  tuning: () => ({ diagonal: false }),
  workgroups: (shapes, settings) => {
    assertShapes(shapes, { ...settings, diagonal: false });
    return [Math.ceil(shapes.a.cols / 64)];
  },
  reference(views, { scale, ...settings }) {
    const range = { ...settings, diagonal: false };
    assertShapes(views, range);
    const { a, b, kernel } = views;
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

function assertShapes({ a, b, kernel }: Record<"a" | "b" | "kernel", Shape>, range: PairRange): void {
  assertShape("add_pair_dot", "b", b, b.rows === 1 ? 1 : a.rows, a.cols);
  assertShape("add_pair_dot", "kernel", kernel, kernel.rows, kernel.rows);
  if (!isPairCount(a.cols, kernel.rows, range)) {
    throw new InvalidArgumentError(
      `Expected add_pair_dot's a to have a column for each pair of ${kernel.rows} samples but found ${a.cols}`,
    );
  }
}
