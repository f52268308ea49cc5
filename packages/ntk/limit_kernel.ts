import { fanInMoments, type StepGraphon } from "@graphon-limit/graphon";
import {
  type LimitMethod,
  type LimitNetwork,
  limitNetwork,
  type LimitOptions,
  type NetworkLimit,
} from "@graphon-limit/limit";
import { activationGain, initialiserLaw } from "@graphon-limit/model";
import { addScaled } from "@graphon-limit/ops";
import { assertCount, deriveSeed, InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import { graphonKernel, type GraphonKernelOptions } from "./graphon_kernel.ts";

/**
 * Whether a pruned network keeps the weights that made its masks, or draws new ones for those that stay: by its own initialiser
 * (`redrawn`), or with a variance that follows each neuron's kept inputs (`fan-in`, as `redraw` does).
 */
export type LimitWeights = "kept" | "redrawn" | "fan-in";

export const LIMIT_WEIGHTS: readonly LimitWeights[] = ["kept", "redrawn", "fan-in"];

export interface LimitKernelOptions
  extends
    Omit<LimitOptions, "grid" | "outputDraws">,
    Pick<GraphonKernelOptions, "gradients" | "memoryBytes"> {
  /** `kept` unless given. */
  readonly weights?: LimitWeights;
  /** Independent repetitions whose kernels are averaged, as the outputs stay random in the limit; 1 unless given. */
  readonly repetitions?: number;
  /** Told how many repetitions are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The tangent kernel, in the `ntk` parametrization, of networks pruned by a method, as the width grows: `graphonKernel` of
 * the method's limit graphons at the resolution of neurons' types, `P` for gradients and, but for redrawn weights, the second
 * moments `V` for signals (design §4 and §5).
 *
 * Weights enter their own score and nothing else of the formula. Where they are kept this leaves out that a neuron's mask
 * also depends, through its type, on the sum of the same weights: right for redrawn weights and for masks that do not know of
 * the weights' signs (random, magnitude, SynFlow); not for the kept weights of SNIP and GraSP, whose kernels are far larger.
 *
 * @param inputs [features, N]
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 */
export async function limitKernel(
  method: LimitMethod,
  network: LimitNetwork,
  inputs: Matrix,
  { weights = "kept", repetitions = 1, gradients, memoryBytes, onProgress, ...options }: LimitKernelOptions,
): Promise<Matrix> {
  if (!LIMIT_WEIGHTS.includes(weights)) {
    throw new InvalidArgumentError(
      `Expected weights of ${LIMIT_WEIGHTS.join(", ")} but found ${show(weights)}`,
    );
  }
  assertCount("the repetitions", repetitions, 1);
  const { device } = inputs, { activation = "relu" } = network;
  const sum = device.matrix(inputs.cols, inputs.cols);
  try {
    device.clear(sum);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const seed = deriveSeed(options.seed, repetition);
      const limit = await limitNetwork(device, method, network, { ...options, seed });
      using kernel = await graphonKernel(limit.graphons, inputs, {
        activation,
        weightVariance: weights === "fan-in" ? activationGain(activation) : weightVariance(network),
        ...(gradients === undefined ? {} : { gradients }),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
        ...momentsOf(weights, limit),
      });
      device.run(addScaled, { x: kernel, y: sum }, { scale: 1 / repetitions });
      onProgress?.(repetition + 1, repetitions);
    }
    await device.idle();
    return sum;
  } catch (error) {
    sum.dispose();
    throw error;
  }
}

/** What signals are averaged over, where this is not the graphons. */
function momentsOf(weights: LimitWeights, limit: NetworkLimit): { secondMoments?: readonly StepGraphon[] } {
  if (weights === "redrawn") return {};
  return { secondMoments: weights === "kept" ? limit.secondMoments : fanInMoments(limit.graphons) };
}

/** `σ_w²` of a network's initialiser: a weight's variance times its fan-in. */
function weightVariance({ initialiser = "he", weightVariance = 1 }: LimitNetwork): number {
  const { distribution, scale } = initialiserLaw(initialiser, 1, weightVariance);
  return distribution === "uniform" ? scale ** 2 / 3 : scale ** 2;
}
