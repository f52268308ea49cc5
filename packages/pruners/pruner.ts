import type { Batch, Mlp, WeightStorage } from "@graphon-limit/model";
import { type Device, InvalidArgumentError, type Matrix, type Seed, show } from "@graphon-limit/runtime";

/** What a pruner sees when it scores the weights. */
export interface PruneContext {
  readonly device: Device;
  /** The network with its current masks: `mlp.weights[l]` is `[out, in]`, `mlp.masks[l]` says which are still there. */
  readonly mlp: Mlp;
  /** The batch that data-dependent scores are taken on, inputs `[features, samples]`. */
  readonly batch: Batch | undefined;
  readonly seed: Seed;
  /** The round, from 0, and how many there are. */
  readonly round: number;
  readonly rounds: number;
  /**
   * Whether scores should be kept, as they are unless this says otherwise, or made whenever they are read, so that they take
   * no memory (`GeneratedMatrix`). A pruner may take no notice.
   */
  readonly scores?: WeightStorage;
}

/**
 * Scores of every weight, one `[out, in]` array per layer, row-major: on the device, or on the host as a typed array. The
 * lowest scores go. The scores of weights that are gone already do not matter where the arrays are on the host; on the
 * device they must be −∞, or the least of all (SynFlow's 0).
 */
export type Scores = Matrix[] | Float32Array[];

/** A way to score weights. */
export interface Pruner {
  readonly name: string;
  /** Whether `score` reads `context.batch`. */
  readonly needsBatch?: boolean;
  /** Rounds of scoring and pruning unless the caller says otherwise; 1 if left out. */
  readonly rounds?: number;
  readonly score: (context: PruneContext) => Scores | Promise<Scores>;
}

/**
 * Defines a pruner of one's own. A file that has one as its default export (or just the score function) is what
 * `--method ./my_pruner.ts` loads.
 *
 * @example Keep the largest weights relative to their neuron's
 * ```ts
 * import { definePruner } from "@graphon-limit/pruners";
 *
 * export default definePruner({
 *   name: "relative-magnitude",
 *   async score({ device, mlp }) {
 *     return await Promise.all(mlp.weights.map(async (matrix) => {
 *       const weights = await device.read(matrix);
 *       for (let i = 0; i < matrix.rows; i++) {
 *         const row = weights.subarray(i * matrix.cols, (i + 1) * matrix.cols);
 *         const norm = Math.hypot(...row) || 1;
 *         row.forEach((weight, j) => row[j] = Math.abs(weight) / norm);
 *       }
 *       return weights;
 *     }));
 *   },
 * });
 * ```
 */
export function definePruner(pruner: Pruner): Pruner {
  return pruner;
}

/** The batch of a context, for a pruner that reads one. @throws {InvalidArgumentError} if there is none */
export function batchOf({ batch }: PruneContext, name: string): Batch {
  if (!batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${name}, which reads data, but found none`,
    );
  }
  return batch;
}

/** The pruner in a module's default export: a {@linkcode Pruner}, or a score function alone. */
export function prunerFromExport(exported: unknown, source: string): Pruner {
  if (typeof exported === "function") {
    return { name: source, score: exported as Pruner["score"] };
  }
  const pruner = exported as Partial<Pruner> | null | undefined;
  if (typeof pruner?.score !== "function") {
    throw new InvalidArgumentError(
      `Expected ${source} to export a pruner or a score function by default but found ${show(exported)}`,
    );
  }
  return { ...pruner, name: pruner.name ?? source, score: pruner.score.bind(pruner) };
}
