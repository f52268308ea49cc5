import { adamStep, sgdStep } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import type { Weight } from "./weight.ts";

/** The names of the optimisers. */
export type OptimiserName = "sgd" | "momentum" | "adam";

/** The optimisers there are. */
export const OPTIMISERS: readonly OptimiserName[] = ["sgd", "momentum", "adam"];

/** A rule that moves weights against their gradient, with what it remembers of earlier steps. */
export interface Optimiser {
  readonly name: OptimiserName;
  /** What it remembers of each parameter: matrices of its shape that begin as zero, by name. */
  readonly memory: readonly string[];
  /**
   * Moves a parameter, and makes what a mask removes exactly zero.
   *
   * @param memory the parameter's matrices, in the order of their names
   * @param rate the learning rate η
   * @param step counted from 1
   */
  update(
    weight: Weight,
    gradient: Matrix,
    memory: readonly Matrix[],
    rate: number,
    step: number,
  ): void;
}

/** Stochastic gradient descent, `w -= η g`. */
export function sgd(): Optimiser {
  return {
    name: "sgd",
    memory: [],
    update({ matrix: weights, mask }, gradient, _memory, rate) {
      const args = { weights, gradient, mask };
      weights.device.run(sgdStep, args, { learningRate: rate, momentum: 0 });
    },
  };
}

/** Gradient descent with momentum as PyTorch has it: `v = momentum · v + g`, v the gradient at first, `w -= η v`. */
export function momentumSgd({ momentum = 0.9 }: { momentum?: number } = {}): Optimiser {
  assertShare("a momentum", momentum);
  return {
    name: "momentum",
    memory: ["velocity"],
    update({ matrix: weights, mask }, gradient, [velocity], rate) {
      const args = { weights, gradient, velocity, mask };
      weights.device.run(sgdStep, args, { learningRate: rate, momentum });
    },
  };
}

/** Adam's constants; the defaults are PyTorch's. */
export interface AdamOptions {
  readonly beta1?: number | undefined;
  readonly beta2?: number | undefined;
  readonly epsilon?: number | undefined;
}

/** Adam (Kingma and Ba 2015, algorithm 1, with bias correction), without weight decay. */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Optimiser {
  assertShare("Adam's β1", beta1);
  assertShare("Adam's β2", beta2);
  if (!(epsilon > 0 && epsilon < Infinity)) {
    throw new InvalidArgumentError(`Expected Adam's ε to be above 0 but found ${show(epsilon)}`);
  }
  return {
    name: "adam",
    memory: ["mean", "square"],
    update({ matrix: weights, mask }, gradient, [mean, square], rate, step) {
      const args = { weights, gradient, mean, square, mask };
      weights.device.run(adamStep, args, {
        meanRate: 1 - beta1,
        squareRate: 1 - beta2,
        stepSize: rate / (1 - beta1 ** step),
        rootCorrection: Math.sqrt(1 - beta2 ** step),
        epsilon,
      });
    },
  };
}

function assertShare(what: string, value: number): void {
  if (!(value >= 0 && value < 1)) {
    throw new InvalidArgumentError(`Expected ${what} of at least 0 and below 1 but found ${show(value)}`);
  }
}
