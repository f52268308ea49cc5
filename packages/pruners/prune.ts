import type { Batch, Mlp } from "@graphon-limit/model";
import { kthSmallest, maskFromThreshold, readThreshold, rowDegree } from "@graphon-limit/ops";
import { type BitMatrix, InvalidArgumentError, Matrix, type Seed, show } from "@graphon-limit/runtime";
import type { Pruner, Scores } from "./pruner.ts";
import { hostScores } from "./score_layers.ts";
import { assertSparsity, keptFractions, removedCount, type Schedule } from "./schedule.ts";

/** Whether all layers share one threshold or each has its own. */
export type Scope = "global" | "layer";

export const SCOPES: readonly Scope[] = ["global", "layer"];

export interface PruneOptions {
  /** The fraction of weights to remove, in [0, 1). */
  readonly sparsity: number;
  readonly scope?: Scope;
  /** Rounds of scoring and pruning; the pruner's own number unless given. */
  readonly rounds?: number;
  readonly schedule?: Schedule;
  readonly batch?: Batch;
  readonly seed: Seed;
  /** Called after each round, once the device has done it. */
  readonly onRound?: (done: number, rounds: number) => void;
}

export interface PruneResult {
  /** One threshold for the global scope, one per layer for the layer scope; undefined where nothing had to go. */
  readonly thresholds: (number | undefined)[];
  /** Weights kept, by layer. */
  readonly kept: number[];
}

/**
 * Prunes a network at initialisation: scores every weight, removes the lowest, as often as there are rounds. The masks
 * are left in `mlp.masks`.
 *
 * With `N` scores in the scope and a fraction `s` to remove, the threshold is the `⌊s·N⌋`-th smallest score and a weight
 * stays iff its score is larger, so that ties at the threshold all go (design §2). A weight once removed stays removed.
 *
 * @throws {InvalidArgumentError} if a score is not a number, or the pruner needs a batch and there is none
 */
export async function prune(mlp: Mlp, pruner: Pruner, options: PruneOptions): Promise<PruneResult> {
  const { sparsity, scope = "global", schedule = "exponential", batch, seed } = options;
  const rounds = options.rounds ?? pruner.rounds ?? 1;
  assertSparsity(sparsity);
  if (!SCOPES.includes(scope)) {
    throw new InvalidArgumentError(`Expected a scope of ${SCOPES.join(", ")} but found ${show(scope)}`);
  }
  if (pruner.needsBatch && !batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${pruner.name}, which reads data, but found none`,
    );
  }
  const { device } = mlp;
  const fractions = keptFractions(sparsity, rounds, schedule);
  let thresholds: (number | undefined)[] = [];
  for (let round = 0; round < rounds; round++) {
    const given = await pruner.score({ device, mlp, batch, seed, round, rounds });
    const scores = await onDevice(mlp, pruner, given);
    // The last round's fraction is the caller's own: 1 − (1 − s) is not s in floating point.
    const removed = round === rounds - 1 ? sparsity : 1 - fractions[round];
    thresholds = await applyScores(mlp, pruner, scores, removed, scope, round === rounds - 1);
    for (const matrix of scores) matrix.dispose();
    if (options.onRound) {
      await device.idle();
      options.onRound(round + 1, rounds);
    }
  }
  return { thresholds, kept: await countKept(mlp) };
}

/** Removes the lowest scores: the fraction `removed` of all weights in each scope, those gone before included. */
async function applyScores(
  mlp: Mlp,
  pruner: Pruner,
  scores: Matrix[],
  removed: number,
  scope: Scope,
  readThresholds: boolean,
): Promise<(number | undefined)[]> {
  const { device } = mlp;
  const groups = scope === "global" ? [scores.map((_, layer) => layer)] : scores.map((_, layer) => [layer]);
  const thresholds: (number | undefined)[] = [];
  for (const layers of groups) {
    const members = layers.map((layer) => scores[layer]);
    const count = members.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    const k = removedCount(removed, count);
    if (k < 1) {
      thresholds.push(undefined);
      continue;
    }
    using threshold = kthSmallest(device, members, k);
    for (const layer of layers) {
      const mask = device.bits(scores[layer].rows, scores[layer].cols);
      device.run(maskFromThreshold, {
        scores: scores[layer],
        previous: mlp.masks[layer],
        state: threshold,
        mask,
      });
      mlp.setMask(layer, mask);
    }
    // Reading ends the submission, so only the last round reads: a score that is not a number stays one until then.
    if (!readThresholds) continue;
    const { value, notNumbers } = await readThreshold(threshold);
    if (notNumbers > 0) {
      throw new InvalidArgumentError(
        `Expected every score of ${pruner.name} to be a number but found ${notNumbers} NaN`,
      );
    }
    thresholds.push(value);
  }
  return thresholds;
}

/** The scores as device matrices: host arrays are checked, set to −∞ where the weight is gone, and uploaded. */
async function onDevice(mlp: Mlp, pruner: Pruner, scores: Scores): Promise<Matrix[]> {
  if (!Array.isArray(scores) || scores.length !== mlp.weights.length) {
    throw new InvalidArgumentError(
      `Expected ${pruner.name} to return scores for ${mlp.weights.length} layers but found ${
        show(Array.isArray(scores) ? scores.length : scores)
      }`,
    );
  }
  return await Promise.all(scores.map(async (layerScores: Matrix | Float32Array, layer) => {
    const { rows, cols } = mlp.weights[layer];
    if (layerScores instanceof Matrix) {
      if (layerScores.rows === rows && layerScores.cols === cols) return layerScores;
    } else if (layerScores instanceof Float32Array && layerScores.length === rows * cols) {
      return mlp.device.upload(await hostScores(layerScores, mlp.masks[layer]), rows, cols);
    }
    const found = layerScores instanceof Matrix ? layerScores.describe() : `${layerScores?.length} elements`;
    throw new InvalidArgumentError(
      `Expected ${pruner.name}'s scores of layer ${layer} to be ${rows}×${cols} but found ${found}`,
    );
  }));
}

/** Weights kept in each layer: all of them where there is no mask. */
async function countKept(mlp: Mlp): Promise<number[]> {
  const counts: number[] = [];
  for (const [layer, { rows, cols }] of mlp.weights.entries()) {
    const mask = mlp.masks[layer];
    counts.push(mask ? await countOnes(mask) : rows * cols);
  }
  return counts;
}

async function countOnes(mask: BitMatrix): Promise<number> {
  using degree = mask.device.matrix(mask.rows, 1, "u32");
  mask.device.run(rowDegree, { mask, degree });
  return (await mask.device.read(degree)).reduce((sum, count) => sum + count, 0);
}
