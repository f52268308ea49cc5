import type { WeightLaw } from "@graphon-limit/ops";
import type { RandomSequence } from "@graphon-limit/runtime";
import { drawMagnitude } from "./kept_weights.ts";
import { kicked, type Kicks } from "./kicks.ts";

/** Scores by their logarithm, 256 bins to each power of two. */
export class ScoreCounts {
  static readonly #SHIFT = 15;
  readonly #counts = new Float64Array(1 << 16);
  readonly #number = new Float32Array(1);
  readonly #bits = new Uint32Array(this.#number.buffer);
  #above: Float64Array | undefined;

  add(score: number): void {
    this.#number[0] = score;
    this.#counts[this.#bits[0] >>> ScoreCounts.#SHIFT]++;
  }

  /** How many are above a threshold; within a bin as if they were spread evenly. */
  above(threshold: number): number {
    if (!this.#above) {
      this.#above = new Float64Array(this.#counts.length + 1);
      for (let bin = this.#counts.length - 1; bin >= 0; bin--) {
        this.#above[bin] = this.#above[bin + 1] + this.#counts[bin];
      }
    }
    this.#number[0] = threshold;
    const bits = this.#bits[0], bin = bits >>> ScoreCounts.#SHIFT;
    const share = 1 - (bits & ((1 << ScoreCounts.#SHIFT) - 1)) / (1 << ScoreCounts.#SHIFT);
    return this.#above[bin + 1] + share * this.#counts[bin];
  }
}

/**
 * Edges of a population's neurons of one side of a layer, `width` of each, with weights of their own. Their partners are the types of
 * the other side in turn, each as often as another: where there are fewer types than neurons one stands for several. Only edges
 * that are left are gone through.
 */
export class ExplicitEdges {
  /** Where the edges left are in a matrix [outputs, inputs], and what they are. */
  #positions: Uint32Array;
  readonly #magnitudes: Float32Array;
  /** The weight times what its neuron sees of the partner. */
  readonly #seen: Float32Array;

  /** Bytes that the edges of one side take. */
  static bytes(count: number, width: number): number {
    return 12 * count * width;
  }

  constructor(
    readonly count: number,
    readonly width: number,
    readonly side: "outputs" | "inputs",
    random: RandomSequence,
    law: WeightLaw,
  ) {
    this.#positions = partnersInTurn(count, width, side);
    this.#magnitudes = Float32Array.from({ length: count * width }, () => drawMagnitude(random, law));
    this.#seen = new Float32Array(count * width);
  }

  /** `Σ ω · (the partner as the edge shows it)` of every neuron. */
  sums(values: Float64Array, { slopes, means }: Kicks): Float64Array {
    const { count, width } = this, out = new Float64Array(count), byRow = this.side === "outputs";
    const magnitudes = this.#magnitudes, seen = this.#seen;
    this.#positions.forEach((at, edge) => {
      const i = Math.floor(at / count), j = at - i * count, partner = byRow ? j : i;
      const change = (magnitudes[edge] * slopes[at] - means[partner]) / width;
      seen[edge] = magnitudes[edge] * kicked(values[partner], change);
      out[byRow ? i : j] += seen[edge];
    });
    return out;
  }

  /** Counts the scores, given the neurons' own other values. */
  score(values: Float64Array, counts: ScoreCounts): void {
    this.#positions.forEach((at, edge) => counts.add(this.#seen[edge] * values[this.#own(at)]));
  }

  /** Removes the edges whose scores are no more than a threshold. */
  remove(threshold: number, values: Float64Array): void {
    let left = 0;
    this.#positions.forEach((at, edge) => {
      if (!(this.#seen[edge] * values[this.#own(at)] > threshold)) return;
      this.#positions[left] = at;
      this.#magnitudes[left++] = this.#magnitudes[edge];
    });
    this.#positions = this.#positions.subarray(0, left);
  }

  /** How many edges of each neuron are left. */
  degrees(): Float64Array {
    const out = new Float64Array(this.count);
    for (const at of this.#positions) out[this.#own(at)]++;
    return out;
  }

  #own(at: number): number {
    return this.side === "outputs" ? Math.floor(at / this.count) : at % this.count;
  }
}

/** Where the edges of a side begin: all pairs as often as the width has the types, and what is left over shared out evenly. */
function partnersInTurn(count: number, width: number, side: "outputs" | "inputs"): Uint32Array {
  const pairs = count * count, rest = width % count, whole = pairs * Math.floor(width / count);
  const positions = new Uint32Array(count * width);
  for (let edge = 0; edge < whole; edge++) positions[edge] = edge % pairs;
  for (let own = 0, edge = whole; own < count; own++) {
    for (let k = 0; k < rest; k++, edge++) {
      const partner = (own * rest + k) % count;
      positions[edge] = side === "outputs" ? own * count + partner : partner * count + own;
    }
  }
  return positions;
}
