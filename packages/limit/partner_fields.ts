import { COPIES, type EdgeFields, type EdgeView, ITSELF } from "@graphon-limit/ops";
import type { ExplicitEdges } from "./explicit_edges.ts";

/** The fields of weights of one deviation to a population's neurons on the partners that see these, over that of one to an average neuron. */
export interface Fields extends EdgeFields {
  /** By how much each of the rounds so far counts; the sum of an average neuron by these is 1. */
  readonly weights: Float64Array;
  /** Which part of what partners answer the first 0, 1, … rounds have, [rounds + 1]. */
  readonly parts: Float64Array;
  /** Where a neuron is gone, of the first of its copies that is left, [neurons]. */
  readonly itself: Float64Array;
}

/** The round of partners that are not gone. */
const NEVER = 2 ** 16 - 1;

/**
 * What the partners of a layer's neurons answer of these, round by round. One that is gone was lost by what it was answered by then: it
 * goes by the fields of that round, however strong they become after it.
 */
export class PartnerFields {
  readonly #rounds: Fields[] = [];
  readonly #gone: Uint16Array;
  /** By how much the partners' own edges are taken away, in the units of these, [partners]. */
  readonly shares: Float64Array;
  readonly #less: Float32Array;

  /** What one takes, of neurons with two kinds of copies. */
  static bytes(count: number, rounds: number): number {
    return 4 * count ** 2 + 8 * (2 * COPIES + 1) * count * rounds;
  }

  constructor(readonly count: number) {
    this.#gone = new Uint16Array(count).fill(NEVER);
    this.shares = new Float64Array(count);
    this.#less = new Float32Array(count ** 2);
  }

  /**
   * How edges are seen in the next round.
   *
   * @param fields the neurons' fields in it
   * @param partners what the partners' copies are, [partners, copies]
   * @param own what the partners themselves have of those fields of all their edges, [partners]
   * @param edges the partners' own, of which each has one to every type that sees it: this is not to be there twice
   */
  next(fields: Fields, partners: Float64Array, own: Float64Array, edges: ExplicitEdges): EdgeView {
    const { count, shares } = this, round = this.#rounds.length, less = this.#less, { itself } = fields;
    this.#rounds.push(fields);
    for (let j = 0; j < count; j++) {
      if (this.#gone[j] === NEVER && !(partners[j * COPIES + ITSELF] > 0)) this.#gone[j] = round;
    }
    const weights = edges.weights(fields.parts), answered = this.#gone.map((gone) => Math.min(gone, round));
    const sums = new Float64Array(count);
    inTiles(count, (i, j) => {
      if (answered[j] === round) sums[j] += less[i * count + j] = weights[j * count + i] * itself[i];
    });
    // Weights alone do not say how an edge was seen; on average over a partner's edges, what is taken away is what it has of all of them.
    sums.forEach((sum, j) => {
      if (answered[j] === round) shares[j] = sum > 0 ? own[j] * count / sum : 0;
    });
    for (let i = 0, at = 0; i < count; i++) {
      for (let j = 0; j < count; j++, at++) if (answered[j] === round) less[at] *= shares[j];
    }
    return { partners, rounds: this.#rounds, answered, less };
  }
}

/** Rows and columns that are gone through together: lines of either then stay in a cache until they are done with. */
const TILE = 64;

function inTiles(count: number, visit: (i: number, j: number) => void): void {
  for (let top = 0; top < count; top += TILE) {
    for (let left = 0; left < count; left += TILE) {
      for (let i = top; i < Math.min(top + TILE, count); i++) {
        for (let j = left; j < Math.min(left + TILE, count); j++) visit(i, j);
      }
    }
  }
}
