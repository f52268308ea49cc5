import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/mask_from_threshold.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { orderKey } from "./float_order.ts";
import { gridOf } from "./grid.ts";

/**
 * The mask [m, n] that keeps an entry iff its score is above the threshold in `state` (from `kthSmallest`) and, where
 * `previous` is given, it was kept before. Ties at the threshold go (design §2).
 */
export const maskFromThreshold = defineOp({
  name: "mask_from_threshold",
  shader: [grid, floatOrder, shader],
  bindings: { scores: "f32", previous: "bits?", state: "u32", mask: "bits out" },
  panelled: ["scores", "previous", "mask"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.mask.rows * shapes.mask.wordsPerRow);
  },
  reference(views) {
    assertShapes(views);
    const { scores, previous, state, mask } = views;
    const bits = new Uint32Array(scores.data.buffer, scores.data.byteOffset, scores.data.length);
    const threshold = state.data[0];
    for (let i = 0; i < mask.rows; i++) {
      for (let w = 0; w < mask.wordsPerRow; w++) {
        const target = i * mask.wordsPerRow + w, source = i * mask.cols + w * 32;
        const count = Math.min(32, mask.cols - w * 32);
        let word = 0;
        for (let bit = 0; bit < count; bit++) {
          word |= (orderKey(bits[source + bit]) > threshold ? 1 : 0) << bit;
        }
        mask.data[target] = previous ? word & previous.data[target] : word;
      }
    }
  },
  accelerated(views, _, kernels) {
    assertShapes(views);
    const { scores, previous, state, mask } = views;
    const partRows = Math.max(1, Math.floor(4096 / mask.wordsPerRow));
    kernels.launch(
      "mask_from_threshold",
      mask.wordsPerRow === 0 ? 0 : Math.ceil(mask.rows / partRows),
      ...[kernels.address(scores), kernels.address(previous), kernels.address(state), kernels.address(mask)],
      ...[mask.rows, mask.cols],
    );
  },
});

function assertShapes(
  { scores, previous, mask }: Record<"scores" | "mask", Shape> & { previous?: Shape },
): void {
  assertShape("mask_from_threshold", "scores", scores, mask.rows, mask.cols);
  if (previous) assertShape("mask_from_threshold", "previous", previous, mask.rows, mask.cols);
}
