import { defineOp, InvalidArgumentError, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import pairs from "../../shaders/shared/pairs.wgsl" with { type: "text" };
import shader from "../../shaders/pair_products.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { isPairCount, pairOf, type PairRange } from "./pairs.ts";

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
  workgroups: (shapes, settings) => {
    assertShapes(shapes, settings);
    return gridOf(shapes.out.rows * shapes.out.cols);
  },
  reference(views, settings) {
    assertShapes(views, settings);
    const { x, out } = views;
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

function assertShapes({ x, out }: Record<"x" | "out", Shape>, range: PairRange): void {
  if (out.rows === 0 || x.rows % out.rows !== 0) {
    throw new InvalidArgumentError(
      `Expected pair_products' out to have rows that divide ${x.rows} features but found ${out.rows}`,
    );
  }
  if (!isPairCount(out.cols, x.cols, range)) {
    throw new InvalidArgumentError(
      `Expected pair_products' out to have a column for each pair of ${x.cols} samples but found ${out.cols}`,
    );
  }
}
