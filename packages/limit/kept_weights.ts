import type { WeightLaw } from "@graphon-limit/ops";
import type { RandomSequence } from "@graphon-limit/runtime";

/** Draws |ω| of a weight of mean 0 and variance 1. */
export function drawMagnitude(random: RandomSequence, law: WeightLaw): number {
  return law === "normal" ? Math.abs(random.normal()) : Math.sqrt(3) * random.uniform();
}

/**
 * The weights that a population of neurons keeps one by one: those to the inputs, or to the outputs, which are too few for
 * their sum to concentrate. A neuron's weights all have one bound to outlast, so that the largest are those left.
 */
export class KeptWeights {
  /** |ω| of each neuron, descending. */
  readonly #magnitudes: Float64Array;
  /** Sums of the first 0, 1, … of them, and of their squares. */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly bounds: Float64Array;

  constructor(readonly neurons: number, readonly fan: number, random: RandomSequence, law: WeightLaw) {
    this.bounds = new Float64Array(neurons);
    this.#magnitudes = new Float64Array(neurons * fan);
    this.#sums = new Float64Array(neurons * (fan + 1));
    this.#squares = new Float64Array(neurons * (fan + 1));
    for (let i = 0; i < neurons; i++) {
      const own = Float64Array.from({ length: fan }, () => drawMagnitude(random, law)).sort().reverse();
      this.#magnitudes.set(own, i * fan);
      own.forEach((magnitude, k) => {
        const at = i * (fan + 1) + k;
        this.#sums[at + 1] = this.#sums[at] + magnitude;
        this.#squares[at + 1] = this.#squares[at] + magnitude ** 2;
      });
    }
  }

  /** How many weights of a neuron exceed a bound. */
  count(neuron: number, bound: number): number {
    let low = 0, high = this.fan;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#magnitudes[neuron * this.fan + middle] > bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The sum of a neuron's weights that exceed a bound, its own unless told otherwise. */
  sum(neuron: number, bound: number = this.bounds[neuron]): number {
    return this.#sums[neuron * (this.fan + 1) + this.count(neuron, bound)];
  }

  /** The fraction of weights that would be left if each neuron's bound rose to `threshold / scale`. */
  fractionAbove(threshold: number, scales: Float64Array): number {
    let total = 0;
    for (let i = 0; i < this.neurons; i++) {
      total += this.count(i, Math.max(this.bounds[i], threshold / scales[i]));
    }
    return total / (this.neurons * this.fan);
  }

  raise(threshold: number, scales: Float64Array): void {
    for (let i = 0; i < this.neurons; i++) this.bounds[i] = Math.max(this.bounds[i], threshold / scales[i]);
  }

  /** Of each neuron's weights, the fraction left, and the mean over all of them of ω² of those left. */
  degrees(): { degrees: Float32Array; second: Float32Array } {
    const degrees = new Float32Array(this.neurons), second = new Float32Array(this.neurons);
    for (let i = 0; i < this.neurons; i++) {
      const left = this.count(i, this.bounds[i]);
      degrees[i] = left / this.fan;
      second[i] = this.#squares[i * (this.fan + 1) + left] / this.fan;
    }
    return { degrees, second };
  }
}
