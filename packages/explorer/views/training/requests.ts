import { request } from "../../worker/protocol.ts";

/** The network that is pruned, on generated digits. */
export interface TrainedNetwork {
  readonly method: string;
  readonly width: number;
  /** Hidden layers. */
  readonly hidden: number;
  readonly sparsity: number;
  readonly seed: number;
}

/** A pruned network, and the test digits that its tangent kernel is of. */
export interface KernelParams extends TrainedNetwork {
  /** Digits of each class. */
  readonly perClass: number;
}

/** The tangent kernel of the sum of a network's outputs, between digits that it was not pruned on, and what its spectrum says. */
export interface KernelPicture {
  readonly samples: number;
  /** `[samples, samples]`, digits ordered by class. */
  readonly kernel: Float32Array<ArrayBuffer>;
  /** All eigenvalues, the largest first. */
  readonly eigenvalues: Float64Array<ArrayBuffer>;
  /** Zero where no path leads from an input to an output: no other number means anything then. */
  readonly trace: number;
  readonly effectiveRank: number;
  /** The share of the five largest eigenvalues in the trace. */
  readonly energy5: number;
  readonly decayRate: number;
  /** With the classes: `⟨Θ, YYᵀ⟩ / (‖Θ‖ ‖YYᵀ‖)`, a column of Y for each class. */
  readonly alignment: number;
  readonly milliseconds: number;
}

export const kernelPicture = request<KernelParams, KernelPicture>("training/kernel");

/** Masks that are put on one network, which is then trained under each; and the training. */
export interface RaceParams extends TrainedNetwork {
  /** Methods, and `dense` for no mask. */
  readonly contenders: readonly string[];
  /** Training digits of each class. */
  readonly perClass: number;
}

/** How fast all of them learn. */
export interface RateParams {
  /** As a share of the largest rate at which the linearised network does not diverge. */
  readonly share: number;
  /** That of each network itself, or the smallest of all of them. */
  readonly rates: "own" | "common";
}

/** What a kernel says of the training to come. */
export interface Forecast {
  readonly learningRate: number;
  /** Infinite where no parameter moves an output, and nothing is learnt. */
  readonly largestStableRate: number;
  /** The loss before each step. */
  readonly losses: Float64Array<ArrayBuffer>;
}

/** The contenders' forecasts, in their order, over so many steps. */
export const forecasts = request<
  { readonly race: RaceParams; readonly rate: RateParams; readonly steps: number },
  readonly Forecast[]
>("training/forecasts");

/** Some steps of one contender. */
export interface StepsParams {
  readonly race: RaceParams;
  readonly rate: RateParams;
  readonly contender: string;
  /** The first step whose loss is not known yet, and the step to stop before. */
  readonly from: number;
  readonly to: number;
}

/** What test digits show after a step. */
export interface Accuracy {
  readonly step: number;
  readonly accuracy: number;
}

/** Full-batch gradient descent on squared loss, step by step. */
export interface Steps {
  /** The loss before each of the steps asked for; fewer where training diverged. */
  readonly losses: Float64Array<ArrayBuffer>;
  /** Whether a loss was no longer finite: no more steps are taken then. */
  readonly diverged: boolean;
  /** On test digits, of all steps so far. */
  readonly accuracies: readonly Accuracy[];
}

export const steps = request<StepsParams, Steps>("training/steps");

/** A network that is pruned in rounds, and the layer of it that is looked at. */
export interface FilmParams extends TrainedNetwork {
  readonly layer: number;
  readonly rounds: number;
  readonly schedule: "exponential" | "linear";
}

/** One layer's sorted graphon after each round, from the unpruned layer on. */
export interface Film {
  /** Cells per axis. */
  readonly grid: number;
  /** `[rounds + 1, grid, grid]`: the share of weights that each cell keeps, each round sorted anew. */
  readonly frames: Float32Array<ArrayBuffer>;
  /** `[rounds + 1, layers]`: the share of its weights that each layer keeps. */
  readonly densities: Float64Array<ArrayBuffer>;
  /** `[rounds + 1]`: neurons that keep no weight of the layer shown. */
  readonly deadOutputs: Uint32Array<ArrayBuffer>;
  readonly deadInputs: Uint32Array<ArrayBuffer>;
  readonly milliseconds: number;
}

export const film = request<FilmParams, Film>("training/film");
