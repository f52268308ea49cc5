import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Score } from "./score.ts";
import type { Network, Optimiser, OptimiserName } from "@graphon-limit/model";
import type { Sampling } from "./sample_order.ts";

/** A {@linkcode Score} on held-out data after so many steps. */
export interface Evaluation extends Score {
  readonly step: number;
}

/**
 * Where a run of training stands, beside the weights, which the network holds: what is needed to go on with it to the
 * same losses, bit for bit. It owns the optimiser's matrices on the device.
 */
export class TrainingState implements Disposable {
  /** Samples taken from the sequence so far. */
  position = 0;
  /** How samples are drawn; settled by the first steps. */
  sampling: Sampling | undefined;
  /** The loss of each step's batch, before its update: float32 numbers. */
  readonly losses: number[] = [];
  readonly evaluations: Evaluation[] = [];

  constructor(
    readonly optimiser: OptimiserName,
    /** What the optimiser remembers of each of the network's parameters, in the order of its names. */
    readonly memory: readonly (readonly Matrix[])[],
  ) {}

  /** The state before the first step. */
  static begin({ device, parameters }: Network, optimiser: Optimiser): TrainingState {
    const memory = parameters.map(({ rows, cols }) =>
      optimiser.memory.map(() => {
        const matrix = device.matrix(rows, cols);
        device.clear(matrix);
        return matrix;
      })
    );
    return new TrainingState(optimiser.name, memory);
  }

  /** How many steps are done. */
  get step(): number {
    return this.losses.length;
  }

  /** Throws unless this is a state of that optimiser on that network, its samples drawn in that way. */
  assertGoesWith({ parameters }: Network, optimiser: Optimiser, sampling: Sampling): void {
    if (this.optimiser !== optimiser.name) {
      throw new InvalidArgumentError(
        `Expected the optimiser ${this.optimiser}, with which training began, but found ${optimiser.name}`,
      );
    }
    const fits = this.memory.length === parameters.length &&
      this.memory.every((matrices, index) =>
        matrices.length === optimiser.memory.length &&
        matrices.every(({ rows, cols }) => rows === parameters[index].rows && cols === parameters[index].cols)
      );
    if (!fits) {
      throw new InvalidArgumentError("Expected a training state of this network but found another's");
    }
    const begun = this.sampling;
    if (begun && begun.samples !== sampling.samples) {
      throw new InvalidArgumentError(
        `Expected ${begun.samples} samples, as training began with, but found ${sampling.samples}`,
      );
    }
    const sameSeed = begun?.seed.every((word, i) => word === sampling.seed[i]) ?? true;
    if (begun && (begun.shuffle !== sampling.shuffle || (begun.shuffle && !sameSeed))) {
      const describe = ({ shuffle, seed }: Sampling) =>
        shuffle ? `shuffled by ${seed.join(",")}` : "in order";
      throw new InvalidArgumentError(
        `Expected samples ${describe(begun)}, as training began, but found them ${describe(sampling)}`,
      );
    }
  }

  [Symbol.dispose](): void {
    for (const matrix of this.memory.flat()) matrix.dispose();
  }
}
