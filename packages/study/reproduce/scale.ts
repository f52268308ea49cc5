import type { Initialiser } from "@graphon-limit/model";
import type { NetworkParams } from "../kinds/network.ts";

/** What all networks of a run have in common beside their sizes. */
export type CommonParams = Pick<
  NetworkParams,
  "data" | "seed" | "samplesPerClass" | "scope" | "schedule" | "rounds" | "activation"
>;

/** The protocols' own, whatever the images and the seed. */
export const COMMON: Omit<CommonParams, "data" | "seed"> = {
  samplesPerClass: 10,
  scope: "global",
  schedule: "exponential",
  rounds: null,
  activation: "relu",
};

/** How large the experiments are, and on what. */
export interface Scale extends Sizes {
  readonly common: CommonParams;
}

/** How large the experiments are. Methods, optimisers and the like are the protocols' own. */
export interface Sizes {
  /** How weights are drawn, which the paper does not say: in the experiments on graphons but F1, and in F1 and on training. */
  readonly initialiser: Initialiser;
  readonly initialisers: readonly Initialiser[];
  /** Independent networks per configuration of the graphon experiments. */
  readonly graphonTrials: number;
  /** Independent networks per configuration of the kernel experiments, and of those of training. */
  readonly kernelTrials: number;
  readonly trainingTrials: number;
  /** The same for the training runs at a grid of learning rates (R4). */
  readonly learningRateTrials: number;
  /** Widths whose graphons are compared with those of the last one (F1, F4–F10). */
  readonly widths: readonly number[];
  /** The same with a larger reference (R1). */
  readonly widthsR1: readonly number[];
  /** Hidden layers of the networks whose graphons are looked at. */
  readonly graphonHidden: readonly number[];
  /** Sparsities of the graphon experiments. */
  readonly graphonSparsities: readonly number[];
  /** Cells per axis of the graphons; with one order per hidden axis, intervals of each of a neuron's two degrees. */
  readonly grid: number;
  readonly side: number;
  /** Sparsities of the experiments on kernels, and of those on training. */
  readonly kernelSparsities: readonly number[];
  readonly trainingSparsities: readonly number[];
  /** Hidden layers and width of networks that are trained or whose kernels are taken, and inputs of the kernels. */
  readonly hidden: number;
  readonly width: number;
  readonly samples: number;
  /** The larger network of R3 and the inputs of its kernel. */
  readonly widthR3: number;
  readonly samplesR3: number;
  readonly batchSize: number;
  /** Learning rates of Adam that each method may choose the best of (R4), the paper's 0.001 among them. */
  readonly learningRates: readonly number[];
  /** Steps of training of F2, F11, R4 and R8; R5 and R6 take half of them. */
  readonly steps: number;
}

/** The paper's sizes. */
export const FULL_SCALE: Sizes = {
  initialiser: "he",
  initialisers: ["he", "torch"],
  graphonTrials: 100,
  kernelTrials: 3,
  trainingTrials: 10,
  learningRateTrials: 3,
  widths: [100, 500, 1000, 2000],
  widthsR1: [100, 500, 1000, 2000, 10000],
  graphonHidden: [3, 4],
  graphonSparsities: [0.7, 0.8, 0.9],
  grid: 64,
  side: 16,
  kernelSparsities: [0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
  trainingSparsities: [0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
  hidden: 4,
  width: 1024,
  samples: 1024,
  widthR3: 2048,
  samplesR3: 512,
  batchSize: 64,
  learningRates: [0.0003, 0.001, 0.003, 0.01],
  steps: 200,
};

/** Some minutes on two cores, some more with a software adapter. */
export const QUICK_SCALE: Sizes = {
  ...FULL_SCALE,
  graphonTrials: 3,
  kernelTrials: 3,
  trainingTrials: 3,
  learningRateTrials: 2,
  widths: [100, 250, 500],
  widthsR1: [100, 250, 500, 1000],
  graphonHidden: [3],
  graphonSparsities: [0.8],
  grid: 50,
  side: 8,
  kernelSparsities: [0.6, 0.8, 0.95],
  trainingSparsities: [0.6, 0.8, 0.95],
  // PyTorch's weights of 784 inputs are smaller than those of few: magnitude pruning at 80 % would keep none of them at 256.
  width: 384,
  samples: 256,
  widthR3: 768,
  samplesR3: 128,
  steps: 100,
};

const EIGHTY_PERCENT = 0.8;

/** The sparsity of experiments on graphons that look at one alone: 80 % where it is among them, else the middle one. */
export function usualSparsity({ graphonSparsities }: Sizes): number {
  return graphonSparsities.includes(EIGHTY_PERCENT)
    ? EIGHTY_PERCENT
    : graphonSparsities[Math.floor(graphonSparsities.length / 2)];
}
