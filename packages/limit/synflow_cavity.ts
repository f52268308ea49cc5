import { magnitudeDensity, type SeenAnswers } from "@graphon-limit/ops";
import { keptFractions } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { CavityLayer } from "./cavity_layer.ts";
import { CavityResponses } from "./cavity_responses.ts";
import { ExplicitEdges } from "./explicit_edges.ts";
import { KeptWeights } from "./kept_weights.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { LimitPlan } from "./options.ts";
import { explicit, guesses, type Pruned, raiseAll } from "./synflow_threshold.ts";

/** What the rounds leave at a finite width. */
export interface SynflowCavity extends Disposable {
  readonly first: KeptWeights;
  readonly last: KeptWeights;
  /** Each hidden→hidden layer. */
  readonly between: readonly CavityLayer[];
}

/** Bytes that all neurons' responses may take, which grow with the square of the rounds, and that their edges may. */
const MOST_BYTES = 2 ** 31;

/** One hidden layer's neurons. */
class Population {
  /** r and c of all rounds, [neurons, rounds]. */
  readonly #r: Float32Array;
  readonly #c: Float32Array;
  /** How r answers c, which a layer above asks for, and c r, which one below does. */
  readonly forward: CavityResponses | undefined;
  readonly backward: CavityResponses | undefined;

  constructor(
    readonly count: number,
    readonly rounds: number,
    { first, last }: { readonly first: boolean; readonly last: boolean },
  ) {
    this.#r = new Float32Array(count * rounds);
    this.#c = new Float32Array(count * rounds);
    this.forward = last ? undefined : new CavityResponses(count, rounds);
    this.backward = first ? undefined : new CavityResponses(count, rounds);
  }

  note(round: number, r: Float64Array, c: Float64Array): void {
    for (let i = 0; i < this.count; i++) {
      this.#r[i * this.rounds + round] = r[i];
      this.#c[i * this.rounds + round] = c[i];
    }
  }

  /** [neurons, round]. */
  history(sum: "r" | "c", round: number): Float32Array {
    const all = sum === "r" ? this.#r : this.#c, out = new Float32Array(this.count * round);
    for (let i = 0; i < this.count; i++) {
      out.set(all.subarray(i * this.rounds, i * this.rounds + round), i * round);
    }
    return out;
  }
}

/** The weights of a population to the inputs, or to the outputs: each neuron's bound, and the round it is of. */
class End {
  readonly rounds: Uint16Array;

  constructor(readonly kept: KeptWeights, readonly unit: number) {
    this.rounds = new Uint16Array(kept.neurons);
  }

  sums(): Float64Array {
    return Float64Array.from({ length: this.kept.neurons }, (_, i) => this.kept.sum(i) / this.unit);
  }

  /** As a `CavityLayer`'s. */
  direct(history: Float32Array, round: number, law: NetworkLaw["weights"]): Float32Array {
    const { neurons, fan, bounds } = this.kept, out = new Float32Array(neurons * round);
    if (round === 0) return out;
    for (let i = 0; i < neurons; i++) {
      const at = i * round + this.rounds[i];
      if (history[at] > 0) {
        out[at] = fan / this.unit * bounds[i] ** 2 * magnitudeDensity(bounds[i], law) / history[at];
      }
    }
    return out;
  }

  pruned(scales: Float64Array, weight: number, round: number): Pruned {
    const all = explicit(this.kept, scales, weight);
    return {
      ...all,
      raise: (threshold) => {
        const before = this.kept.bounds.slice();
        all.raise(threshold);
        before.forEach((bound, i) => {
          if (this.kept.bounds[i] > bound) this.rounds[i] = round;
        });
      },
    };
  }
}

/**
 * SynFlow's rounds at a finite width (docs/mathematics.md §5): populations as in `runSynflow`, each neuron with edges of its own, along which it sees
 * its partners answer the very weight between them.
 */
export async function runSynflowCavity(
  device: Device,
  law: NetworkLaw,
  plan: LimitPlan,
  seed: Seed,
  step: () => Promise<void>,
): Promise<SynflowCavity> {
  const rounds = new CavityRounds(device, law, plan, seed);
  try {
    const fractions = keptFractions(plan.sparsity, plan.rounds, plan.schedule), thresholds: number[][] = [];
    for (let round = 0; round < plan.rounds; round++) {
      const pruned = await rounds.pass(round);
      thresholds.push(await raiseAll(pruned, fractions[round], plan.scope, guesses(thresholds), false));
      await step();
    }
    const { first, last, between } = rounds;
    return {
      ...{ first: first.kept, last: last.kept, between },
      [Symbol.dispose]: () => rounds[Symbol.dispose](),
    };
  } catch (error) {
    rounds[Symbol.dispose]();
    throw error;
  }
}

class CavityRounds implements Disposable {
  readonly first: End;
  readonly last: End;
  readonly between: readonly CavityLayer[];
  readonly #populations: readonly Population[];

