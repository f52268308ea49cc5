import type { Batch, Network, Redraw, WeightStorage } from "@graphon-limit/model";
import {
  type BitMatrix,
  type Device,
  InvalidArgumentError,
  type Matrix,
  printable,
  type Seed,
  shortName,
  show,
} from "@graphon-limit/runtime";

/** What a method looks at: nothing but shapes, the weights, or samples too. */
export type MethodReads = "nothing" | "weights" | "samples";

/**
 * A way to prune. It scores weights, of which the lowest go, or constructs masks, or says how many weights each layer keeps and
 * leaves the rest to chance.
 */
export interface Method {
  /** As the command line calls it: `synflow`. */
  readonly name: string;
  /** As the literature writes it, in figures and tables: `SynFlow`. */
  readonly label: string;
  readonly reads: MethodReads;
  /** Rounds of scoring and pruning unless the caller says otherwise; 1 if left out. */
  readonly rounds?: number;
  /** Whether a weight that is gone may return in a later round: scores then count everywhere. */
  readonly recoverable?: boolean;
  /**
   * The score of a weight that is worth nothing: no weight of this score or less is kept to make up the number asked for. −∞, the
   * score of weights that are gone, if left out.
   */
  readonly worthless?: number;
  /** Scores of every weight. */
  readonly score?: (context: ScoreContext) => Scores | Promise<Scores>;
  /** The masks themselves, one for each weight; `prune` checks how many weights they keep. */
  readonly construct?: (context: ConstructContext) => BitMatrix[] | Promise<BitMatrix[]>;
  /** How many weights each layer keeps, in place of one threshold for all of them. */
  readonly quota?: (request: QuotaRequest) => number[];
  /**
   * Whether its score only records work on the device, and neither waits for nor reads anything back: what memory it takes is then
   * known beforehand, from a device that counts. Where this is left out it is taken to need what the greediest method does.
   */
  readonly recorded?: boolean;
  /** How figures draw it; a free colour is taken where this is left out. */
  readonly style?: MethodStyle;
}

/** How figures draw a method: CSS colours on light and on dark paper, and a Vega point shape. */
export interface MethodStyle {
  readonly light: string;
  readonly dark: string;
  readonly shape: string;
}

/** What any method sees. */
export interface MethodContext {
  readonly device: Device;
  /** The network with its current masks: `network.weights[l].matrix` is [out, in], `.mask` says which are still there. */
  readonly network: Network;
  /** The batch that data-dependent methods read, inputs [features, samples]. */
  readonly batch: Batch | undefined;
  readonly seed: Seed;
}

/** What a method sees when it scores. */
export interface ScoreContext extends MethodContext {
  /** The round, from 0, and how many there are. */
  readonly round: number;
  readonly rounds: number;
  /**
   * Whether scores should be kept, as they are unless this says otherwise, or made whenever they are read, so that they take
   * no memory (`GeneratedMatrix`). A method may take no notice.
   */
  readonly scores?: WeightStorage;
  /** How many weights are asked for in the end, and of each layer where the caller says so. */
  readonly keep: number;
  readonly quota: readonly number[] | undefined;
  /**
   * What `make` makes the first time, kept for all rounds and released with the last of them; one thing for a method. Left out where
   * scores are asked for by themselves and there are no rounds.
   */
  readonly lasting?: <T extends Disposable>(make: () => T) => T;
  /**
   * Runs `use` while the network has weights drawn anew under its masks, the `number`-th of a sequence that the seed decides;
   * its own are back afterwards.
   */
  withFresh<T>(law: Redraw, number: number, use: () => T | Promise<T>): Promise<T>;
  /** Runs `use` after so many steps of gradient descent on the batch; the weights of before are back afterwards. */
  withTraining<T>(options: TrainingSteps, use: () => T | Promise<T>): Promise<T>;
}

/** A few steps of training inside a score, each on the whole batch. */
export interface TrainingSteps {
  readonly steps: number;
  /** Of plain gradient descent. */
  readonly learningRate: number;
}

/** What a method sees when it constructs masks. */
export interface ConstructContext extends MethodContext {
  /** How many weights the masks are to keep in all. */
  readonly keep: number;
  /** How many of each layer, where the caller says so. */
  readonly quota: readonly number[] | undefined;
}

/** What a method sees when it says how many weights each layer keeps. */
export interface QuotaRequest {
  readonly network: Network;
  readonly keep: number;
}

