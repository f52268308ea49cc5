import { Resources } from "@graphon-limit/model";
import { keptFractions } from "@graphon-limit/pruners";
import { type Device, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { KeptWeights } from "./kept_weights.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { LimitPlan } from "./options.ts";
import { PopulationLayer } from "./population_layer.ts";
import { explicit, guesses, type Pruned, raiseAll } from "./synflow_threshold.ts";

export interface SynflowPopulation extends Disposable {
  readonly first: KeptWeights;
  readonly last: KeptWeights;
  /** Each hidden→hidden layer. */
  readonly between: readonly PopulationLayer[];
}

/**
 * Population dynamics of SynFlow (docs/mathematics.md §5): in each round the sums r and c of every type, the threshold that leaves the
 * scheduled fraction of all weights, and the bounds that weights had to outlast. Per-layer factors of r and c, which all
 * scores share, are left out. A neuron of the first hidden layer keeps its weights to the inputs one by one, one of the last
 * hidden layer those to the outputs.
 */
export async function runSynflow(
  device: Device,
  { layers, logWidth, weights: law }: NetworkLaw,
  { types, rounds, sparsity, schedule, scope }: LimitPlan,
  seed: Seed,
  step: () => Promise<void>,
): Promise<SynflowPopulation> {
  using made = new Resources();
  const random = new RandomSequence(seed), hidden = layers.length - 1, n = Math.exp(logWidth);
  const first = new KeptWeights(types, layers[0].inputs, random, law);
  const last = new KeptWeights(types, layers[hidden].outputs, random, law);
  const between = Array.from(
    { length: hidden - 1 },
    () => made.add(new PopulationLayer(device, types, random, law)),
  );
  const fractions = keptFractions(sparsity, rounds, schedule),
    most = Math.max(...layers.map((l) => l.logCount));
  const weightOf = (layer: number) => Math.exp(layers[layer].logCount - most);
  const thresholds: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    const { r, c } = await sumsOf(first, last, between, Math.sqrt(layers[0].inputs));
    // Relative to a hidden layer's: |ω|/√d and no r against |ω|/√n and r/√n, and likewise at the outputs.
    const firstScales = c[0].map((value) => value * n / Math.sqrt(layers[0].inputs));
    const lastScales = r[hidden - 1].map((value) => value * n);
    const pruned: Pruned[] = [
      explicit(first, firstScales, weightOf(0)),
      ...between.map((layer, index): Pruned => ({
        weight: weightOf(index + 1),
        fraction: (threshold) => layer.fractionAbove(threshold, r[index], c[index + 1]),
        fractionOfAll: (threshold) => layer.fractionOfAllAbove(threshold, r[index], c[index + 1]),
        raise: (threshold) => layer.raise(threshold, r[index], c[index + 1]),
      })),
      explicit(last, lastScales, weightOf(hidden)),
    ];
    thresholds.push(
      await raiseAll(pruned, fractions[round], scope, guesses(thresholds), round === rounds - 1),
    );
    await step();
  }
  const kept = made.move();
  return { first, last, between, [Symbol.dispose]: () => kept[Symbol.dispose]() };
}

/** `r` and `c` of every hidden layer's types, given what is left. */
async function sumsOf(
  first: KeptWeights,
  last: KeptWeights,
  between: readonly PopulationLayer[],
  firstScale: number,
): Promise<{ r: Float64Array[]; c: Float64Array[] }> {
  const r: Float64Array[] = [
    Float64Array.from({ length: first.neurons }, (_, i) => first.sum(i) / firstScale),
  ];
  for (const layer of between) r.push(await layer.sums(r[r.length - 1], "forward"));
  const c: Float64Array[] = [Float64Array.from({ length: last.neurons }, (_, i) => last.sum(i))];
  for (const layer of [...between].reverse()) c.unshift(await layer.sums(c[0], "backward"));
  return { r, c };
}
