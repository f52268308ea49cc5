import { COPIES } from "./neuron_copies.ts";

/** How many edges there are: `width` of each of `count` neurons, which have so many kinds of copies, 1 or 2, in so many rounds at most. */
export interface CopiedEdgesShape {
  readonly count: number;
  readonly width: number;
  readonly kinds: number;
  readonly rounds: number;
}

/** The fields of neurons' weights of one deviation on the partners that see these. */
export interface EdgeFields {
  /** Of the neurons themselves, [neurons]. */
  readonly itself: Float64Array;
  /** Of their copies of each kind, [neurons, copies]. */
  readonly copies: readonly Float64Array[];
}

/** What edges are seen by in a round. */
export interface EdgeView {
  /** What the other side's neurons are, [partners, copies]. */
  readonly partners: Float64Array;
  /** The fields of the edges' neurons on them in each round so far. */
  readonly rounds: readonly EdgeFields[];
  /** Of which round they answer them, [partners]. */
  readonly answered: Uint16Array;
  /** The field of the edge that they were made with, which this one takes the place of, [neurons, partners]. */
  readonly less: Float32Array;
}

/**
 * Edges of a side's neurons and of their copies (docs/mathematics.md §5), each left or not by itself, in SynFlow's rounds at a finite width. Along
 * each the neuron sees its partner as that answers just this edge. Of each neuron those come first that are left in it or in any copy; only
 * they are gone through.
 */
export interface CopiedEdges extends Disposable {
  /** Of each neuron's edges, [neurons, width], the partner, the weight in deviations, and in how many rounds the neuron had it. */
  readonly partners: Uint32Array;
  readonly magnitudes: Float32Array;
  readonly rounds: Uint16Array;
  /** Of each kind of copies the first in which the edge is left, and with that in all that have more; `COPIES` if in none. */
  readonly first: readonly Uint8Array[];
  /** The partner as the edge shows it to the neuron itself, whether it is left or not. */
  readonly seen: Float32Array;
  /** How many of each neuron are gone through, [neurons]. */
  readonly left: Uint32Array;
  /**
   * Looks at the partners in the next round: `Σ ω · (the partner as the edge shows it)` of every neuron's copies, [neurons, copies] of each
   * kind, 0 where no edge is left. What makes a partner stronger makes it so for all neurons, and the threshold takes that back: what a
   * neuron sees of it more than others do on average counts by how much more than their mean it has of it.
   */
  sums(view: EdgeView): Float64Array[];
  /**
   * Removes the edges whose scores are no more than a round's threshold, as they are seen in it.
   *
   * @param values the copies' own other values, [neurons, copies] of each kind
   */
  remove(threshold: number, values: readonly Float64Array[], round: number): void;
}

/** The rounds of an edge that is left. */
export const ALL_ROUNDS: number = 2 ** 16 - 1;

/** Bytes of an edge, but for those of its kinds. */
export const EDGE_BYTES = { partners: 4, magnitudes: 4, rounds: 2, seen: 4 };

/** Bytes that edges take, and what they are seen by. */
export function copiedEdgesBytes({ count, width, kinds, rounds }: CopiedEdgesShape): number {
  const edge = Object.values(EDGE_BYTES).reduce((sum, bytes) => sum + bytes, kinds);
  return count * (width * edge + 4 * count + rounds * (1 + fieldNumbers(kinds)) * 8);
}

/** How many fields a neuron and its copies have. */
export function fieldNumbers(kinds: number): number {
  return 1 + kinds * COPIES;
}
