import { fanInMoments, type StepGraphon } from "@graphon-limit/graphon";
import { type LimitNetwork, limitNetwork, type LimitOptions, type NetworkLimit } from "@graphon-limit/limit";
import { activationGain, initialiserLaw } from "@graphon-limit/model";
import { addScaled } from "@graphon-limit/ops";
import {
  assertCount,
  deriveSeed,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  show,
} from "@graphon-limit/runtime";
import { graphonKernel, type GraphonKernelOptions } from "./graphon_kernel.ts";

/**
 * Whether a pruned network keeps the weights that made its masks, or draws new ones for those that stay: by its own initialiser
 * (`redrawn`), or with a variance that follows each neuron's kept inputs (`fan-in`, as `redraw` does).
 */
export type LimitWeights = "kept" | "redrawn" | "fan-in";

/** What there is to be of the weights. */
export const LIMIT_WEIGHTS: readonly LimitWeights[] = ["kept", "redrawn", "fan-in"];

/** How a network is pruned, and which kernel is wanted of it. Progress counts steps of the repetitions. */
export interface LimitKernelOptions
  extends
    Omit<LimitOptions, "grid" | "outputDraws">,
    Pick<GraphonKernelOptions, "gradients" | "memoryBytes"> {
  /** `kept` unless given. */
  readonly weights?: LimitWeights | undefined;
  /** Independent repetitions whose kernels are averaged, as the outputs stay random in the limit; 1 unless given. */
  readonly repetitions?: number | undefined;
}

/**
 * The tangent kernel, in the `ntk` parametrization, of networks pruned by a method, as the width grows: `graphonKernel` of
 * the method's limit graphons at the resolution of neurons' types, `P` for gradients and, but for redrawn weights, the second
 * moments `V` for signals (docs/mathematics.md §4 and §5).
 *
 * Weights enter their own score and nothing else of the formula. Where they are kept this leaves out that a neuron's mask
 * also depends, through its type, on the sum of the same weights: right for redrawn weights and for masks that do not know of
 * the weights' signs (random, magnitude, SynFlow); not for the kept weights of SNIP and GraSP, whose kernels are far larger.
 *
 * @param inputs [features, N]
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 */
export async function limitKernel(
  method: string,
  network: LimitNetwork,
  inputs: Matrix,
  options: LimitKernelOptions,
): Promise<Matrix> {
  const { weights = "kept", repetitions = 1, gradients, memoryBytes, signal, ...rest } = options;
  if (!LIMIT_WEIGHTS.includes(weights)) {
    throw new InvalidArgumentError(
      `Expected weights of ${LIMIT_WEIGHTS.join(", ")} but found ${show(weights)}`,
    );
  }
  assertCount("the repetitions", repetitions, 1);
  const { device } = inputs, { activation = "relu" } = network;
  const progress = progressOf(options, repetitions, inputs.cols);
  const sum = device.matrix(inputs.cols, inputs.cols);
  try {
    device.clear(sum);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const limit = await limitNetwork(device, method, network, {
        ...rest,
        seed: deriveSeed(options.seed, repetition),
        signal,
        onProgress: progress?.ofLimit(repetition),
      });
      using kernel = await graphonKernel(limit.graphons, inputs, {
        activation,
        weightVariance: weights === "fan-in" ? activationGain(activation) : weightVariance(network),
        gradients,
        memoryBytes,
        secondMoments: momentsOf(weights, limit),
        signal,
        onProgress: progress?.ofKernel(repetition),
      });
      device.run(addScaled, { x: kernel, y: sum }, { scale: 1 / repetitions });
    }
    await device.idle();
    return sum;
  } catch (error) {
    sum.dispose();
    throw error;
  }
}

/** What the two halves of a repetition, its graphons and their kernel, are told to count: steps of all repetitions. */
function progressOf({ onProgress }: LongCallOptions, repetitions: number, rows: number) {
  if (!onProgress) return undefined;
  let steps = 0;
  const report = (repetition: number, done: number) =>
    onProgress(repetition * (steps + rows) + done, repetitions * (steps + rows));
  return {
    ofLimit: (repetition: number) => (done: number, total: number) => {
      steps = total;
      report(repetition, done);
    },
    ofKernel: (repetition: number) => (done: number) => report(repetition, steps + done),
  };
}

/** What signals are averaged over, where this is not the graphons. */
function momentsOf(weights: LimitWeights, limit: NetworkLimit): readonly StepGraphon[] | undefined {
  if (weights === "redrawn") return undefined;
  return weights === "kept" ? limit.secondMoments : fanInMoments(limit.graphons);
}

/** `σ_w²` of a network's initialiser: a weight's variance times its fan-in. */
function weightVariance({ initialiser = "he", weightVariance = 1 }: LimitNetwork): number {
  const { distribution, scale } = initialiserLaw(initialiser, 1, weightVariance);
  return distribution === "uniform" ? scale ** 2 / 3 : scale ** 2;
}
