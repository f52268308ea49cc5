import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/softmax_cross_entropy.wgsl" with { type: "text" };

/**
 * Softmax cross-entropy of `logits / temperature` [classes, samples] against class numbers `labels` [1, samples].
 *
 * `loss` [1, samples] gets `log Σ_c exp(f_c/T) − f_label/T` per sample; `gradient` [classes, samples] gets
 * `(softmax(f/T) − y) / (count · T)`, which for `count` samples is the gradient of the batch mean with respect to f.
 * Given a `tangent` df of the logits, both get their directional derivatives instead: `(p − y)ᵀ df/T` and
 * `(p ⊙ df/T − p (pᵀ df/T)) / (count · T)`, p the softmax. The largest logit is subtracted first, so nothing overflows.
 */
export const softmaxCrossEntropy = defineOp({
  name: "softmax_cross_entropy",
  shader,
  bindings: { logits: "f32", labels: "u32", tangent: "f32?", loss: "f32 out?", gradient: "f32 out" },
  params: { temperature: "f32", count: "f32" },
  shapes: {
    logits: ["classes", "samples"],
    labels: [1, "samples"],
    tangent: ["classes", "samples"],
    loss: [1, "samples"],
    gradient: ["classes", "samples"],
  },
  workgroups: ({ logits }) => [Math.ceil(logits.cols / 64)],
  reference({ logits, labels, tangent, loss, gradient }, { temperature, count }) {
    const classes = logits.rows, samples = logits.cols;
    const probability = new Float64Array(classes);
    for (let b = 0; b < samples; b++) {
      const label = labels.data[b];
      let top = 0, total = 0, others = 0;
      for (let c = 1; c < classes; c++) {
        if (logits.data[c * samples + b] > logits.data[top * samples + b]) top = c;
      }
      const largest = logits.data[top * samples + b];
      for (let c = 0; c < classes; c++) {
        total += probability[c] = Math.exp((logits.data[c * samples + b] - largest) / temperature);
        if (c !== label) others += probability[c];
      }
      for (let c = 0; c < classes; c++) probability[c] /= total;
      if (tangent) {
        // Changes are taken relative to the likeliest class's: where p is nearly 1, change − mean would cancel.
        const origin = tangent.data[top * samples + b];
        let mean = 0, own = -origin / temperature;
        for (let c = 0; c < classes; c++) {
          const change = (tangent.data[c * samples + b] - origin) / temperature;
          mean += probability[c] * change;
          if (c === label) own = change;
        }
        for (let c = 0; c < classes; c++) {
          const change = (tangent.data[c * samples + b] - origin) / temperature;
          gradient.data[c * samples + b] = probability[c] * (change - mean) / (count * temperature);
        }
        if (loss) loss.data[b] = mean - own;
      } else {
        for (let c = 0; c < classes; c++) {
          // p − 1 of the label, as the others' sum: a saturated softmax keeps all its digits.
          const difference = c === label ? -others / total : probability[c];
          gradient.data[c * samples + b] = difference / (count * temperature);
        }
        const own = label < classes ? (logits.data[label * samples + b] - largest) / temperature : 0;
        if (loss) loss.data[b] = Math.log(total) - own;
      }
    }
  },
});
