import {
  assertData,
  type Batch,
  crossEntropyLoss,
  gatherBatch,
  type Loss,
  type Network,
  type Optimiser,
  takeStep,
} from "@graphon-limit/model";
import {
  assertCount,
  GraphonLimitError,
  InvalidArgumentError,
  nextTurn,
  type Seed,
  seedFrom,
  show,
} from "@graphon-limit/runtime";
import { evaluate } from "./evaluate.ts";
import { assertRate, constantRate, type LearningRate } from "./learning_rate.ts";
import type { MaskRule } from "./mask_rule.ts";
import { readScore, recordTotals } from "./record_score.ts";
import { SampleOrder } from "./sample_order.ts";
import type { Score } from "./score.ts";
import { type Evaluation, TrainingState } from "./training_state.ts";

/** How {@linkcode training} trains, and for how long. */
export interface TrainingOptions {
  /** Steps there are to be in the end, those of a resumed state included; 0 to take none and evaluate. */
  readonly steps: number;
  /** Samples of a step. */
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  /** The learning rate: of every step, or as a function of the step counted from 0 (see `cosineRate` and others). */
  readonly learningRate: number | LearningRate;
  /** Cross-entropy unless given. */
  readonly loss?: Loss | undefined;
  /** Whether each epoch has its samples in an order of its own (default), or all have them in the data's order. */
  readonly shuffle?: boolean | undefined;
  /** Decides the shuffles; 0 unless given. */
  readonly seed?: Seed | undefined;
  /** Changes masks between steps. */
  readonly rule?: MaskRule | undefined;
  /** Data the network is not trained on, to be evaluated after every `every` steps and after the last. */
  readonly heldOut?: { readonly data: Batch; readonly every: number } | undefined;
  /** Where to go on from, kept up to date; the caller's to dispose of. A run from the start unless given. */
  readonly state?: TrainingState | undefined;
  /** Saves the state now and then, and nothing is taken on meanwhile. */
  readonly checkpoint?: Checkpoint | undefined;
  /**
   * Most steps recorded before their losses are read back. As many as take a quarter of a second unless given, the first time one;
   * never more.
   */
  readonly readEvery?: number | undefined;
  /** Ends training between two readings, rejecting with the signal's reason; state and weights then go together. */
  readonly signal?: AbortSignal | undefined;
}

/** When a run's state is saved, and how: after so many steps or seconds, whichever comes first. */
export interface Checkpoint {
  readonly everySteps?: number;
  readonly everySeconds?: number;
  readonly save: (state: TrainingState) => Promise<void> | void;
}

/** Some steps of a run, all of them taken: the network stands where the last of them left it. */
export interface TrainingEvent {
  /** Steps taken in all. */
  readonly step: number;
  /** The last of them: its batch's mean loss before its update. */
  readonly loss: number;
  /** Those of all steps since the event before. */
  readonly losses: readonly number[];
  /** Whether the mask rule changed masks after the last of them. */
  readonly rewired: boolean;
  /** What held-out data showed after the last of them, where it was asked. */
  readonly evaluation: Evaluation | undefined;
}

/** The loss is no longer a number: the learning rate is too large for the network and its data. */
export class DivergedError extends GraphonLimitError {
  override name = "DivergedError";
}

/** Milliseconds of steps to record before reading losses, so that events and the signal are not kept waiting. */
const READ_MS = 250;

/** How many times as many steps as before are recorded at most: what the first ones took says little of many. */
const GROWTH = 16;

/**
 * Trains a network in place on data that is on the device, where weights, gradients and the optimiser's memory stay; only
 * the losses come back, those of many steps at once, as events to loop over. Weights that a mask removes are exactly zero
 * afterwards.
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
 * import { initialise, sgd, uploadBatch } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 * import { training } from "@graphon-limit/training";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [784, 32, 10], "he", { seed: seedFrom(0) });
 * const { images, labels } = generateDigits({ count: 100 });
 * using data = uploadBatch(device, images, labels);
 * const options = { steps: 20, batchSize: 25, optimiser: sgd(), learningRate: 0.1, readEvery: 5 };
 * const losses: number[] = [];
 * for await (const event of training(network, data, options)) {
 *   losses.push(...event.losses);
 *   assert.equal(event.step, losses.length);
 * }
 * assert.ok(losses[19] < losses[0]);
 * ```
 */
