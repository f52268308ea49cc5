import { copiedEdgesBytes } from "@graphon-limit/ops";
import { keptFractions } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { CavityEnd } from "./cavity_end.ts";
import { CavityLayer } from "./cavity_layer.ts";
import { CavityPopulation, type CopiedSums, type Sum } from "./cavity_population.ts";
import { KeptWeights } from "./kept_weights.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import { meanOfLeft, ofThemselves } from "./neuron_copies.ts";
import type { LimitPlan } from "./options.ts";
import { PartnerFields } from "./partner_fields.ts";
import { guesses, type Pruned, raiseAll } from "./synflow_threshold.ts";

/** What the rounds leave at a finite width. */
export interface SynflowCavity extends Disposable {
  readonly first: KeptWeights;
  readonly last: KeptWeights;
  /** Each hidden→hidden layer. */
  readonly between: readonly CavityLayer[];
}

/** Bytes that all neurons' responses may take, which grow with the square of the rounds, and that their edges may. */
const MOST_BYTES = 2 ** 31;

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
      const pruned = rounds.pass(round);
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

/** What a direction's sums are in a round: of each hidden layer's copies; what they answer directly; and the fields that layers' edges are answered by. */
interface Pass {
  readonly sums: readonly CopiedSums[];
  readonly direct: readonly Float32Array[];
  readonly fields: readonly Float64Array[];
}

class CavityRounds implements Disposable {
  readonly first: CavityEnd;
  readonly last: CavityEnd;
  readonly between: readonly CavityLayer[];
  readonly #populations: readonly CavityPopulation[];

  constructor(
    readonly device: Device,
    readonly law: NetworkLaw,
    { types, rounds }: LimitPlan,
    seed: Seed,
  ) {
    const { layers, weights } = law, hidden = layers.length - 1, width = layers[0].outputs;
    const random = new RandomSequence(seed), count = Math.min(types, width);
    assertFits(hidden * CavityPopulation.bytes(count, rounds), count, `responses of ${rounds} rounds`);
    const sides = 2 * (hidden - 1);
    const bytes = copiedEdgesBytes({ count, width, kinds: 2, rounds }) + PartnerFields.bytes(count, rounds);
    assertFits(sides * bytes, count, `edges of ${width} neurons a layer`);
    const { inputs } = layers[0], { outputs } = layers[hidden];
    this.first = new CavityEnd(new KeptWeights(count, inputs, random, weights), Math.sqrt(inputs));
    this.last = new CavityEnd(new KeptWeights(count, outputs, random, weights), 1);
    const populations = Array.from(
      { length: hidden },
      (_, layer) => new CavityPopulation(count, rounds, { first: layer === 0, last: layer === hidden - 1 }),
    );
    this.#populations = populations;
    const between: CavityLayer[] = [];
    this.between = between;
    try {
      for (const [below, above] of populations.slice(1).entries()) {
        const kinds = { outputs: above.kinds.length, inputs: populations[below].kinds.length };
        between.push(new CavityLayer(device, { count, width, rounds }, kinds, random, weights));
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** The sums of a round, and the layers as its threshold is to see them. */
  pass(round: number): Pruned[] {
    const up = this.#forward(round), down = this.#backward(round);
    const { layers } = this.law,
      hidden = layers.length - 1,
      width = layers[0].outputs,
      { inputs } = layers[0],
      populations = this.#populations;
    populations.forEach((population, index) => {
      population.note(round, { r: up.sums[index], c: down.sums[index] });
      population.forward?.close(down.direct[index], round);
      population.backward?.close(up.direct[index], round);
    });
    const most = Math.max(...layers.map(({ logCount }) => logCount));
    const weightOf = (layer: number) => Math.exp(layers[layer].logCount - most);
    // Relative to a hidden layer's: |ω|/√d and no r against |ω|/√n and r/√n, and likewise at the outputs.
    const firstScales = down.sums[0][0].map((value) => value * width / Math.sqrt(inputs));
    const lastScales = up.sums[hidden - 1][0].map((value) => value * width);
    const between = this.between.map((layer, below): Pruned => {
      const side = (kinds: CopiedSums, population: CavityPopulation, on: Sum, fields: Float64Array) => ({
        ...{ kinds, seen: population.copiesOf(on, kinds), fields },
      });
      const inputs = side(up.sums[below], populations[below], "c", down.fields[below]);
      const outputs = side(down.sums[below + 1], populations[below + 1], "r", up.fields[below]);
      layer.score(ofThemselves(inputs.seen), ofThemselves(outputs.seen));
      return {
        weight: weightOf(below + 1),
        fraction: (threshold) => layer.fractionAbove(threshold),
        raise: (threshold) => layer.raise(threshold, round, inputs, outputs),
      };
    });
    return [
      this.first.pruned(firstScales, weightOf(0), round),
      ...between,
      this.last.pruned(lastScales, weightOf(hidden), round),
    ];
  }

  /** r of every hidden layer. */
  #forward(round: number): Pass {
    const populations = this.#populations,
      seen: Float64Array[] = [],
      sums: CopiedSums[] = [[this.first.sums()]];
    const direct = [this.first.direct(populations[0].history("c", round), round, this.law.weights)];
    for (const [index, layer] of this.between.entries()) {
      const below = populations[index], above = populations[index + 1];
      const copies = below.copiesOf("c", sums[index]), r = ofThemselves(copies);
      const fields = above.fields("c", below.forward!.mean(direct[index], r, round));
      seen.push(fields.itself);
      const looked = layer.look("outputs", { copies, fields, own: below.weighed("c", fields.weights) });
      sums.push(above.withExtra("r", looked, meanOfLeft(r) / layer.width));
      direct.push(layer.direct("outputs", r, above.history("c", round), round));
    }
    return { sums, direct, fields: seen };
  }

  /** The same of c, from the last layer on. */
  #backward(round: number): Pass {
    const populations = this.#populations,
      seen: Float64Array[] = [],
      sums: CopiedSums[] = [[this.last.sums()]];
    const direct = [this.last.direct(populations.at(-1)!.history("r", round), round, this.law.weights)];
    for (const [index, layer] of [...this.between.entries()].reverse()) {
      const below = populations[index], above = populations[index + 1];
      const copies = above.copiesOf("r", sums[0]), c = ofThemselves(copies);
      const fields = below.fields("r", above.backward!.mean(direct[0], c, round));
      seen.unshift(fields.itself);
      const looked = layer.look("inputs", { copies, fields, own: above.weighed("r", fields.weights) });
      const own = below.withExtra("c", looked, meanOfLeft(c) / layer.width);
      direct.unshift(layer.direct("inputs", c, below.history("r", round), round));
      sums.unshift(own);
    }
    return { sums, direct, fields: seen };
  }

  [Symbol.dispose](): void {
    for (const layer of this.between) layer[Symbol.dispose]();
  }
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
