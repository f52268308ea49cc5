import { fanInMoments, type StepGraphon } from "@graphon-limit/graphon";
import {
  limitNamed,
  type LimitNetwork,
  limitNetwork,
  type LimitOptions,
  type NetworkLimit,
} from "@graphon-limit/limit";
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
import { drawnKernel } from "./drawn_network.ts";
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
 * Where weights are kept whose masks know of their signs (SNIP, GraSP), a neuron's mask depends, through its type, on the sum of the
 * same weights. In the order `finite` all of the width's neurons are followed, and the kernel is that of weights drawn with the law
 * that they have given what their products with the scores' samples are. In the order `strict` that is left out, and the kernels
 * of such networks are many times larger than this.
 *
 * @param inputs [features, N]
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 * @throws {InvalidArgumentError} as `limitNetwork`, and for kept weights of known signs with fewer types than neurons
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
  const { device } = inputs,
    { activation = "relu" } = network,
    law = { activation, weightVariance: weightVariance(network) };
  const types = typesOf(method, network, options), drawn = { ...law, gradients, memoryBytes, signal };
  const progress = progressOf(options, repetitions, inputs.cols);
  const sum = device.matrix(inputs.cols, inputs.cols);
  try {
    device.clear(sum);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const limit = await limitNetwork(device, method, network, {
        ...rest,
        types,
        seed: deriveSeed(options.seed, repetition),
        signal,
        onProgress: progress?.ofLimit(repetition),
      });
      const onProgress = progress?.ofKernel(repetition);
      using kernel = weights === "kept" && limit.drawn
        ? await drawnKernel(limit.drawn, inputs, { ...drawn, onProgress })
        : await graphonKernel(limit.graphons, inputs, {
          ...{ ...drawn, ...(weights === "fan-in" ? { weightVariance: activationGain(activation) } : {}) },
          ...{ secondMoments: momentsOf(weights, limit), onProgress },
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

/** Types of a hidden layer: all neurons where their weights' signs are known, whose sums no fewer neurons' stand for. */
function typesOf(
  method: string,
  { width }: LimitNetwork,
  { weights = "kept", order, types }: LimitKernelOptions,
): number | undefined {
  const all = weights === "kept" && order !== "strict" && width !== Infinity && limitNamed(method).tellsSigns;
  if (!all) return types;
  if (types !== undefined && types !== width) {
    throw new InvalidArgumentError(
      `Expected types of ${width}, the width, for the kept weights of ${method} but found ${types}`,
    );
  }
  return width;
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
