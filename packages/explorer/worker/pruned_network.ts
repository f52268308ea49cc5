import { digitBatch } from "@graphon-limit/data";
import { initialise, type Network, type OwnedBatch, predict, uploadBatch } from "@graphon-limit/model";
import { activation } from "@graphon-limit/ops";
import {
  type Method,
  methodNamed,
  prune,
  type PruneResult,
  random,
  type Schedule,
  type ScoreContext,
} from "@graphon-limit/pruners";
import { type BitMatrix, type Device, type Matrix, seedFrom } from "@graphon-limit/runtime";
import type { Lab } from "./lab.ts";
import { type NetworkChoice, widthsOf } from "./networks.ts";
import type { Call } from "./serve.ts";

/** Samples of each class that methods score on, as in the paper. */
export const SAMPLES_PER_CLASS = 10;

/** How a network comes to its sparsity, where that is not in the method's own way. */
export interface Rounds {
  readonly rounds: number;
  readonly schedule: Schedule;
  /** Sees the network before each round, its masks being those that the round before left. */
  readonly watch: (round: number) => Promise<void>;
}

/** What is to be pruned, and how. */
export interface Prunable<B extends OwnedBatch | undefined = OwnedBatch> {
  /** The method's name. */
  readonly method: string;
  readonly seed: number;
  readonly network: Network;
  readonly batch: B;
}

/** A network, the samples it is scored on, and its scores, once they were made: other sparsities only need another threshold. */
export class PrunableNetwork<B extends OwnedBatch | undefined = OwnedBatch> implements Disposable {
  readonly network: Network;
  readonly batch: B;
  readonly #method: Method;
  readonly #seed: number;
  readonly #scores = new Map<number, Matrix>();

  /** @param prunable taken over: its network and its batch are disposed of with this */
  constructor({ method, seed, network, batch }: Prunable<B>) {
    this.#method = methodNamed(method);
    this.#seed = seed;
    this.network = network;
    this.batch = batch;
  }

  /** Prunes it anew, from the weights it was born with. */
  async prune(sparsity: number, call: Call, way?: Rounds): Promise<PruneResult> {
    this.#unmask();
    return await prune(this.network, this.#rememberingMethod(way), {
      ...{ sparsity, batch: this.batch, seed: seedFrom(this.#seed) },
      ...{ rounds: way?.rounds, schedule: way?.schedule },
      ...{ signal: call.signal, onProgress: call.onProgress },
    });
  }

  /** What the network says of its digits before it is pruned, [classes, samples]. */
  async outputs(this: PrunableNetwork): Promise<Float32Array> {
    this.#unmask();
    using predicted = predict(this.network, this.batch.inputs);
    return await this.network.device.read(predicted.out);
  }

  /** The layer's mask. */
  mask(layer: number): BitMatrix | undefined {
    return this.network.weights[layer].mask;
  }

  /** The method, scoring but once where it has a single round; where rounds are watched, so that they are. */
  #rememberingMethod(way: Rounds | undefined): Method {
    // What only says how many weights each layer keeps leaves the rest to chance, which is asked in each round.
    const { score = way && random.score, rounds: own = 1 } = this.#method;
    const once = (way?.rounds ?? own) === 1;
    if (!score || (!way && !once)) return this.#method;
    return {
      ...this.#method,
      score: async (context) => {
        await way?.watch(context.round);
        return once ? await this.#remembered(context, score) : await score(context);
      },
    };
  }

  async #remembered(context: ScoreContext, score: NonNullable<Method["score"]>): Promise<Matrix[]> {
    if (this.#scores.size === 0) {
      const scores = await score(context);
      scores.forEach((given, layer) => {
        const { rows, cols } = context.network.weights[layer];
        const matrix = given instanceof Float32Array ? context.device.upload(given, rows, cols) : given;
        // Scores that are the network's own weights stay the network's.
        this.#scores.set(layer, matrix);
      });
    }
    return [...this.#scores.values()].map((matrix, layer) => {
      if (matrix === context.network.weights[layer].matrix) return matrix;
      const copy = context.device.matrix(matrix.rows, matrix.cols);
      context.device.run(activation, { z: matrix, out: copy }, { fn: "linear" });
      return copy;
    });
  }

  #unmask(): void {
    for (const weight of this.network.weights) weight.setMask(undefined);
  }

  [Symbol.dispose](): void {
    for (const matrix of this.#scores.values()) matrix.dispose();
    this.batch?.[Symbol.dispose]();
    this.network[Symbol.dispose]();
  }
}

/** The network of a choice, kept for the questions that follow. */
export function prunableNetwork(lab: Lab, choice: NetworkChoice): Promise<PrunableNetwork> {
  const { method, width, hidden, seed } = choice;
  const key = JSON.stringify([method, width, hidden, seed]);
  return lab.shared(key, () => Promise.resolve(drawnNetwork(lab.device, choice)));
}

/** A network of the choice's widths and the digits that it is scored on; the caller's to dispose of. */
export function drawnNetwork(device: Device, choice: NetworkChoice): PrunableNetwork {
  const { method, seed } = choice, root = seedFrom(seed);
  const { x, y } = digitBatch(SAMPLES_PER_CLASS, root, { seed });
  const batch = uploadBatch(device, x, y);
  const network = initialise(device, widthsOf(choice), "he", { seed: root });
  return new PrunableNetwork({ method, seed, network, batch });
}
