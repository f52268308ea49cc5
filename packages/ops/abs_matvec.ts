import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/abs_matvec.wgsl" with { type: "text" };
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import { assertRows, assertShape } from "./assert_shape.ts";
import { lowestBit } from "./float_bits.ts";
import { foldTuning } from "./fold.ts";
import { groupGrid } from "./grid.ts";

/** `y = (|W| ⊙ M) r`, SynFlow's forward step: weights and mask [m, n], r [n, 1], y [m, 1]. No mask keeps all. */
export const absMatvec = defineOp({
  name: "abs_matvec",
  shader: [fold, shader],
  bindings: { weights: "f32", mask: "bits?", r: "f32", y: "f32 out" },
  panelled: ["weights", "mask"],
  vec4: ["weights", "r"],
  tuning: ({ weights }, _, info) => ({
    ...foldTuning(info, 64),
    split: !info.software,
    vec4: weights.cols % 4 === 0,
  }),
  workgroups: (shapes, _, { split }) => {
    assertShapes(shapes);
    const { rows } = shapes.weights;
    return groupGrid(split ? rows : Math.ceil(rows / 64));
  },
  reference(views, { rowOffset }) {
    assertShapes(views);
    const { weights, mask, r, y } = views;
    for (let i = 0; i < weights.rows; i++) {
      let sum = 0;
      const start = i * weights.cols;
      if (!mask) {
        for (let j = 0; j < weights.cols; j++) sum += Math.abs(weights.data[start + j]) * r.data[j];
      } else {
        for (let word = 0; word < mask.wordsPerRow; word++) {
          for (let left = mask.data[i * mask.wordsPerRow + word]; left !== 0; left &= left - 1) {
            const j = word * 32 + lowestBit(left);
            sum += Math.abs(weights.data[start + j]) * r.data[j];
          }
        }
      }
      y.data[rowOffset + i] = sum;
    }
  },
  accelerated(views, { rowOffset }, kernels) {
    assertShapes(views);
    const { weights, mask, r, y } = views;
    kernels.launch(
      "abs_matvec",
      Math.ceil(weights.rows / 32),
      ...[kernels.address(weights), kernels.address(mask), (mask?.wordsPerRow ?? 0) * 4],
      ...[weights.rows, weights.cols, kernels.address(r), kernels.address(y) + rowOffset * 4],
    );
  },
});

function assertShapes(
  { weights, mask, r, y }: Record<"weights" | "r" | "y", Shape> & { mask?: Shape },
): void {
  if (mask) assertShape("abs_matvec", "mask", mask, weights.rows, weights.cols);
  assertShape("abs_matvec", "r", r, weights.cols, 1);
  assertRows("abs_matvec", "y", y, weights.rows);
}
