import { softmaxCrossEntropy, squaredError } from "@graphon-limit/ops";
import { type Device, InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import type { Batch } from "./batch.ts";

/** A loss taken on a batch: one number per sample, and the gradient of their mean. */
export class LossValue implements Disposable {
  constructor(
    /** [1, samples]. */
    readonly losses: Matrix,
    /** `∂(mean loss)/∂f` [classes, samples]. */
    readonly gradient: Matrix,
  ) {}

  [Symbol.dispose](): void {
    this.losses.dispose();
    this.gradient.dispose();
  }
}

/** A function of a network's outputs [classes, samples] and the batch they belong to. */
export interface Loss {
  value(device: Device, outputs: Matrix, batch: Batch): LossValue;
  /** The directional derivative of `value`'s gradient along `outputTangent`, [classes, samples]. */
  gradientTangent(device: Device, outputs: Matrix, outputTangent: Matrix, batch: Batch): Matrix;
}

/** Softmax cross-entropy of `f / temperature`, the mean over samples. */
export function crossEntropyLoss({ temperature = 1 }: { temperature?: number } = {}): Loss {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new InvalidArgumentError(`Expected a temperature above 0 but found ${show(temperature)}`);
  }
  return {
    value: (device, logits, { labels }) => crossEntropy(device, logits, labels, { temperature }),
    gradientTangent(device, logits, tangent, { labels }) {
      const gradient = device.matrix(logits.rows, logits.cols);
      device.run(softmaxCrossEntropy, { logits, labels, tangent, gradient }, {
        temperature,
        count: logits.cols,
      });
      return gradient;
    },
  };
}

/** Mean squared error over classes and samples, against the batch's targets or the one-hot vectors of its labels. */
export function squaredErrorLoss(): Loss {
  const wanted = ({ targets, labels }: Batch) => (targets ? { targets } : { labels });
  return {
    value(device, outputs, batch) {
      const loss = device.matrix(1, outputs.cols), gradient = device.matrix(outputs.rows, outputs.cols);
      device.run(squaredError, { outputs, ...wanted(batch), loss, gradient }, { count: outputs.cols });
      return new LossValue(loss, gradient);
    },
    gradientTangent(device, outputs, tangent, batch) {
      const gradient = device.matrix(outputs.rows, outputs.cols);
      device.run(squaredError, { outputs, ...wanted(batch), tangent, gradient }, { count: outputs.cols });
      return gradient;
    },
  };
}

/** Softmax cross-entropy of `logits / temperature` [classes, samples] against class numbers [1, samples]. */
export function crossEntropy(
  device: Device,
  logits: Matrix,
  labels: Matrix<"u32">,
  { temperature = 1 }: { temperature?: number } = {},
): LossValue {
  const loss = device.matrix(1, logits.cols), gradient = device.matrix(logits.rows, logits.cols);
  device.run(softmaxCrossEntropy, { logits, labels, loss, gradient }, { temperature, count: logits.cols });
  return new LossValue(loss, gradient);
}

/** The mean of per-sample losses [1, samples], in float64; NaN for no samples. */
export async function meanLoss(losses: Matrix): Promise<number> {
  const values = await losses.device.read(losses);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
