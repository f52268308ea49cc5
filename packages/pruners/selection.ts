import type { Network } from "@graphon-limit/model";
import { kthSmallest, maskFromThreshold, readThreshold } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Method } from "./method.ts";

/** Layers that share a threshold, and how many of their weights are gone after each round. */
export interface ScopeGroup {
  readonly layers: readonly number[];
  readonly removed: readonly number[];
}

/** The state of one round's selection in each scope (`kthSmallest`); undefined where nothing has to go. */
export type Selections = (Matrix<"u32"> | undefined)[];

/**
 * Removes the lowest scores: as many of each group's as are to be gone after the round, those gone before included. What is gone
 * stays gone unless the method lets it return.
 */
export function applyScores(
  { device, weights }: Network,
  scores: readonly Matrix[],
  groups: readonly ScopeGroup[],
  round: number,
  { recoverable = false }: Method,
): Selections {
  return groups.map(({ layers, removed }) => {
    const members = layers.map((layer) => scores[layer]), k = removed[round];
    if (k < 1) return undefined;
    const threshold = kthSmallest(device, members, k);
    for (const layer of layers) {
      const mask = device.bits(scores[layer].rows, scores[layer].cols);
      device.run(maskFromThreshold, {
        scores: scores[layer],
        previous: recoverable ? undefined : weights[layer].mask,
        state: threshold,
        mask,
      });
      weights[layer].setMask(mask);
    }
    return threshold;
  });
}

/** What a round's selections found, in each scope. */
export type Found = (Awaited<ReturnType<typeof readThreshold>> | undefined)[];

/** What all rounds' selections found, read in the end, since reading ends the submission, and all at once. */
export function readSelections(selections: readonly Selections[]): Promise<Found[]> {
  return Promise.all(
    selections.map((round) => Promise.all(round.map((state) => state && readThreshold(state)))),
  );
}

/**
 * Each round's thresholds. All rounds are looked at for scores that are not numbers, since a weight whose score was NaN may be
 * gone by a later round.
 */
export function thresholdsOf({ name }: Method, rounds: readonly Found[]): (number | undefined)[][] {
  return rounds.map((states) => {
    const notNumbers = states.reduce((sum, state) => sum + (state?.notNumbers ?? 0), 0);
    if (notNumbers > 0) {
      throw new InvalidArgumentError(
        `Expected every score of ${name} to be a number but found ${notNumbers} NaN`,
      );
    }
    return states.map((state) => state?.value);
  });
}
