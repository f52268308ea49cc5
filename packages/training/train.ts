import { recordSum } from "@graphon-limit/ops";
import {
  assertCount,
  GraphonLimitError,
  InvalidArgumentError,
  type Matrix,
  type Seed,
  seedFrom,
} from "@graphon-limit/runtime";
import {
  assertData,
  backward,
  type Batch,
  crossEntropyLoss,
  forward,
  gatherBatch,
  layerGradient,
  type Loss,
  type Mlp,
  type Optimiser,
} from "@graphon-limit/model";
import { evaluate } from "./evaluate.ts";
import { assertRate, constantRate, type LearningRate } from "./learning_rate.ts";
import { SampleOrder } from "./sample_order.ts";
import { type Evaluation, TrainingState } from "./training_state.ts";

/** How {@linkcode train} trains, and for how long. */
export interface TrainOptions {
  /** Steps there are to be in the end, those of a resumed state included. */
  readonly steps: number;
  /** Samples of a step. */
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  /** The learning rate: of every step, or as a function of the step counted from 0 (see `cosineRate` and others). */
  readonly learningRate: number | LearningRate;
  /** Cross-entropy unless given. */
  readonly loss?: Loss;
  /** Whether each epoch has its samples in an order of its own (default), or all have them in the data's order. */
  readonly shuffle?: boolean;
  /** Decides the shuffles; 0 unless given. */
  readonly seed?: Seed;
  /** Data the network is not trained on, to be evaluated after every `every` steps and after the last. */
  readonly heldOut?: { readonly data: Batch; readonly every: number };
  /** Where to go on from, kept up to date; the caller's to dispose of. A run from the start unless given. */
  readonly state?: TrainingState;
  /** Most steps recorded before their losses are read back; fewer are where a step takes long. Default 50. */
  readonly readEvery?: number;
  /** Told how many steps are done and the last one's loss, each time losses are read. */
  readonly onProgress?: (step: number, loss: number) => void;
  /** Ends training between two readings, rejecting with the signal's reason; state and weights then go together. */
  readonly signal?: AbortSignal;
}

/** What a run of training left beside the weights. */
export interface TrainingRun {
  /** The loss of each step's batch, before its update. */
  readonly losses: readonly number[];
  /** What held-out data showed, in order. */
  readonly evaluations: readonly Evaluation[];
}

/** The loss is no longer a number: the learning rate is too large for the network and its data. */
export class DivergedError extends GraphonLimitError {
  override name = "DivergedError";
}

/** Milliseconds of steps to record before reading losses, so that progress and the signal are not kept waiting. */
const READ_MS = 250;

/**
 * Trains a network in place on data that is on the device, where weights, gradients and the optimiser's memory stay; only
 * the losses come back, those of many steps at once. Weights that a mask removes are exactly zero afterwards.
 *
 * Steps take their samples, one batch after another, from a sequence of epochs in each of which every sample comes once;
 * a batch may lie across two epochs (see `SampleOrder`). With the same seed, weights and data a run gives the same losses
 * on the same device, whether interrupted and resumed or not.
 *
 * @param data inputs [features, samples], labels [1, samples] below the network's outputs, and targets where wanted
 * @throws {DivergedError} where a loss is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { generateDigits } from "@graphon-limit/data";
 * import { adam, initialise, uploadBatch } from "@graphon-limit/model";
 * import { train } from "@graphon-limit/training";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using mlp = initialise(device, [784, 32, 10], "he", { seed: seedFrom(0) });
 * const { images, labels } = generateDigits({ count: 100 });
 * using data = uploadBatch(device, images, labels);
 * const { losses } = await train(mlp, data, {
 *   steps: 20,
 *   batchSize: 25,
 *   optimiser: adam(),
 *   learningRate: 0.01,
 * });
 * assert.ok(losses[19] < losses[0]);
 * ```
 */
