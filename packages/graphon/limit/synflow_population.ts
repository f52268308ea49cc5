import { keptFractions, type Scope } from "@graphon-limit/pruners";
import { RandomSequence, type Seed } from "@graphon-limit/runtime";
import { KeptWeights } from "./kept_weights.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { LimitPlan } from "./options.ts";
import { PopulationLayer } from "./population_layer.ts";

/** What became of the types of the two layers that hidden→hidden weights join, round by round. */
export interface Trajectories {
  /** `r_j^t` [types, rounds] and `c_i^t/τ_t` [types, rounds]. A weight ω stays iff `|ω|` times their product exceeds 1 in every round. */
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
}

export interface SynflowPopulation {
  readonly first: KeptWeights;
  readonly last: KeptWeights;
  /** Of each hidden→hidden layer. */
  readonly trajectories: readonly Trajectories[];
}

/** One layer of the population as the threshold sees it: what is left at a threshold, and what makes it so. */
interface Pruned {
  readonly weight: number;
  fraction(threshold: number, exact: boolean): number;
  raise(threshold: number): void;
}

/**
 * Population dynamics of SynFlow (design §5): in each round the sums r and c of every type, the threshold that leaves the
 * scheduled fraction of all weights, and the bounds that weights had to outlast. Per-layer factors of r and c, which all
 * scores share, are left out. A neuron of the first hidden layer keeps its weights to the inputs one by one, one of the last
 * hidden layer those to the outputs.
 */
export function runSynflow(
  { layers, logWidth, weights: law }: NetworkLaw,
  { types, rounds, sparsity, schedule, scope }: LimitPlan,
  seed: Seed,
): SynflowPopulation {
  const random = new RandomSequence(seed), hidden = layers.length - 1, n = Math.exp(logWidth);
  const first = new KeptWeights(types, layers[0].inputs, random, law);
  const last = new KeptWeights(types, layers[hidden].outputs, random, law);
  const between = Array.from(
    { length: hidden - 1 },
    (_, index) => new PopulationLayer(types, layers[index + 1].inputs, random, law),
  );
  const trajectories = between.map((): Trajectories => ({
    inputs: new Float32Array(types * rounds),
    outputs: new Float32Array(types * rounds),
  }));
  const fractions = keptFractions(sparsity, rounds, schedule),
    most = Math.max(...layers.map((l) => l.logCount));
  const weightOf = (layer: number) => Math.exp(layers[layer].logCount - most);
  let previous: number[] | undefined;
  for (let round = 0; round < rounds; round++) {
    const { r, c } = sumsOf(first, last, between, Math.sqrt(layers[0].inputs));
    // Relative to a hidden layer's: |ω|/√d and no r against |ω|/√n and r/√n, and likewise at the outputs.
    const firstScales = c[0].map((value) => value * n / Math.sqrt(layers[0].inputs));
    const lastScales = r[hidden - 1].map((value) => value * n);
    const pruned: Pruned[] = [
      explicit(first, firstScales, weightOf(0)),
      ...between.map((layer, index): Pruned => ({
        weight: weightOf(index + 1),
        fraction: (threshold, exact) => layer.fractionAbove(threshold, r[index], c[index + 1], exact),
        raise(threshold) {
          layer.raise(threshold, r[index], c[index + 1]);
          record(trajectories[index], round, rounds, r[index], c[index + 1], threshold);
        },
      })),
      explicit(last, lastScales, weightOf(hidden)),
    ];
    previous = raiseAll(pruned, fractions[round], scope, previous, round === rounds - 1);
  }
  return { first, last, trajectories };
}

function explicit(kept: KeptWeights, scales: Float64Array, weight: number): Pruned {
  return {
    weight,
    fraction: (threshold) => kept.fractionAbove(threshold, scales),
    raise: (threshold) => kept.raise(threshold, scales),
  };
}

/** `r` and `c` of every hidden layer's types, given what is left. */
function sumsOf(
  first: KeptWeights,
  last: KeptWeights,
  between: readonly PopulationLayer[],
  firstScale: number,
): { r: Float64Array[]; c: Float64Array[] } {
  const r: Float64Array[] = [
    Float64Array.from({ length: first.neurons }, (_, i) => first.sum(i) / firstScale),
  ];
  for (const layer of between) r.push(layer.sums(r[r.length - 1], "forward"));
  const c: Float64Array[] = [Float64Array.from({ length: last.neurons }, (_, i) => last.sum(i))];
  for (const layer of [...between].reverse()) c.unshift(layer.sums(c[0], "backward"));
  return { r, c };
}

function record(
  { inputs, outputs }: Trajectories,
  round: number,
  rounds: number,
  r: Float64Array,
  c: Float64Array,
  threshold: number,
): void {
  r.forEach((value, type) => inputs[type * rounds + round] = value);
  c.forEach((value, type) => outputs[type * rounds + round] = value / threshold);
}

/** Solves for the round's threshold, or each layer's, and prunes with it. Returns the logarithms. */
function raiseAll(
  layers: readonly Pruned[],
  kept: number,
  scope: Scope,
  previous: readonly number[] | undefined,
  exact: boolean,
): number[] {
  const groups = scope === "global" ? [layers] : layers.map((layer) => [layer]);
  return groups.map((group, index) => {
    const total = group.reduce((sum, { weight }) => sum + weight, 0);
    const fraction = (logThreshold: number) =>
      group.reduce((sum, layer) => sum + layer.weight * layer.fraction(Math.exp(logThreshold), exact), 0) /
      total;
    const logThreshold = crossing(fraction, kept, previous?.[index]);
    for (const layer of group) layer.raise(Math.exp(logThreshold));
    return logThreshold;
  });
}

/** Where a falling function reaches a value, sought outwards from a guess and then by halving. */
function crossing(f: (x: number) => number, value: number, guess: number | undefined): number {
  let low = guess ?? 0, high = low, step = guess === undefined ? 8 : 0.05;
  while (f(low) < value && low > -500) {
    high = low;
    low -= step;
    step *= 2;
  }
  step = guess === undefined ? 8 : 0.05;
  while (f(high) > value && high < 500) {
    low = Math.max(low, high);
    high += step;
    step *= 2;
  }
  for (let iteration = 0; iteration < 50 && high - low > 1e-5; iteration++) {
    const middle = (low + high) / 2;
    if (f(middle) > value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
