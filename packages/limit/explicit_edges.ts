import {
  ALL_ROUNDS,
  type CopiedEdges,
  copiedEdges,
  type CopiedEdgesShape,
  type EdgeView,
  ITSELF,
  type WeightLaw,
} from "@graphon-limit/ops";
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
 * the other side in turn, each as often as another: where there are fewer types than neurons one stands for several.
 */
export class ExplicitEdges implements Disposable {
  readonly #edges: CopiedEdges;

  constructor(readonly shape: CopiedEdgesShape, random: RandomSequence, law: WeightLaw) {
    const { count, width } = shape, { partners, magnitudes } = this.#edges = copiedEdges(shape);
    for (let edge = 0; edge < count * width; edge++) {
      partners[edge] = partnerOf(edge, count, width);
      magnitudes[edge] = drawMagnitude(random, law);
    }
  }

  /** As `CopiedEdges` has it. */
  sums(view: EdgeView): Float64Array[] {
    return this.#edges.sums(view);
  }

  /** Counts the scores, given the neurons' own other values. */
  score(values: Float64Array, counts: ScoreCounts): void {
    const { seen, magnitudes } = this.#edges;
    this.#each((own, edge) => counts.add(magnitudes[edge] * seen[edge] * values[own]));
  }

  /** As `CopiedEdges` has it. */
  remove(threshold: number, values: readonly Float64Array[], round: number): void {
    this.#edges.remove(threshold, values, round);
  }

  /** Of each pair the mean weight of its edges, [neurons, partners]. @param parts that count of edges that had the first 0, 1, … rounds */
  weights(parts: Float64Array): Float32Array {
    const { count, width } = this.shape, out = new Float32Array(count ** 2), each = count / width;
    const { partners, magnitudes, rounds: had } = this.#edges;
    for (let own = 0, edge = 0; own < count; own++) {
      for (const end = edge + width; edge < end; edge++) {
        const rounds = had[edge], part = rounds === ALL_ROUNDS ? 1 : parts[rounds];
        out[own * count + partners[edge]] += each * part * magnitudes[edge];
      }
    }
    return out;
  }

  /** How many edges of each neuron are left. */
  degrees(): Float64Array {
    const out = new Float64Array(this.shape.count);
    this.#each((own) => out[own]++);
    return out;
  }

  /** The edges that neurons themselves have left. */
  #each(visit: (own: number, edge: number) => void): void {
    const { first: [first], left } = this.#edges, { count, width } = this.shape;
    for (let own = 0; own < count; own++) {
      for (let edge = own * width, end = edge + left[own]; edge < end; edge++) {
        if (first[edge] <= ITSELF) visit(own, edge);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#edges[Symbol.dispose]();
  }
}

/** Partners in turn: all as often as the width has them, and what is left over shared out evenly. */
function partnerOf(edge: number, count: number, width: number): number {
  const own = Math.floor(edge / width), k = edge % width, rest = width % count;
  return k < width - rest ? k % count : (own * rest + k) % count;
}
