import {
  type Activation,
  ACTIVATIONS,
  type Batch,
  type Initialiser,
  INITIALISERS,
} from "@graphon-limit/model";
import { keptFractions, type Schedule, type Scope, SCOPES } from "@graphon-limit/pruners";
import { assertCount, InvalidArgumentError, type Seed, show } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "@graphon-limit/graphon";

/** The methods whose limit is known. */
export type LimitMethod = "random" | "magnitude" | "snip" | "grasp" | "synflow";

export const LIMIT_METHODS: readonly LimitMethod[] = ["random", "magnitude", "snip", "grasp", "synflow"];

/** A network of one hidden width, by its law: no weight of it exists. */
export interface LimitNetwork {
  readonly inputs: number;
  /** Hidden layers, at least one. */
  readonly hidden: number;
  readonly classes: number;
  /** The hidden width, which sets the layers' sizes and scales; `Infinity` for n = ∞. */
  readonly width: number;
  /** `relu` unless given. */
  readonly activation?: Activation;
  /** `he` unless given. */
  readonly initialiser?: Initialiser;
  /** `σ_w²` of the `ntk` initialiser; 1 unless given. */
  readonly weightVariance?: number;
}

/** How a network is pruned, and how finely its limit is to be computed. */
export interface LimitOptions {
  /** The fraction removed, in [0, 1). */
  readonly sparsity: number;
  readonly scope?: Scope;
  /** Rounds of SynFlow, 100 unless given; the other methods' limits are those of one round. */
  readonly rounds?: number;
  readonly schedule?: Schedule;
  /** The samples that SNIP and GraSP score on, inputs [inputs, samples]. The limit is that for these samples. */
  readonly batch?: Batch;
  /** Cells per axis; 64 unless given. */
  readonly grid?: number;
  /** Types sampled for each hidden layer; 4,000 unless given, 1,000 for SynFlow, whose pairs are gone through a hundred times. */
  readonly types?: number;
  /**
   * Independent repetitions, 4 unless given. Each draws the network's outputs anew, which stay random however wide the
   * network is, and the types; the result is their mean, as that of trials of one network each would be, and the standard
   * errors come from their spread.
   */
  readonly outputDraws?: number;
  /**
   * The network's outputs on the batch, [classes, samples] row-major: the limit given these, which all repetitions then
   * share, instead of the mean over what they may be.
   */
  readonly outputs?: Float32Array;
  readonly seed: Seed;
}

/** The same, complete and checked. */
export interface LimitPlan extends Required<Omit<LimitOptions, "batch" | "outputs" | "grid">> {
  readonly batch: Batch | undefined;
  readonly outputs: Float32Array | undefined;
  readonly grid: Resolution;
}

/** Cells per axis of sorted graphons, or `types`: a row and a column for every type, in the types' own order. */
export type Resolution = number | "types";

/** Fills in what was left out. @throws {InvalidArgumentError} saying which value is not acceptable */
export function planLimit(method: LimitMethod, network: LimitNetwork, options: LimitOptions): LimitPlan {
  if (!LIMIT_METHODS.includes(method)) {
    throw new InvalidArgumentError(
      `Expected a method of ${LIMIT_METHODS.join(", ")} but found ${show(method)}`,
    );
  }
  assertNetwork(network);
  const { sparsity, scope = "global", schedule = "exponential", grid = DEFAULT_GRID, outputDraws = 4 } =
    options;
  const rounds = options.rounds ?? (method === "synflow" ? 100 : 1);
  // Throws for a sparsity, number of rounds or schedule that there is not.
  keptFractions(sparsity, rounds, schedule);
  assertCount("the grid", grid, 1);
  assertCount("the output draws", outputDraws, 1);
  if (!SCOPES.includes(scope)) {
    throw new InvalidArgumentError(`Expected a scope of ${SCOPES.join(", ")} but found ${show(scope)}`);
  }
  const types = options.types ?? (method === "synflow" ? 1000 : 4000);
  assertCount("the types", types, 1);
  assertBatch(method, network, options.batch);
  if (rounds > 1 && (method === "snip" || method === "grasp")) {
    throw new InvalidArgumentError(
      `Expected one round of ${method}, whose limit is known, but found ${rounds}`,
    );
  }
  const { batch, seed, outputs } = options;
  if (outputs && outputs.length !== network.classes * (batch?.inputs.cols ?? 0)) {
    throw new InvalidArgumentError(
      `Expected outputs of ${network.classes} classes for each sample of the batch but found ${outputs.length} numbers`,
    );
  }
  return { sparsity, scope, rounds, schedule, batch, outputs, grid, types, outputDraws, seed };
}

function assertNetwork({ inputs, hidden, classes, width, ...laws }: LimitNetwork): void {
  assertCount("the inputs", inputs, 1);
  assertCount("the hidden layers", hidden, 1);
  assertCount("the classes", classes, 1);
  if (width !== Infinity) assertCount("the width", width, 1);
  const { activation = "relu", initialiser = "he" } = laws;
  if (!ACTIVATIONS.includes(activation)) {
    throw new InvalidArgumentError(
      `Expected an activation of ${ACTIVATIONS.join(", ")} but found ${show(activation)}`,
    );
  }
  if (!INITIALISERS.includes(initialiser)) {
    throw new InvalidArgumentError(
      `Expected an initialiser of ${INITIALISERS.join(", ")} but found ${show(initialiser)}`,
    );
  }
}

function assertBatch(method: LimitMethod, network: LimitNetwork, batch: Batch | undefined): void {
  if (method !== "snip" && method !== "grasp") return;
  if (!batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${method}, which reads data, but found none`,
    );
  }
  if (batch.inputs.rows !== network.inputs) {
    throw new InvalidArgumentError(
      `Expected samples of ${network.inputs} numbers, the network's inputs, but found ${batch.inputs.describe()}`,
    );
  }
}
