import type { Batch, Network } from "@graphon-limit/model";
import type { LongCallOptions } from "@graphon-limit/runtime";
import { training, type TrainingOptions } from "./training.ts";
import { type Evaluation, TrainingState } from "./training_state.ts";

/** What a run of training left beside the weights. */
export interface TrainingRun {
  /** The loss of each step's batch, before its update. */
  readonly losses: readonly number[];
  /** What held-out data showed, in order. */
  readonly evaluations: readonly Evaluation[];
}

/**
 * Trains a network to the end: {@linkcode training}, looped over.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { generateDigits } from "@graphon-limit/data";
 * import { adam, initialise, uploadBatch } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 * import { train } from "@graphon-limit/training";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [784, 32, 10], "he", { seed: seedFrom(0) });
 * const { images, labels } = generateDigits({ count: 100 });
 * using data = uploadBatch(device, images, labels);
 * const { losses } = await train(network, data, {
 *   steps: 20,
 *   batchSize: 25,
 *   optimiser: adam(),
 *   learningRate: 0.01,
 * });
 * assert.ok(losses[19] < losses[0]);
 * ```
 */
export async function train(
  network: Network,
  data: Batch,
  { onProgress, ...options }: TrainingOptions & LongCallOptions,
): Promise<TrainingRun> {
  using fresh = options.state ? undefined : TrainingState.begin(network, options.optimiser);
  const state = options.state ?? fresh!;
  for await (const { step } of training(network, data, { ...options, state })) {
    onProgress?.(step, options.steps);
  }
  return { losses: [...state.losses], evaluations: [...state.evaluations] };
}