  constructor(
    readonly device: Device,
    readonly law: NetworkLaw,
    { types, rounds }: LimitPlan,
    seed: Seed,
  ) {
    const { layers, weights } = law, hidden = layers.length - 1, width = layers[0].outputs;
    const random = new RandomSequence(seed), count = Math.min(types, width);
    const sides = 2 * (hidden - 1);
    assertFits(sides * CavityResponses.bytes(count, rounds), count, `responses of ${rounds} rounds`);
    assertFits(sides * ExplicitEdges.bytes(count, width), count, `edges of ${width} neurons a layer`);
    const { inputs } = layers[0], { outputs } = layers[hidden];
    this.first = new End(new KeptWeights(count, inputs, random, weights), Math.sqrt(inputs));
    this.last = new End(new KeptWeights(count, outputs, random, weights), 1);
    const between: CavityLayer[] = [];
    this.between = between;
    try {
      while (between.length < hidden - 1) {
        between.push(new CavityLayer(device, count, width, random, weights));
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
    this.#populations = Array.from(
      { length: hidden },
      (_, layer) => new Population(count, rounds, { first: layer === 0, last: layer === hidden - 1 }),
    );
  }

  /** The sums of a round, and the layers as its threshold is to see them. */
  async pass(round: number): Promise<Pruned[]> {
    const up = await this.#forward(round), down = await this.#backward(round);
    const { layers } = this.law,
      hidden = layers.length - 1,
      width = layers[0].outputs,
      { inputs } = layers[0];
    this.#populations.forEach((population, index) => {
      population.note(round, up.sums[index], down.sums[index]);
      population.forward?.close(down.direct[index], round);
      population.backward?.close(up.direct[index], round);
    });
    const most = Math.max(...layers.map(({ logCount }) => logCount));
    const weightOf = (layer: number) => Math.exp(layers[layer].logCount - most);
    // Relative to a hidden layer's: |ω|/√d and no r against |ω|/√n and r/√n, and likewise at the outputs.
    const firstScales = down.sums[0].map((value) => value * width / Math.sqrt(inputs));
    const lastScales = up.sums[hidden - 1].map((value) => value * width);
    const between = this.between.map((layer, index): Pruned => {
      const r = up.sums[index],
        c = down.sums[index + 1],
        kicks = { r: up.kicks[index], c: down.kicks[index] };
      layer.score(r, c);
      return {
        weight: weightOf(index + 1),
        fraction: (threshold) => layer.fractionAbove(threshold),
        raise: (threshold) => layer.raise(threshold, round, r, c, kicks),
      };
    });
    return [
      this.first.pruned(firstScales, weightOf(0), round),
      ...between,
      this.last.pruned(lastScales, weightOf(hidden), round),
    ];
  }

  /** r of every hidden layer, what it answers directly, and what the layer above sees of it. */
  async #forward(round: number) {
    const { between } = this, populations = this.#populations, kicks: SeenAnswers[] = [];
    const sums = [this.first.sums()];
    const direct = [this.first.direct(populations[0].history("c", round), round, this.law.weights)];
    for (const [index, layer] of between.entries()) {
      const below = populations[index], fields = populations[index + 1].history("c", round);
      const response = below.forward!.total(silenced(direct[index], sums[index]), round);
      const seen = { response, fields, own: below.history("c", round) };
      kicks.push(await layer.kicks(seen, "outputs", round));
      sums.push(layer.sums("outputs", sums[index], kicks[index]));
      direct.push(layer.direct("outputs", sums[index], fields, round));
    }
    return { sums, direct, kicks };
  }

  /** The same of c, from the last layer on. */
  async #backward(round: number) {
    const { between } = this, populations = this.#populations, kicks: SeenAnswers[] = [];
    const sums = [this.last.sums()];
    const direct = [this.last.direct(populations.at(-1)!.history("r", round), round, this.law.weights)];
    for (const [index, layer] of [...between.entries()].reverse()) {
      const above = populations[index + 1], fields = populations[index].history("r", round);
      const response = above.backward!.total(silenced(direct[0], sums[0]), round);
      kicks.unshift(
        await layer.kicks({ response, fields, own: above.history("r", round) }, "inputs", round),
      );
      const own = layer.sums("inputs", sums[0], kicks[0]);
      direct.unshift(layer.direct("inputs", sums[0], fields, round));
      sums.unshift(own);
    }
    return { sums, direct, kicks };
  }

  [Symbol.dispose](): void {
    for (const layer of this.between) layer[Symbol.dispose]();
  }
}

/** Direct responses, of neurons whose sum is 0 none. */
function silenced(direct: Float32Array, sums: Float64Array): Float32Array {
  const round = direct.length / sums.length;
  return direct.map((value, at) => sums[Math.floor(at / round)] > 0 ? value : 0);
}

function assertFits(bytes: number, types: number, what: string): void {
  if (bytes <= MOST_BYTES) return;
  throw new InvalidArgumentError(
    `Expected fewer types than ${types} in the order finite, whose ${what} take ${
      (bytes / 2 ** 30).toFixed(1)
    } GiB, ` +
      `${MOST_BYTES / 2 ** 30} at most, or the order strict`,
  );
}
