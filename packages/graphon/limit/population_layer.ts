import { keepMoment, type WeightLaw } from "@graphon-limit/ops";
import type { RandomSequence } from "@graphon-limit/runtime";
import { drawMagnitude, keptMagnitude } from "./kept_weights.ts";

/** Weights of each neuron that are drawn to see how its sums fluctuate, in each direction. */
const DRAWN = 256;

/** Pairs for each neuron that a threshold is tried on. */
const TRIED = 32;

/** One neuron's drawn weights: the partner of each, its magnitude, and what it has had to outlast. */
interface DrawnWeights {
  readonly partners: Uint32Array;
  readonly magnitudes: Float64Array;
  readonly bounds: Float64Array;
}

/**
 * The weights between two hidden layers' populations of `count` types: for every pair of types the bound
 * `max_t τ_t/(c_i r_j)` that a weight between them has had to outlast so far.
 *
 * Sums over a layer are means over the population and, at a finite width n, a fluctuation about it: the sum over some drawn
 * weights less its mean, times `√(n/drawn)`. It has the right covariances over the rounds, and the rounds amplify it.
 */
export class PopulationLayer {
  readonly #bounds: Float64Array;
  readonly #incoming: DrawnWeights;
  readonly #outgoing: DrawnWeights;
  readonly #drawn: number;
  readonly #fluctuation: number;
  readonly #tried: Uint32Array;

  constructor(readonly count: number, width: number, random: RandomSequence, readonly law: WeightLaw) {
    this.#bounds = new Float64Array(count * count);
    this.#drawn = Number.isFinite(width) ? Math.min(DRAWN, width) : 0;
    this.#fluctuation = this.#drawn > 0 ? 1 / Math.sqrt(width * this.#drawn) : 0;
    this.#incoming = this.#draw(random);
    this.#outgoing = this.#draw(random);
    this.#tried = Uint32Array.from({ length: Math.min(TRIED, count) }, () => random.integer(count));
  }

  /** `(1/n) Σ_j |ω_ij| kept r_j` for every output type, or its transpose. Never below 0. */
  sums(values: Float64Array, direction: "forward" | "backward"): Float64Array {
    const { count } = this, means = new Float64Array(count);
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < count; j++, at++) {
        const kept = keptMagnitude(this.#bounds[at], this.law);
        if (direction === "forward") means[i] += kept * values[j];
        else means[j] += kept * values[i];
      }
    }
    const { partners, magnitudes, bounds } = direction === "forward" ? this.#incoming : this.#outgoing;
    return means.map((sum, neuron) => {
      const mean = sum / count;
      let beyondMean = 0;
      for (let at = neuron * this.#drawn; at < (neuron + 1) * this.#drawn; at++) {
        beyondMean += (magnitudes[at] > bounds[at] ? magnitudes[at] * values[partners[at]] : 0) - mean;
      }
      return Math.max(mean + this.#fluctuation * beyondMean, 0);
    });
  }

  /** The fraction of weights that would be left at a threshold, over some of the pairs or all. */
  fractionAbove(threshold: number, r: Float64Array, c: Float64Array, all: boolean): number {
    const { count } = this;
    let total = 0;
    const tried = all ? count : this.#tried.length;
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < tried; k++) {
        const j = all ? k : (i + this.#tried[k]) % count;
        const bound = Math.max(this.#bounds[i * count + j], threshold / (c[i] * r[j]));
        total += keepMoment(1, bound, { law: this.law });
      }
    }
    return total / (count * tried);
  }

  /** Raises every bound to `threshold/(c_i r_j)`. */
  raise(threshold: number, r: Float64Array, c: Float64Array): void {
    const { count } = this;
    const overR = r.map((value) => 1 / value), overC = c.map((value) => threshold / value);
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < count; j++, at++) {
        const bound = overC[i] * overR[j];
        if (bound > this.#bounds[at]) this.#bounds[at] = bound;
      }
    }
    raiseDrawn(this.#incoming, this.#drawn, overC, overR);
    raiseDrawn(this.#outgoing, this.#drawn, overR, overC);
  }

  #draw(random: RandomSequence): DrawnWeights {
    const length = this.count * this.#drawn;
    return {
      partners: Uint32Array.from({ length }, () => random.integer(this.count)),
      magnitudes: Float64Array.from({ length }, () => drawMagnitude(random, this.law)),
      bounds: new Float64Array(length),
    };
  }
}

function raiseDrawn(
  { partners, bounds }: DrawnWeights,
  drawn: number,
  own: Float64Array,
  other: Float64Array,
): void {
  for (let at = 0; at < bounds.length; at++) {
    bounds[at] = Math.max(bounds[at], own[Math.floor(at / drawn)] * other[partners[at]]);
  }
}
