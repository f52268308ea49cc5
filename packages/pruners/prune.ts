import type { Batch, Mlp, WeightStorage } from "@graphon-limit/model";
import { kthSmallest, maskFromThreshold, readThreshold, rowDegree } from "@graphon-limit/ops";
import {
  type BitMatrix,
  type Device,
  InvalidArgumentError,
  Matrix,
  type Seed,
  show,
} from "@graphon-limit/runtime";
import type { Pruner, Scores } from "./pruner.ts";
import { hostScores } from "./score_layers.ts";
import { assertSparsity, keptFractions, keptFractionsTo, removedCount, type Schedule } from "./schedule.ts";

/** Whether all layers share one threshold or each has its own. */
export type Scope = "global" | "layer";

/** The scopes there are. */
export const SCOPES: readonly Scope[] = ["global", "layer"];

/** Rounds are waited for one by one, to report them, where they take so many milliseconds; quicker ones in groups. */
const REPORT_MS = 100;

/** How much {@linkcode prune} removes: a fraction of all weights or of each layer's, or all but so many of each layer's. */
export type PruneTarget = {
  /** The fraction of weights to remove, in [0, 1). */
  readonly sparsity: number;
  readonly scope?: Scope;
  readonly quota?: undefined;
} | {
  /** How many weights each layer keeps; each has its own threshold. */
  readonly quota: readonly number[];
  readonly sparsity?: undefined;
  readonly scope?: undefined;
};

/** How much {@linkcode prune} removes, and how. */
export type PruneOptions = PruneTarget & {
  /** Rounds of scoring and pruning; the pruner's own number unless given. */
  readonly rounds?: number | undefined;
  readonly schedule?: Schedule;
  readonly batch?: Batch | undefined;
  readonly seed: Seed;
  /** Whether scores are kept in memory or made anew for each reading, of four; as the network's weights unless given. */
  readonly scores?: WeightStorage;
  /** Called for each round once the device has done it: for several at a time where rounds take milliseconds. */
  readonly onRound?: (done: number, rounds: number) => void;
};

/** What {@linkcode prune} did; the masks themselves are in the network. */
export interface PruneResult {
  /** One threshold for the global scope, one per layer for the layer scope or a quota; undefined where nothing had to go. */
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
 * @throws {InvalidArgumentError} if the sparsity is not in [0, 1), the quota is not a number of weights for each layer, or the
 * scope, schedule or number of rounds is none there is
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
 * using mlp = initialise(device, [784, 32, 10], "he", { seed: seedFrom(0) });
 * const { x, y } = balancedBatch(generateDigits({ count: 100 }), 1, 0);
 * using batch = uploadBatch(device, x, y);
 * const { kept } = await prune(mlp, snip, { sparsity: 0.75, batch, seed: seedFrom(0) });
 * assert.equal(kept[0] + kept[1], (784 * 32 + 32 * 10) / 4);
 * ```
 */
export async function prune(mlp: Mlp, pruner: Pruner, options: PruneOptions): Promise<PruneResult> {
  const { schedule = "exponential", batch, seed } = options;
  const rounds = options.rounds ?? pruner.rounds ?? 1;
  const groups = groupsOf(mlp, options, rounds, schedule);
  if (pruner.needsBatch && !batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${pruner.name}, which reads data, but found none`,
    );
  }
  const { device } = mlp;
  const { scores: storage = mlp.regenerated ? "regenerated" : "kept" } = options;
  const selections: Selections[] = [];
  const report = roundReporter(device, rounds, options.onRound);
  try {
    for (let round = 0; round < rounds; round++) {
      const given = await pruner.score({ device, mlp, batch, seed, round, rounds, scores: storage });
      // What the pruner made is released with the round; what is the network's own stays.
      const owned = new Set<Matrix>();
      for (const matrix of Array.isArray(given) ? given : []) {
        if (matrix instanceof Matrix && !mlp.weights.includes(matrix)) owned.add(matrix);
      }
      try {
        const scores = await onDevice(mlp, pruner, given, owned);
        selections.push(applyScores(mlp, scores, groups, round));
      } finally {
        for (const matrix of owned) matrix.dispose();
      }
      await report(round + 1);
    }
    const [states, kept] = await Promise.all([readSelections(selections), countKept(mlp)]);
    return { thresholds: thresholdsOf(pruner, states), kept };
  } finally {
    for (const selection of selections.flat()) selection?.dispose();
  }
}

/** What is called after each round's recording: waits for the device where it is time to, and reports what is done. */
function roundReporter(device: Device, rounds: number, onRound: PruneOptions["onRound"]) {
  let stride = 1, reported = 0, begun = performance.now();
  return async (recorded: number): Promise<void> => {
    if (!onRound || recorded < Math.min(reported + stride, rounds)) return;
    await device.idle();
    stride = performance.now() - begun < REPORT_MS ? 2 * stride : 1;
    while (reported < recorded) onRound(++reported, rounds);
    begun = performance.now();
  };
}

