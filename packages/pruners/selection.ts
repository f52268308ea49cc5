import type { Network } from "@graphon-limit/model";
import {
  kthSmallest,
  maskFromThreshold,
  maskWords,
  NO_TIES,
  readThresholds,
  type Selection,
  type Threshold,
  TieBits,
} from "@graphon-limit/ops";
import {
  type BitMatrix,
  deriveSeed,
  InvalidArgumentError,
  type Matrix,
  type Seed,
} from "@graphon-limit/runtime";
import type { Method } from "./method.ts";

/**
 * What becomes of weights whose score is the threshold. `hash`: as many of them are kept as were asked for, by a seeded hash of
 * their position. `drop`: all go, as in SynFlow's public code.
 */
export type TieRule = "hash" | "drop";

/** The rules there are. */
export const TIE_RULES: readonly TieRule[] = ["hash", "drop"];

/** Keeps the hashes of ties apart from all else that comes of the seed. */
const TIES = 0x74696573;

/** Layers that share a threshold, and how many of their weights are gone after each round. */
export interface ScopeGroup {
  readonly layers: readonly number[];
  readonly removed: readonly number[];
}

/** A round of pruning. */
export interface Round {
  readonly round: number;
  readonly seed: Seed;
  readonly ties: TieRule;
  /** Where thresholds are noted, round after round, the groups of each in turn ({@linkcode readSelections}). */
  readonly history: Matrix<"u32">;
  /** Bins for the selections of all rounds (`emptyHistogram`): to empty them anew would end what is being recorded. */
  readonly histogram: Matrix<"u32">;
}

/**
 * Removes the lowest scores: as many of each group's as are to be gone after the round, those gone before included. What is gone
 * stays gone unless the method lets it return, and what is worth nothing goes too.
 */
export function applyScores(
  network: Network,
  scores: readonly Matrix[],
  groups: readonly ScopeGroup[],
  { round, seed, ties, history, histogram }: Round,
  method: Method,
): void {
  const { device } = network;
  for (const [scope, { layers, removed }] of groups.entries()) {
    const k = removed[round];
    if (k < 1) continue;
    using state = kthSmallest(device, layers.map((layer) => scores[layer]), k, {
      ...{ histogram, breakTies: ties === "hash", worthless: method.worthless },
      note: { history, row: round * groups.length + scope },
    });
    const masked = { network, scores, layers, method };
    if (ties === "hash") maskExactly(masked, { state, histogram }, deriveSeed(seed, TIES, round));
    else putMasks(masked, (given) => maskAbove(given, state));
  }
}

/** The layers of a scope whose threshold is found. */
interface Scoped {
  readonly network: Network;
  readonly scores: readonly Matrix[];
  readonly layers: readonly number[];
  readonly method: Method;
}

/** What a layer's mask is made from. */
interface Given {
  readonly scores: Matrix;
  readonly previous: BitMatrix | undefined;
}

/** Masks of what is above the threshold, and of as many of the ties as are wanted. */
function maskExactly(scoped: Scoped, selection: Selection, seed: Seed): void {
  const { network: { device, weights }, layers } = scoped;
  // All layers count, whichever share the threshold: a weight's hash is the same in every scope.
  const offset = weights.slice(0, layers[0]).reduce((sum, { matrix }) => sum + maskWords(matrix), 0);
  using ties = new TieBits(device, seed, offset, layers.map((layer) => weights[layer]));
  putMasks(scoped, (given) => ties.mask({ ...given, selection }));
  ties.settle(selection);
}

/** The mask of what is above the threshold. */
function maskAbove({ scores, previous }: Given, state: Matrix<"u32">): BitMatrix {
  const { device, rows, cols } = scores, mask = device.bits(rows, cols);
  device.run(maskFromThreshold, { scores, previous, state, mask }, NO_TIES);
  return mask;
}

/** Makes the layers' masks, one after another, each in the place of the one there was. */
function putMasks(
  { network: { weights }, scores, layers, method }: Scoped,
  make: (given: Given) => BitMatrix,
): void {
  for (const layer of layers) {
    const previous = method.recoverable ? undefined : weights[layer].mask;
    weights[layer].setMask(make({ scores: scores[layer], previous }));
  }
}

/** What a round's selections found, in each scope; undefined where nothing had to go. */
export type Found = (Threshold | undefined)[];

/** What all rounds' selections found, read in the end, since reading ends the submission, and all at once. */
export async function readSelections(
  history: Matrix<"u32">,
  groups: readonly ScopeGroup[],
): Promise<Found[]> {
  const thresholds = await readThresholds(history);
  return Array.from(
    { length: history.rows / groups.length },
    (_, round) =>
      groups.map(({ removed }, scope) =>
        removed[round] < 1 ? undefined : thresholds[round * groups.length + scope]
      ),
  );
}

/** Throws if a score of any round was no number: a weight whose score was NaN may be gone by a later round. */
export function assertNumbers({ name }: Method, rounds: readonly Found[]): void {
  for (const states of rounds) {
    const notNumbers = states.reduce((sum, state) => sum + (state?.notNumbers ?? 0), 0);
    if (notNumbers > 0) {
      throw new InvalidArgumentError(
        `Expected every score of ${name} to be a number but found ${notNumbers} NaN`,
      );
    }
  }
}