/**
 * Scores of every weight, one [out, in] array per layer, row-major: on the device, or on the host as a typed array. The
 * lowest scores go. The scores of weights that are gone already do not matter where the arrays are on the host; on the
 * device they must be −∞, or the least of all (SynFlow's 0), unless the method is recoverable.
 */
export type Scores = Matrix[] | Float32Array[];

/** What {@linkcode definePruner} is given: a method, of which only a name and one way to prune must be said. */
export type MethodDefinition =
  & Pick<Method, "name">
  & Partial<Omit<Method, "name">>;

const FIELDS: readonly (keyof Method)[] = [
  ...[
    "name",
    "label",
    "reads",
    "rounds",
    "recoverable",
    "worthless",
    "score",
    "construct",
    "quota",
    "recorded",
    "style",
  ] as const,
];

/**
 * Defines a method of one's own. A file that has one as its default export (or just the score function) is what
 * `--method ./my_pruner.ts` loads.
 *
 * @throws {InvalidArgumentError} unless it scores, constructs, or says how many weights each layer keeps, and nothing else is
 * asked of it that there is not
 *
 * @example Keep the largest weights relative to their neuron's
 * ```ts
 * import { definePruner } from "@graphon-limit/pruners";
 *
 * export default definePruner({
 *   name: "relative-magnitude",
 *   async score({ device, network }) {
 *     return await Promise.all(network.weights.map(async ({ matrix, cols, rows }) => {
 *       const weights = await device.read(matrix);
 *       for (let i = 0; i < rows; i++) {
 *         const row = weights.subarray(i * cols, (i + 1) * cols);
 *         const norm = Math.hypot(...row) || 1;
 *         row.forEach((weight, j) => row[j] = Math.abs(weight) / norm);
 *       }
 *       return weights;
 *     }));
 *   },
 * });
 * ```
 */
export function definePruner(definition: MethodDefinition): Method {
  const { name, label = name, reads = "weights", ...rest } = definition;
  const strange = Object.keys(definition).find((field) => !isField(field));
  if (strange !== undefined) {
    throw new InvalidArgumentError(
      `Expected a method of ${FIELDS.join(", ")} but found ${show(strange)} in ${name}`,
    );
  }
  const ways = [rest.score, rest.construct, rest.quota].filter((way) => way !== undefined);
  if (ways.length !== 1 || ways.some((way) => typeof way !== "function")) {
    throw new InvalidArgumentError(
      `Expected ${name} to have one function of score, construct and quota but found ${ways.length}`,
    );
  }
  if (rest.worthless !== undefined && (typeof rest.worthless !== "number" || Number.isNaN(rest.worthless))) {
    throw new InvalidArgumentError(
      `Expected ${name}'s worthless score to be a number but found ${show(rest.worthless)}`,
    );
  }
  return { name, label, reads, ...rest };
}

function isField(name: string): boolean {
  return FIELDS.some((field) => field === name);
}

/** The batch of a context, for a method that reads one. @throws {InvalidArgumentError} if there is none */
export function batchOf({ batch }: MethodContext, name: string): Batch {
  if (!batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${name}, which reads data, but found none`,
    );
  }
  return batch;
}

/** The method in a module's default export: a {@linkcode Method}, or a score function alone. Its names are made safe to print. */
export function methodFromExport(exported: unknown, source: string): Method {
  if (typeof exported === "function") {
    return definePruner({ name: source, score: exported as NonNullable<Method["score"]> });
  }
  if (exported === null || typeof exported !== "object") {
    throw new InvalidArgumentError(
      `Expected ${source} to export a method or a score function by default but found ${show(exported)}`,
    );
  }
  // Functions of a class instance are called on it, and what else it holds is its own affair.
  const given = exported as Record<string, unknown>;
  const fields = FIELDS.filter((field) => given[field] !== undefined);
  const bound = fields.map((field) => {
    const value = given[field];
    return [field, typeof value === "function" ? value.bind(exported) : value];
  });
  const plain = [Object.prototype, null].includes(Object.getPrototypeOf(given));
  const others = plain ? Object.entries(given).filter(([field]) => !isField(field)) : [];
  const method = definePruner({ name: source, ...Object.fromEntries([...others, ...bound]) });
  for (const field of ["name", "label"] as const) {
    if (typeof method[field] === "string") continue;
    throw new InvalidArgumentError(
      `Expected ${source} to call its method by a text but found ${show(method[field])} as its ${field}`,
    );
  }
  // They are printed, drawn and kept in tables of results.
  return { ...method, name: printable(method.name), label: shortName(method.label) };
}
