import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/correct_predictions.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";

/**
 * Which samples a network classifies rightly: `correct` [1, samples] gets 1 where the largest of a column of `outputs`
 * [classes, samples], the first of equal ones, is that of the sample's class number in `labels` [1, samples], else 0.
 */
export const correctPredictions = defineOp({
  name: "correct_predictions",
  shader,
  bindings: { outputs: "f32", labels: "u32", correct: "f32 out" },
  workgroups: (shapes) => {
    assertShapes(shapes);
    return [Math.ceil(shapes.outputs.cols / 64)];
  },
  reference(views) {
    assertShapes(views);
    const { outputs, labels, correct } = views, samples = outputs.cols;
    for (let b = 0; b < samples; b++) {
      let best = 0;
      for (let c = 1; c < outputs.rows; c++) {
        if (outputs.data[c * samples + b] > outputs.data[best * samples + b]) best = c;
      }
      correct.data[b] = best === labels.data[b] ? 1 : 0;
    }
  },
});

function assertShapes({ outputs, labels, correct }: Record<"outputs" | "labels" | "correct", Shape>): void {
  assertShape("correct_predictions", "labels", labels, 1, outputs.cols);
  assertShape("correct_predictions", "correct", correct, 1, outputs.cols);
}
