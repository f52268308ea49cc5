import { correctPredictions, recordSum } from "@graphon-limit/ops";
import type { LongCallOptions } from "@graphon-limit/runtime";
import {
  assertData,
  type Batch,
  crossEntropyLoss,
  gatherBatch,
  type Loss,
  type Network,
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
 * @param options the loss is cross-entropy unless given; progress counts samples
 */
export async function evaluate(
  network: Network,
  data: Batch,
  { loss = crossEntropyLoss(), signal, onProgress }: { readonly loss?: Loss } & LongCallOptions = {},
): Promise<Score> {
  assertData(network, data);
  const { device } = network, samples = data.inputs.cols;
  using totals = device.matrix(1, 2);
  device.clear(totals);
  using columns = device.upload(Uint32Array.from({ length: samples }, (_, i) => i), 1, samples);
  for (let start = 0; start < samples; start += TOGETHER) {
    signal?.throwIfAborted();
    using batch = gatherBatch(data, columns, start, Math.min(TOGETHER, samples - start));
    using outputs = predict(network, batch.inputs);
    using value = loss.value(device, outputs.out, batch);
    using correct = device.matrix(1, batch.inputs.cols);
    device.run(correctPredictions, { outputs: outputs.out, labels: batch.labels, correct });
    const add = { scale: 1, accumulate: 1 };
    device.run(recordSum, { x: value.losses, record: totals }, { slot: 0, ...add });
    device.run(recordSum, { x: correct, record: totals }, { slot: 1, ...add });
    onProgress?.(Math.min(start + TOGETHER, samples), samples);
  }
  const [total, right] = await device.read(totals);
  return { loss: total / samples, accuracy: right / samples };
}