export async function train(mlp: Mlp, data: Batch, options: TrainOptions): Promise<TrainingRun> {
  const { steps, batchSize, optimiser, shuffle = true, seed = seedFrom(0), heldOut, signal, onProgress } =
    options;
  const { readEvery = 50, loss = crossEntropyLoss(), learningRate } = options;
  assertData(mlp, data);
  if (mlp.regenerated) {
    throw new InvalidArgumentError(
      "Expected a network whose weights are kept, which training changes, but found them regenerated",
    );
  }
  if (heldOut) assertData(mlp, heldOut.data);
  for (const [name, count] of Object.entries({ steps, batchSize, readEvery, every: heldOut?.every ?? 1 })) {
    assertCount(name, count, 1);
  }
  const rate = typeof learningRate === "number" ? constantRate(learningRate) : learningRate;
  using fresh = options.state ? undefined : TrainingState.begin(mlp, optimiser);
  const state = options.state ?? fresh!;
  const order = new SampleOrder({ samples: data.inputs.cols, shuffle, seed });
  state.assertGoesWith(mlp, optimiser, order.sampling);
  state.sampling = order.sampling;

  for (let stride = 1; state.step < steps;) {
    signal?.throwIfAborted();
    const next = heldOut ? Math.ceil((state.step + 1) / heldOut.every) * heldOut.every : steps;
    const count = Math.min(stride, next - state.step, steps - state.step);
    const started = performance.now();
    const losses = await takeSteps(mlp, data, { batchSize, optimiser, loss, rate, order, state, count });
    const bad = losses.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const step = state.step + bad;
      throw new DivergedError(
        `Expected finite losses but found ${
          losses[bad]
        } in step ${step}: training diverged; use a learning rate below ${rate(Math.max(step - 1, 0))}`,
      );
    }
    state.losses.push(...losses);
    state.position += count * batchSize;
    onProgress?.(state.step, losses[count - 1]);
    if (heldOut && (state.step === next || state.step === steps)) {
      state.evaluations.push({ step: state.step, ...await evaluate(mlp, heldOut.data, loss) });
    }
    const fitting = Math.floor(count * READ_MS / Math.max(performance.now() - started, 1));
    stride = Math.max(1, Math.min(readEvery, fitting, 4 * stride));
    // The CPU device never waits for anything, and signals are heard while something waits.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { losses: [...state.losses], evaluations: [...state.evaluations] };
}

interface StepSettings {
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  readonly loss: Loss;
  readonly rate: LearningRate;
  readonly order: SampleOrder;
  readonly state: TrainingState;
  readonly count: number;
}

/** Records `count` steps, does them, and reads their losses. */
async function takeSteps(mlp: Mlp, data: Batch, settings: StepSettings): Promise<Float32Array> {
  const { batchSize, order, state, count, rate } = settings;
  const { device } = mlp;
  const rates = Array.from({ length: count }, (_, i) => {
    const eta = rate(state.step + i);
    assertRate(eta, `the learning rate of step ${state.step + i}`);
    return eta;
  });
  using record = device.matrix(1, count);
  using columns = device.upload(order.take(state.position, count * batchSize), 1, count * batchSize);
  for (const [slot, eta] of rates.entries()) {
    using batch = gatherBatch(data, columns, slot * batchSize, batchSize);
    takeStep(mlp, batch, settings, { eta, slot, record });
  }
  return await device.read(record);
}

/** One step. A layer's weights move once everything that flows back through them is known; one gradient exists at a time. */
function takeStep(
  mlp: Mlp,
  batch: Batch,
  { loss, optimiser, state }: StepSettings,
  { eta, slot, record }: { eta: number; slot: number; record: Matrix },
): void {
  using pass = forward(mlp, batch.inputs);
  using value = loss.value(mlp.device, pass.output, batch);
  const { losses } = value;
  mlp.device.run(recordSum, { x: losses, record }, { slot, scale: 1 / losses.cols, accumulate: 0 });
  using back = backward(mlp, pass, value.gradient);
  for (let layer = 0; layer < mlp.depth; layer++) {
    using gradient = layerGradient(mlp, layer, back.deltas[layer], pass.activations[layer]);
    optimiser.update(mlp, layer, gradient, state.memory[layer], eta, state.step + slot + 1);
  }
}
