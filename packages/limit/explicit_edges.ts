import { seenAlong, type SeenAnswers, type WeightLaw } from "@graphon-limit/ops";
import type { RandomSequence } from "@graphon-limit/runtime";
import { drawMagnitude } from "./kept_weights.ts";

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
  sums(values: Float64Array, { slopes, means }: SeenAnswers): Float64Array {
    const { count, width } = this, out = new Float64Array(count), byRow = this.side === "outputs";
    const positions = this.#positions, magnitudes = this.#magnitudes, seen = this.#seen;
    for (let edge = 0, i = 0; edge < positions.length; edge++) {
      const at = positions[edge];
      i = rowOf(at, i, count);
      const j = at - i * count, partner = byRow ? j : i;
      const change = (magnitudes[edge] * slopes[at] - means[partner]) / width;
      seen[edge] = magnitudes[edge] * seenAlong(values[partner], change);
      out[byRow ? i : j] += seen[edge];
    }
    return out;
  }

  /** Counts the scores, given the neurons' own other values. */
  score(values: Float64Array, counts: ScoreCounts): void {
    const { count } = this, positions = this.#positions, seen = this.#seen, byRow = this.side === "outputs";
    for (let edge = 0, i = 0; edge < positions.length; edge++) {
      const at = positions[edge];
      i = rowOf(at, i, count);
      counts.add(seen[edge] * values[byRow ? i : at - i * count]);
    }
  }

  /** Removes the edges whose scores are no more than a threshold. */
  remove(threshold: number, values: Float64Array): void {
    const { count } = this, positions = this.#positions, byRow = this.side === "outputs";
    const magnitudes = this.#magnitudes, seen = this.#seen;
    let left = 0;
    for (let edge = 0, i = 0; edge < positions.length; edge++) {
      const at = positions[edge];
      i = rowOf(at, i, count);
      if (!(seen[edge] * values[byRow ? i : at - i * count] > threshold)) continue;
      positions[left] = at;
      magnitudes[left++] = magnitudes[edge];
    }
    this.#positions = positions.subarray(0, left);
  }

  /** How many edges of each neuron are left. */
  degrees(): Float64Array {
    const { count } = this, out = new Float64Array(count), byRow = this.side === "outputs";
    for (const at of this.#positions) out[byRow ? Math.floor(at / count) : at % count]++;
    return out;
  }
}

/** The row of a pair, given that of the one before, which is most often the same or near: a division takes longer. */
function rowOf(at: number, before: number, count: number): number {
  const column = at - before * count;
  return column >= 0 && column < count ? before : Math.floor(at / count);
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
