import type { Batch, Network, WeightStorage } from "@graphon-limit/model";
import { emptyHistogram, selectionHistory } from "@graphon-limit/ops";
import {
  type Device,
  heedSignal,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  type Seed,
  show,
} from "@graphon-limit/runtime";
import { constructMasks } from "./construct.ts";
import { countOnes } from "./count_ones.ts";
import { takeScores } from "./given_scores.ts";
import type { Method, ScoreContext } from "./method.ts";
import { uniformScores } from "./methods/random.ts";
import { withFresh, withTraining } from "./rewind.ts";
import type { Schedule } from "./schedule.ts";
import {
  applyScores,
  assertNumbers,
  readSelections,
  type ScopeGroup,
  TIE_RULES,
  type TieRule,
} from "./selection.ts";
import { askedOf, groupsOf, keepOf, type PruneTarget, targetOf } from "./target.ts";

/** Rounds are waited for one by one, to report them, where they take so many milliseconds; quicker ones in groups. */
const REPORT_MS = 100;

/** A signal is listened for, which takes a moment, where rounds have taken so many milliseconds since it last was. */
const HEED_MS = 50;

/** How much {@linkcode prune} removes, and how. */
export type PruneOptions = PruneTarget & LongCallOptions & {
  /** Rounds of scoring and pruning; the method's own number unless given. */
  readonly rounds?: number | undefined;
  /** `exponential` unless given. */
  readonly schedule?: Schedule | undefined;
  readonly batch?: Batch | undefined;
  readonly seed: Seed;
  /** `hash` unless given: exactly so many weights are kept as are asked for. */
  readonly ties?: TieRule | undefined;
  /** Whether scores are kept in memory or made anew for each reading, of four; as the network's weights unless given. */
  readonly scores?: WeightStorage | undefined;
};

/** What {@linkcode prune} did; the masks themselves are in the network. */
export interface PruneResult {
  /** One threshold for the global scope, one per layer for the layer scope or a quota; undefined where nothing had to go. */
  readonly thresholds: (number | undefined)[];
  /** How many scores of the last round were equal to each threshold, 1 where no two were; 0 where nothing had to go. */
  readonly ties: number[];
  /** Weights asked for: one number for the global scope, one per layer for the layer scope or a quota. */
  readonly asked: number[];
  /** Weights kept, by layer. */
  readonly kept: number[];
}

/**
 * Prunes a network: scores every weight, removes the lowest, as often as there are rounds, or takes the masks that the method
 * constructs. The masks are left on `network.weights`; biases have none.
 *
 * With `N` scores in the scope and a fraction `s` to remove, the threshold is the `⌊s·N⌋`-th smallest score. A weight stays if
 * its score is larger, and of those whose score is equal so many stay, those with the smallest hashes of seed, round and position,
 * that `N − ⌊s·N⌋` stay in all (docs/mathematics.md §2); with `ties: "drop"` none of them do. A weight once removed stays removed, unless the
 * method lets it return, and none whose score says that it is worth nothing is kept to make up the number: then fewer are kept
 * than were asked for.
 *
 * `onProgress` counts rounds once the device has done them: several at a time where rounds take milliseconds.
 *
 * @throws {InvalidArgumentError} if a score is not a number, masks keep other numbers of weights than asked for, or the method
 * needs a batch and there is none
 * @throws {InvalidArgumentError} if the sparsity is not in [0, 1), the quota is not a number of weights for each layer, or the
 * scope, schedule, number of rounds or rule for ties is none there is
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { balancedBatch, generateDigits } from "@graphon-limit/data";
 * import { initialise, uploadBatch } from "@graphon-limit/model";
 * import { prune, snip } from "@graphon-limit/pruners";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [784, 32, 10], "he", { seed: seedFrom(0) });
 * const { x, y } = balancedBatch(generateDigits({ count: 100 }), 1, 0);
 * using batch = uploadBatch(device, x, y);
 * const { kept } = await prune(network, snip, { sparsity: 0.75, batch, seed: seedFrom(0) });
 * assert.equal(kept[0] + kept[1], (784 * 32 + 32 * 10) / 4);
 * ```
 */
export async function prune(network: Network, method: Method, options: PruneOptions): Promise<PruneResult> {
  const { rounds, ...rest } = await pruneRounds(network, method, options);
  return { thresholds: rounds.at(-1) ?? [], ...rest };
}

/** What {@linkcode pruneRounds} did. */
export interface PrunedRounds extends Omit<PruneResult, "thresholds"> {
  /** Of each round what {@linkcode PruneResult} has of the last; nothing where the method constructs its masks. */
  readonly rounds: (number | undefined)[][];
}

/** As {@linkcode prune}, but telling the thresholds of every round: for who follows what a method does. */
export async function pruneRounds(
  network: Network,
  method: Method,
  options: PruneOptions,
): Promise<PrunedRounds> {
  return await (await recordPruning(network, method, options)).found;
}

