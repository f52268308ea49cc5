import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/squared_error.wgsl" with { type: "text" };

/**
 * Squared error of `outputs` [classes, samples] against `targets` of the same shape, or against the one-hot vectors of
 * class numbers `labels` [1, samples]; the mean runs over classes and samples, as in PyTorch's `MSELoss`.
 *
 * `loss` [1, samples] gets `Σ_c (f_c − y_c)² / classes` per sample; `gradient` gets `2 (f − y) / (classes · count)`, which
 * for `count` samples is the gradient of the mean. Given a `tangent` df of the outputs, both get their directional
 * derivatives instead.
 */
export const squaredError = defineOp({
  name: "squared_error",
  shader,
  bindings: {
    outputs: "f32",
    targets: "f32?",
    labels: "u32?",
    tangent: "f32?",
    loss: "f32 out?",
    gradient: "f32 out",
  },
  params: { count: "f32" },
  shapes: {
    outputs: ["classes", "samples"],
    targets: ["classes", "samples"],
    labels: [1, "samples"],
    tangent: ["classes", "samples"],
    loss: [1, "samples"],
    gradient: ["classes", "samples"],
  },
  rules: [
    { says: "either targets or labels", holds: ({ targets, labels }) => !targets !== !labels },
  ],
  workgroups: ({ outputs }) => [Math.ceil(outputs.cols / 64)],
  reference({ outputs, targets, labels, tangent, loss, gradient }, { count }) {
    const classes = outputs.rows, samples = outputs.cols;
    for (let b = 0; b < samples; b++) {
      let total = 0;
      for (let c = 0; c < classes; c++) {
        const index = c * samples + b;
        const wanted = targets ? targets.data[index] : labels?.data[b] === c ? 1 : 0;
        const difference = outputs.data[index] - wanted;
        const change = tangent ? tangent.data[index] : difference;
        total += tangent ? 2 * difference * change : difference * difference;
        gradient.data[index] = 2 * change / (classes * count);
      }
      if (loss) loss.data[b] = total / Math.max(classes, 1);
    }
  },
});
