import { type Batch, crossEntropyLoss, gatherBatch, type Network, predict } from "@graphon-limit/model";
import { correctPredictions, recordSum } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { EvaluateOptions, Score } from "./score.ts";

/** Samples that go through the network at a time. */
const TOGETHER = 512;

/** Records an evaluation: the sum of all losses and the number of right answers, [1, 2]; the caller's to dispose of. */
export function recordTotals(
  network: Network,
  data: Batch,
  { loss = crossEntropyLoss(), signal, onProgress }: EvaluateOptions,
): Matrix {
  const { device } = network, samples = data.inputs.cols, totals = device.matrix(1, 2);
  try {
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
    return totals;
  } catch (error) {
    totals.dispose();
    throw error;
  }
}

/** What a recorded evaluation of some data says. */
export async function readScore(totals: Matrix, data: Batch): Promise<Score> {
  const [total, right] = await totals.device.read(totals), samples = data.inputs.cols;
  return { loss: total / samples, accuracy: right / samples };
}