/** The state of one round's selection in each scope (`kthSmallest`); undefined where nothing has to go. */
type Selections = (Matrix<"u32"> | undefined)[];

/** Layers that share a threshold, and how many of their weights are gone after each round. */
interface ScopeGroup {
  readonly layers: readonly number[];
  readonly removed: readonly number[];
}

function groupsOf(mlp: Mlp, target: PruneTarget, rounds: number, schedule: Schedule): ScopeGroup[] {
  const sizes = mlp.weights.map(({ rows, cols }) => rows * cols);
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

/** Removes the lowest scores: as many of each group's as are to be gone after the round, those gone before included. */
function applyScores(
  mlp: Mlp,
  scores: Matrix[],
  groups: readonly ScopeGroup[],
  round: number,
): Selections {
  const { device } = mlp;
  return groups.map(({ layers, removed }) => {
    const members = layers.map((layer) => scores[layer]), k = removed[round];
    if (k < 1) return undefined;
    const threshold = kthSmallest(device, members, k);
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
    return threshold;
  });
}

/** What a round's selections found, in each scope. */
type Found = (Awaited<ReturnType<typeof readThreshold>> | undefined)[];

/** What all rounds' selections found, read in the end, since reading ends the submission, and all at once. */
function readSelections(selections: readonly Selections[]): Promise<Found[]> {
  return Promise.all(
    selections.map((round) => Promise.all(round.map((state) => state && readThreshold(state)))),
  );
}

/**
 * The last round's thresholds. All rounds are looked at for scores that are not numbers, since a weight whose score was NaN
 * may be gone by a later round.
 */
function thresholdsOf(pruner: Pruner, rounds: readonly Found[]): (number | undefined)[] {
  let thresholds: (number | undefined)[] = [];
  for (const states of rounds) {
    const notNumbers = states.reduce((sum, state) => sum + (state?.notNumbers ?? 0), 0);
    if (notNumbers > 0) {
      throw new InvalidArgumentError(
        `Expected every score of ${pruner.name} to be a number but found ${notNumbers} NaN`,
      );
    }
    thresholds = states.map((state) => state?.value);
  }
  return thresholds;
}

/**
 * The scores as device matrices: host arrays are checked, set to −∞ where the weight is gone, and uploaded; what is
 * uploaded is added to `owned`.
 */
async function onDevice(mlp: Mlp, pruner: Pruner, scores: Scores, owned: Set<Matrix>): Promise<Matrix[]> {
  if (!Array.isArray(scores) || scores.length !== mlp.weights.length) {
    throw new InvalidArgumentError(
      `Expected ${pruner.name} to return scores for ${mlp.weights.length} layers but found ${
        show(Array.isArray(scores) ? scores.length : scores)
      }`,
    );
  }
  scores.forEach((layerScores: Matrix | Float32Array, layer) =>
    assertScores(layerScores, mlp.weights[layer], pruner, layer)
  );
  const matrices: Matrix[] = [];
  for (const [layer, layerScores] of scores.entries()) {
    const { rows, cols } = mlp.weights[layer];
    const matrix = layerScores instanceof Matrix
      ? layerScores
      : mlp.device.upload(await hostScores(layerScores, mlp.masks[layer]), rows, cols);
    if (layerScores !== matrix) owned.add(matrix);
    matrices.push(matrix);
  }
  return matrices;
}

/** Throws unless a layer's scores are as many as its weights, in float32. */
function assertScores(
  scores: Matrix | Float32Array,
  { rows, cols }: Matrix,
  pruner: Pruner,
  layer: number,
): void {
  const fits = scores instanceof Matrix
    ? scores.rows === rows && scores.cols === cols && scores.type === "f32"
    : scores instanceof Float32Array && scores.length === rows * cols;
  if (fits) return;
  const found = scores instanceof Matrix
    ? scores.describe()
    : ArrayBuffer.isView(scores)
    ? `${scores.constructor.name} of ${scores.length} elements`
    : show(scores);
  throw new InvalidArgumentError(
    `Expected ${pruner.name}'s scores of layer ${layer} to be ${rows}×${cols} f32 but found ${found}`,
  );
}

/** Weights kept in each layer: all of them where there is no mask. */
function countKept(mlp: Mlp): Promise<number[]> {
  return Promise.all(mlp.weights.map(({ rows, cols }, layer) => {
    const mask = mlp.masks[layer];
    return mask ? countOnes(mask) : rows * cols;
  }));
}

async function countOnes(mask: BitMatrix): Promise<number> {
  using degree = mask.device.matrix(mask.rows, 1, "u32");
  mask.device.run(rowDegree, { mask, degree });
  return (await mask.device.read(degree)).reduce((sum, count) => sum + count, 0);
}