export async function* training(
  network: Network,
  data: Batch,
  options: TrainingOptions,
): AsyncGenerator<TrainingEvent, void> {
  const { steps, batchSize, optimiser, rule, heldOut, checkpoint, signal } = options;
  const { shuffle = true, seed = seedFrom(0), readEvery = Infinity, loss = crossEntropyLoss() } = options;
  assertOptions(network, data, options);
  const rate = typeof options.learningRate === "number"
    ? constantRate(options.learningRate)
    : options.learningRate;
  using fresh = options.state ? undefined : TrainingState.begin(network, optimiser);
  const state = options.state ?? fresh!;
  const order = new SampleOrder({ samples: data.inputs.cols, shuffle, seed });
  state.assertGoesWith(network, optimiser, order.sampling);
  state.sampling = order.sampling;
  const saving = checkpointer(checkpoint, state);
  const evaluation = async (score?: Score) => {
    const found = {
      step: state.step,
      ...score ?? await evaluate(network, heldOut!.data, { loss, signal }),
    };
    state.evaluations.push(found);
    return found;
  };
  /** Whether held-out data is to be asked after so many steps. */
  const asked = (step: number) =>
    heldOut !== undefined && (step === steps || (step > 0 && step % heldOut.every === 0));
  // Of no steps there is nothing else to see, and a signal may have come while the last steps were evaluated.
  if (asked(state.step) && state.evaluations.at(-1)?.step !== state.step) await evaluation();

  for (let stride = 1; state.step < steps;) {
    signal?.throwIfAborted();
    // What must see the network as a step left it ends the recording there.
    const stops = [heldOut?.every, rule?.every].flatMap((every) =>
      every === undefined ? [] : [Math.ceil((state.step + 1) / every) * every]
    );
    const stop = Math.min(steps, saving.dueStep, ...stops);
    const count = Math.min(stride, stop - state.step);
    const started = performance.now();
    const to = state.step + count, scored = asked(to);
    const due = rule !== undefined && to % rule.every === 0 && to < steps;
    const { losses, score } = await takeSteps(network, data, {
      ...{ batchSize, optimiser, loss, rate, order, state, count },
      // Held-out data sees the masks that the rule leaves.
      scored: scored && !due ? heldOut!.data : undefined,
    });
    assertFinite(losses, state.step, rate);
    state.losses.push(...losses);
    state.position += count * batchSize;
    const rewired = due && await rewire(rule, network, data, { batchSize, loss, order, state, steps });
    const evaluated = scored ? await evaluation(score) : undefined;
    await saving.maybe();
    yield { step: state.step, loss: losses[count - 1], losses: [...losses], rewired, evaluation: evaluated };
    const fitting = Math.floor(count * READ_MS / Math.max(performance.now() - started, 1));
    stride = Math.max(1, Math.min(readEvery, fitting, GROWTH * stride));
    // The CPU device never waits for anything, and signals are heard while something waits.
    await nextTurn();
  }
}

function assertOptions(
  network: Network,
  data: Batch,
  { steps, batchSize, readEvery = 1, heldOut, rule, checkpoint }: TrainingOptions,
): void {
  assertData(network, data);
  if (network.regenerated) {
    throw new InvalidArgumentError(
      "Expected a network whose weights are kept, which training changes, but found them regenerated",
    );
  }
  if (heldOut) assertData(network, heldOut.data);
  assertCount("steps", steps);
  const counts = {
    batchSize,
    readEvery,
    every: heldOut?.every ?? 1,
    "the rule's every": rule?.every ?? 1,
    "the checkpoint's everySteps": checkpoint?.everySteps ?? 1,
  };
  for (const [name, count] of Object.entries(counts)) assertCount(name, count, 1);
  const seconds = checkpoint?.everySeconds ?? 0;
  if (!(seconds >= 0)) {
    throw new InvalidArgumentError(
      `Expected the checkpoint's everySeconds to be at least 0 but found ${show(seconds)}`,
    );
  }
}

function assertFinite(losses: Float32Array, first: number, rate: LearningRate): void {
  const bad = losses.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const step = first + bad;
  throw new DivergedError(
    `Expected finite losses but found ${
      losses[bad]
    } in step ${step}: training diverged; use a learning rate below ${rate(Math.max(step - 1, 0))}`,
  );
}

interface StepSettings {
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  readonly loss: Loss;
  readonly rate: LearningRate;
  readonly order: SampleOrder;
  readonly state: TrainingState;
  readonly count: number;
  /** Data to be evaluated after the steps. */
  readonly scored: Batch | undefined;
}

/** Records `count` steps, and an evaluation where one is asked for, does them, and reads what came of them at once. */
async function takeSteps(
  network: Network,
  data: Batch,
  settings: StepSettings,
): Promise<{ readonly losses: Float32Array; readonly score: Score | undefined }> {
  const { batchSize, optimiser, loss, order, state, count, rate, scored } = settings;
  const { device } = network;
  const rates = Array.from({ length: count }, (_, i) => {
    const eta = rate(state.step + i);
    assertRate(eta, `the learning rate of step ${state.step + i}`);
    return eta;
  });
  using record = device.matrix(1, count);
  using columns = device.upload(order.take(state.position, count * batchSize), 1, count * batchSize);
  for (const [slot, eta] of rates.entries()) {
    using batch = gatherBatch(data, columns, slot * batchSize, batchSize);
    takeStep(network, batch, {
      loss,
      optimiser,
      memory: state.memory,
      rate: eta,
      step: state.step + slot + 1,
      record: { losses: record, slot },
    });
  }
  using totals = scored && recordTotals(network, scored, { loss });
  const [losses, score] = await Promise.all([device.read(record), totals && readScore(totals, scored!)]);
  return { losses, score };
}

/** Lets the rule change masks, on the batch that the next step will take. */
async function rewire(
  rule: MaskRule,
  network: Network,
  data: Batch,
  { batchSize, loss, order, state, steps }:
    & Omit<StepSettings, "optimiser" | "rate" | "count" | "scored">
    & {
      steps: number;
    },
): Promise<boolean> {
  const { device } = network;
  using columns = device.upload(order.take(state.position, batchSize), 1, batchSize);
  using batch = gatherBatch(data, columns, 0, batchSize);
  const { seed } = order.sampling;
  return await rule.rewire({ device, network, batch, loss, seed, step: state.step, steps });
}

/** Saves a state when its time has come. */
function checkpointer(checkpoint: Checkpoint | undefined, state: TrainingState) {
  const { everySteps = Infinity, everySeconds = Infinity } = checkpoint ?? {};
  let savedStep = state.step, savedAt = performance.now();
  return {
    /** The step after which it comes by the steps, if it does not before by the seconds. */
    get dueStep(): number {
      return savedStep + everySteps;
    },
    async maybe(): Promise<void> {
      if (!checkpoint) return;
      const seconds = (performance.now() - savedAt) / 1000;
      if (state.step < savedStep + everySteps && seconds < everySeconds) return;
      await checkpoint.save(state);
      savedStep = state.step;
      savedAt = performance.now();
    },
  };
}
