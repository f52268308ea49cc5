import type { Network } from "@graphon-limit/model";
import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { Method } from "./method.ts";
import { assertSparsity, keptFractions, keptFractionsTo, removedCount, type Schedule } from "./schedule.ts";
import type { ScopeGroup } from "./selection.ts";

/** Whether all layers share one threshold or each has its own. */
export type Scope = "global" | "layer";

/** The scopes there are. */
export const SCOPES: readonly Scope[] = ["global", "layer"];

/** How much to remove: a fraction of all weights or of each layer's, or all but so many of each layer's. */
export type PruneTarget = {
  /** The fraction of weights to remove, in [0, 1). */
  readonly sparsity: number;
  /** `global` unless given. */
  readonly scope?: Scope;
  readonly quota?: undefined;
} | {
  /** How many weights each layer keeps; each has its own threshold. */
  readonly quota: readonly number[];
  readonly sparsity?: undefined;
  readonly scope?: undefined;
};

/** The caller's target, or for a method that says itself how many weights each layer keeps, that. */
export function targetOf(network: Network, method: Method, target: PruneTarget): PruneTarget {
  if (!method.quota || target.quota !== undefined) return target;
  const { sparsity, scope = "global" } = target;
  assertSparsity(sparsity);
  assertGlobal(method, scope);
  return { quota: method.quota({ network, keep: keepOf(network, target) }) };
}

/** Throws unless the scope is what goes with a method that says itself how many weights each layer keeps. */
export function assertGlobal({ name }: Method, scope: Scope): void {
  if (scope !== "global") {
    throw new InvalidArgumentError(
      `Expected the global scope with ${name}, which says itself how many weights each layer keeps, but found ${
        show(scope)
      }`,
    );
  }
}

/** How many weights are to be kept in all. */
export function keepOf({ weights }: Network, { quota, sparsity, scope }: PruneTarget): number {
  if (quota) return quota.reduce((sum, kept) => sum + kept, 0);
  const sizes = weights.map(({ count }) => count), all = sizes.reduce((sum, size) => sum + size, 0);
  const kept = (size: number) => size - removedCount(sparsity!, size);
  return scope === "layer" ? sizes.reduce((sum, size) => sum + kept(size), 0) : kept(all);
}

/** Layers that share a threshold, and what of them is gone after each round. */
export function groupsOf(
  { weights }: Network,
  target: PruneTarget,
  rounds: number,
  schedule: Schedule,
): ScopeGroup[] {
  const sizes = weights.map(({ count }) => count);
  if (target.quota !== undefined) {
    assertQuota(target.quota, sizes);
    return target.quota.map((kept, layer) => {
      const size = sizes[layer], fractions = keptFractionsTo(kept / size, rounds, schedule);
      const removed = fractions.map((fraction) => Math.floor((1 - fraction) * size));
      return { layers: [layer], removed: [...removed.slice(0, -1), size - kept] };
    });
  }
  const { sparsity, scope = "global" } = target;
  assertSparsity(sparsity);
  if (!SCOPES.includes(scope)) {
    throw new InvalidArgumentError(`Expected a scope of ${SCOPES.join(", ")} but found ${show(scope)}`);
  }
  const all = sizes.map((_, layer) => layer), fractions = keptFractions(sparsity, rounds, schedule);
  return (scope === "global" ? [all] : all.map((layer) => [layer])).map((layers) => {
    const count = layers.reduce((sum, layer) => sum + sizes[layer], 0);
    // The last round's fraction is the caller's own: 1 − (1 − s) is not s in floating point.
    const removed = fractions.map((fraction, round) =>
      removedCount(round === rounds - 1 ? sparsity : 1 - fraction, count)
    );
    return { layers, removed };
  });
}

/** How many weights of each group are asked for in the end. */
export function askedOf({ weights }: Network, groups: readonly ScopeGroup[]): number[] {
  return groups.map(({ layers, removed }) =>
    layers.reduce((sum, layer) => sum + weights[layer].count, 0) - removed.at(-1)!
  );
}

function assertQuota(quota: readonly number[], sizes: readonly number[]): void {
  if (quota.length !== sizes.length) {
    throw new InvalidArgumentError(
      `Expected a quota of ${sizes.length} layers but found one of ${quota.length}`,
    );
  }
  quota.forEach((kept, layer) => {
    if (!(Number.isSafeInteger(kept) && kept >= 0 && kept <= sizes[layer])) {
      throw new InvalidArgumentError(
        `Expected the quota of layer ${layer} to be a whole number of up to ${
          sizes[layer]
        } weights but found ${show(kept)}`,
      );
    }
  });
}
