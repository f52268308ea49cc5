import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/correct_predictions.wgsl" with { type: "text" };

/**
 * Which samples a network classifies rightly: `correct` [1, samples] gets 1 where the largest of a column of `outputs`
 * [classes, samples], the first of equal ones, is that of the sample's class number in `labels` [1, samples], else 0.
 */
export const correctPredictions = defineOp({
  name: "correct_predictions",
  shader,
  bindings: { outputs: "f32", labels: "u32", correct: "f32 out" },
  shapes: { outputs: ["classes", "samples"], labels: [1, "samples"], correct: [1, "samples"] },
  workgroups: ({ outputs }) => [Math.ceil(outputs.cols / 64)],
  reference({ outputs, labels, correct }) {
    const samples = outputs.cols;
    for (let b = 0; b < samples; b++) {
      let best = 0;
      for (let c = 1; c < outputs.rows; c++) {
        if (outputs.data[c * samples + b] > outputs.data[best * samples + b]) best = c;
      }
      correct.data[b] = best === labels.data[b] ? 1 : 0;
    }
  },
});
