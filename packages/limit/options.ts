import type { Activation, Batch, Initialiser } from "@graphon-limit/model";
import type { Schedule, Scope, TieRule } from "@graphon-limit/pruners";
import type { LongCallOptions, Seed } from "@graphon-limit/runtime";

/** A network of one hidden width, by its law: no weight of it exists. */
export interface LimitNetwork {
  readonly inputs: number;
  /** Hidden layers, at least one. */
  readonly hidden: number;
  readonly classes: number;
  /** The hidden width, which sets the layers' sizes and scales; `Infinity` for n = ∞. */
  readonly width: number;
  /** `relu` unless given. */
  readonly activation?: Activation | undefined;
  /** `he` unless given. */
  readonly initialiser?: Initialiser | undefined;
  /** `σ_w²` of the `ntk` initialiser; 1 unless given. */
  readonly weightVariance?: number | undefined;
}

/**
 * What a limit takes into account. `strict`: what stays as the width grows, at the sizes and scales of the width's layers.
 * `finite`: what one width's networks add, too: that neurons' types are made of the weights whose scores they scale.
 */
export type LimitOrder = "strict" | "finite";

/** The orders there are. */
export const LIMIT_ORDERS: readonly LimitOrder[] = ["strict", "finite"];

/**
 * How the axes of a graphon are cut into cells. `area`: into equal parts, so that the cells' mean is the density. `neurons`: as
 * `sortAndSmooth` cuts a mask's at the network's width, whose cells hold whole neurons, one more or less where the grid does not divide
 * the width: what averages of histograms are to be compared with.
 */
export type CellRule = "area" | "neurons";

/** The rules there are. */
export const CELL_RULES: readonly CellRule[] = ["area", "neurons"];

/** How a network is pruned, and how finely its graphons are wanted. */
export interface MaskOptions {
  /** The fraction removed, in [0, 1). */
  readonly sparsity: number;
  /** `global` unless given. */
  readonly scope?: Scope | undefined;
  /** The method's own number unless given; the limits of some are known for one round alone. */
  readonly rounds?: number | undefined;
  /** `exponential` unless given. */
  readonly schedule?: Schedule | undefined;
  /** What becomes of scores that are the threshold, as `prune` has it: `hash` unless given, as many stay as are asked for. */
  readonly ties?: TieRule | undefined;
  /** The samples that a method scores on which reads some, inputs [inputs, samples]. The limit is that for these samples. */
  readonly batch?: Batch | undefined;
  /** Cells per axis; 64 unless given. */
  readonly grid?: number | undefined;
  /** How axes are cut into cells; by `area` unless given. */
  readonly cells?: CellRule | undefined;
}

/** How a network is pruned, and how finely its limit is to be computed. */
export interface LimitOptions extends MaskOptions, LongCallOptions {
  /** What is taken into account: unless given, `finite` at a finite width and `strict` at n = ∞, which knows no other. */
  readonly order?: LimitOrder | undefined;
  /** Types sampled for each hidden layer; the limit's own number unless given. */
  readonly types?: number | undefined;
  /**
   * Independent repetitions, 4 unless given. Each draws the network's outputs anew, which stay random however wide the
   * network is, and the types; the result is their mean, as that of trials of one network each would be, and the standard
   * errors come from their spread.
   */
  readonly outputDraws?: number | undefined;
  /**
   * The network's outputs on the batch, [classes, samples] row-major: the limit given these, which all repetitions then
   * share, instead of the mean over what they may be.
   */
  readonly outputs?: Float32Array | undefined;
  readonly seed: Seed;
}

/** The cells of sorted graphons. */
export interface Grid {
  /** Per axis. */
  readonly cells: number;
  readonly by: CellRule;
}

/** The cells of sorted graphons, or `types`: a row and a column for every type, in the types' own order. */
export type Resolution = Grid | "types";

/** {@linkcode MaskOptions}, complete and checked. */
export interface MaskPlan {
  readonly sparsity: number;
  readonly scope: Scope;
  readonly rounds: number;
  readonly schedule: Schedule;
  readonly ties: TieRule;
  /** Samples, which there are where the method reads some. */
  readonly batch: Batch | undefined;
  readonly grid: Resolution;
}

/** The same with what a repetition is made of. */
export interface LimitPlan extends MaskPlan {
  readonly order: LimitOrder;
  readonly types: number;
  readonly outputs: Float32Array | undefined;
}
