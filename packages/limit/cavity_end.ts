import { COPIES, magnitudeDensity, type WeightLaw } from "@graphon-limit/ops";
import type { KeptWeights } from "./kept_weights.ts";
import { ofThemselves } from "./neuron_copies.ts";
import { explicit, type Pruned } from "./synflow_threshold.ts";

/** The weights of a population to the inputs, or to the outputs: each neuron's bound, the round it is of, and its copies' bounds. */
export class CavityEnd {
  readonly #rounds: Uint16Array;
  /** [neurons, copies]. */
  readonly #bounds: Float64Array;

  /** @param unit what a sum of weights is divided by */
  constructor(readonly kept: KeptWeights, readonly unit: number) {
    this.#rounds = new Uint16Array(kept.neurons);
    this.#bounds = new Float64Array(kept.neurons * COPIES);
  }

  /** [neurons, copies]. */
  sums(): Float64Array {
    return this.#bounds.map((bound, at) => this.kept.sum(Math.floor(at / COPIES), bound) / this.unit);
  }

  /** As a `CavityLayer`'s. */
  direct(history: Float32Array, round: number, law: WeightLaw): Float32Array {
    const { neurons, fan, bounds } = this.kept, out = new Float32Array(neurons * round);
    if (round === 0) return out;
    for (let i = 0; i < neurons; i++) {
      const at = i * round + this.#rounds[i];
      if (history[at] > 0) {
        out[at] = fan / this.unit * bounds[i] ** 2 * magnitudeDensity(bounds[i], law) / history[at];
      }
    }
    return out;
  }

  /** @param scales of the neurons' copies, [neurons, copies] */
  pruned(scales: Float64Array, weight: number, round: number): Pruned {
    const all = explicit(this.kept, ofThemselves(scales), weight);
    return {
      ...all,
      raise: (threshold) => {
        const before = this.kept.bounds.slice();
        all.raise(threshold);
        before.forEach((bound, i) => {
          if (this.kept.bounds[i] > bound) this.#rounds[i] = round;
        });
        scales.forEach((scale, at) => this.#bounds[at] = Math.max(this.#bounds[at], threshold / scale));
      },
    };
  }
}
