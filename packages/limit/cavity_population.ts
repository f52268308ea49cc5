import { COPIES } from "@graphon-limit/ops";
import { CavityResponses } from "./cavity_responses.ts";
import { leastLeft, meanOfLeft, ofThemselves, withExtra } from "./neuron_copies.ts";
import type { Fields } from "./partner_fields.ts";

/** SynFlow's sums over a neuron's edges: from the inputs, and from the outputs. */
export type Sum = "r" | "c";

/** A sum of neurons' copies, [neurons, copies] of each kind of these. */
export type CopiedSums = readonly Float64Array[];

/** One hidden layer's neurons, their copies, and what became of all of them in the rounds so far. */
export class CavityPopulation {
  /** How r answers c, which a layer above asks for, and c r, which one below does. */
  readonly forward: CavityResponses | undefined;
  readonly backward: CavityResponses | undefined;
  /** On which of its sums each kind of copies has more: on r those that a layer below asks for, on c those that one above does. */
  readonly kinds: readonly Sum[];
  /** The means of neurons that are left, [rounds]. */
  readonly #means: Record<Sum, Float64Array>;
  /** Of the neurons themselves, or, where one is gone, of the first of its copies that is left, [neurons, rounds]. */
  readonly #values: Record<Sum, Float32Array>;
  /** [neurons, copies, rounds] of each kind. */
  readonly #copies: Record<Sum, readonly Float32Array[]>;

  /** What one takes. */
  static bytes(count: number, rounds: number): number {
    return 2 * (CavityResponses.bytes(count, rounds) + 2 * 4 * count * COPIES * rounds);
  }

  constructor(
    readonly count: number,
    readonly rounds: number,
    { first, last }: { readonly first: boolean; readonly last: boolean },
  ) {
    this.forward = last ? undefined : new CavityResponses(count, rounds);
    this.backward = first ? undefined : new CavityResponses(count, rounds);
    this.kinds = [...first ? [] : ["r"] as const, ...last ? [] : ["c"] as const];
    this.#means = { r: new Float64Array(rounds), c: new Float64Array(rounds) };
    this.#values = { r: new Float32Array(count * rounds), c: new Float32Array(count * rounds) };
    const copies = () => this.kinds.map(() => new Float32Array(count * COPIES * rounds));
    this.#copies = { r: copies(), c: copies() };
  }

  /** Of all kinds of copies the one that has more on a sum. */
  copiesOf(sum: Sum, all: CopiedSums): Float64Array {
    return all[this.kinds.indexOf(sum)];
  }

  /** Copies' sums over their edges with what those have more whose kind is of this sum. @param one the field of an edge of one deviation */
  withExtra(sum: Sum, all: CopiedSums, one: number): CopiedSums {
    return all.map((sums, kind) => this.kinds[kind] === sum ? withExtra(sums, one) : sums);
  }

  note(round: number, sums: Readonly<Record<Sum, CopiedSums>>): void {
    for (const sum of ["r", "c"] as const) {
      const [first] = sums[sum];
      this.#means[sum][round] = meanOfLeft(ofThemselves(first));
      for (let i = 0; i < this.count; i++) this.#values[sum][i * this.rounds + round] = leastLeft(first, i);
      // Where no layer between hidden ones is beside, none asks for copies.
      this.#copies[sum].forEach((noted, kind) =>
        sums[sum][kind].forEach((value, at) => noted[at * this.rounds + round] = value)
      );
    }
  }

  /** A sum of the rounds so far, [neurons, round]; of neurons that are gone that of the first copy that is left. */
  history(sum: Sum, round: number): Float32Array {
    const all = this.#values[sum], out = new Float32Array(this.count * round);
    for (let i = 0; i < this.count; i++) {
      out.set(all.subarray(i * this.rounds, i * this.rounds + round), i * round);
    }
    return out;
  }

  /** Fields of a sum of the rounds so far. @param response how it is answered, [round] */
  fields(sum: Sum, response: Float64Array): Fields {
    const { count, rounds } = this, means = this.#means[sum], parts = new Float64Array(response.length + 1);
    response.forEach((answer, u) => parts[u + 1] = parts[u] + answer * means[u]);
    const all = parts[response.length], weights = response.map((answer) => all > 0 ? answer / all : 0);
    const copies = this.#copies[sum].map((values) => weighed(values, count * COPIES, rounds, weights));
    const itself = this.weighed(sum, weights);
    return { weights, itself, copies, parts: parts.map((part) => all > 0 ? part / all : 0) };
  }

  /** A sum of the rounds so far by weights of these, [neurons]; of those that are gone as in the {@linkcode history}. */
  weighed(sum: Sum, weights: Float64Array): Float64Array {
    return weighed(this.#values[sum], this.count, this.rounds, weights);
  }
}

/** Values [length, rounds] by weights of the first rounds. */
function weighed(values: Float32Array, length: number, rounds: number, weights: Float64Array): Float64Array {
  return Float64Array.from({ length }, (_, at) => {
    let sum = 0;
    for (let u = 0; u < weights.length; u++) sum += weights[u] * values[at * rounds + u];
    return sum;
  });
}