/** A network's pruning, all of which the device was asked to do. */
export interface RecordedPruning {
  /** What came of it, which is being read. It rejects where the masks mean nothing: a score was not a number. */
  readonly found: Promise<PrunedRounds>;
}

/**
 * As {@linkcode pruneRounds}, but done as soon as the masks are on the network, before the device is waited for: what is asked of them
 * at once is waited for together with `found`. Nobody may rest on the masks before that is there.
 */
export async function recordPruning(
  network: Network,
  method: Method,
  options: PruneOptions,
): Promise<RecordedPruning> {
  const { schedule = "exponential", ties = "hash", batch, seed, signal, onProgress } = options;
  const rounds = options.rounds ?? method.rounds ?? 1;
  const target = targetOf(network, method, options);
  // Throws for a target, a schedule or a number of rounds that there is not.
  const groups = groupsOf(network, target, rounds, schedule);
  if (!TIE_RULES.includes(ties)) {
    throw new InvalidArgumentError(`Expected ties of ${TIE_RULES.join(", ")} but found ${show(ties)}`);
  }
  if (method.reads === "samples" && !batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${method.name}, which reads data, but found none`,
    );
  }
  signal?.throwIfAborted();
  const { device } = network, { quota } = target, keep = keepOf(network, target);
  if (method.construct) {
    if (rounds !== 1) {
      throw new InvalidArgumentError(
        `Expected one round of ${method.name}, which constructs its masks, but found ${show(rounds)}`,
      );
    }
    await constructMasks(network, method, { device, network, batch, seed, keep, quota });
    onProgress?.(1, 1);
    const asked = askedOf(network, groups);
    return underWay(countKept(network).then((kept) => ({ rounds: [], ties: [], asked, kept })));
  }
  const score = method.score ?? uniformScores;
  const { scores = network.regenerated ? "regenerated" : "kept" } = options;
  const history = selectionHistory(device, rounds * groups.length);
  using histogram = emptyHistogram(device);
  let kept: Disposable | undefined;
  const lasting = <T extends Disposable>(make: () => T) => (kept ??= make()) as T;
  const report = roundReporter(device, rounds, onProgress), heed = roundListener(signal);
  try {
    for (let round = 0; round < rounds; round++) {
      const context: ScoreContext = {
        ...{ device, network, batch, seed, round, rounds, scores, keep, quota, lasting },
        withFresh: (law, number, use) => withFresh(context, law, number, use),
        withTraining: (steps, use) => withTraining(context, method.name, steps, use),
      };
      using given = await takeScores(network, method, await score(context));
      applyScores(network, given.matrices, groups, { round, seed, ties, history, histogram }, method);
      await report(round + 1);
      await heed();
    }
  } catch (error) {
    history.dispose();
    throw error;
  } finally {
    kept?.[Symbol.dispose]();
  }
  return underWay(readFound(network, method, history, groups));
}

/** What nobody may have waited for yet when it rejects. */
function underWay(found: Promise<PrunedRounds>): RecordedPruning {
  found.catch(() => {});
  return { found };
}

/** Reads what all rounds found, and what is kept. */
async function readFound(
  network: Network,
  method: Method,
  history: Matrix<"u32">,
  groups: readonly ScopeGroup[],
): Promise<PrunedRounds> {
  using noted = history;
  const [found, kept] = await Promise.all([readSelections(noted, groups), countKept(network)]);
  assertNumbers(method, found);
  return {
    rounds: found.map((scopes) => scopes.map((threshold) => threshold?.value)),
    ties: found.at(-1)!.map((threshold) => threshold?.ties ?? 0),
    ...{ asked: askedOf(network, groups), kept },
  };
}

/** What is called after each round's recording: waits for the device where it is time to, and reports what is done. */
function roundReporter(device: Device, rounds: number, onProgress: PruneOptions["onProgress"]) {
  let stride = 1, reported = 0, begun = performance.now();
  return async (recorded: number): Promise<void> => {
    if (!onProgress || recorded < Math.min(reported + stride, rounds)) return;
    await device.idle();
    stride = performance.now() - begun < REPORT_MS ? 2 * stride : 1;
    while (reported < recorded) onProgress(++reported, rounds);
    begun = performance.now();
  };
}

/** What is called after each round to hear of its end by a signal. */
function roundListener(signal: AbortSignal | undefined) {
  let heard = performance.now();
  return async (): Promise<void> => {
    signal?.throwIfAborted();
    if (performance.now() - heard < HEED_MS) return;
    await heedSignal({ signal });
    heard = performance.now();
  };
}

/** Weights kept in each layer: all of them where there is no mask. */
function countKept({ weights }: Network): Promise<number[]> {
  return Promise.all(weights.map(({ mask, count }) => mask ? countOnes(mask) : count));
}
