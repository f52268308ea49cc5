import { correctPredictions, recordSum } from "@graphon-limit/ops";
import {
  assertData,
  type Batch,
  crossEntropyLoss,
  gatherBatch,
  type Loss,
  type Mlp,
  predict,
} from "@graphon-limit/model";

/** How well a network does on some data. */
export interface Score {
  /** The mean loss. */
  readonly loss: number;
  /** The fraction of samples whose largest output is that of their label. */
  readonly accuracy: number;
}

/** Samples that go through the network at a time. */
const TOGETHER = 512;

/**
 * The mean loss and the accuracy of a network on data, read back as two numbers.
 *
 * @param loss cross-entropy unless given
 */
export async function evaluate(mlp: Mlp, data: Batch, loss: Loss = crossEntropyLoss()): Promise<Score> {
  assertData(mlp, data);
  const { device } = mlp, samples = data.inputs.cols;
  using totals = device.matrix(1, 2);
  device.clear(totals);
  using columns = device.upload(Uint32Array.from({ length: samples }, (_, i) => i), 1, samples);
  for (let start = 0; start < samples; start += TOGETHER) {
    using batch = gatherBatch(data, columns, start, Math.min(TOGETHER, samples - start));
    using outputs = predict(mlp, batch.inputs);
    using value = loss.value(device, outputs, batch);
    using correct = device.matrix(1, batch.inputs.cols);
    device.run(correctPredictions, { outputs, labels: batch.labels, correct });
    const add = { scale: 1, accumulate: 1 };
    device.run(recordSum, { x: value.losses, record: totals }, { slot: 0, ...add });
    device.run(recordSum, { x: correct, record: totals }, { slot: 1, ...add });
  }
  const [total, right] = await device.read(totals);
  return { loss: total / samples, accuracy: right / samples };
}
