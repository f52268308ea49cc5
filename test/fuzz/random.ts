import { deriveSeed, RandomSequence, type Seed, seedFrom } from "@graphon-limit/runtime";

/** Random choices, the same for the same seed, kind of input and number. */
export class Random {
  readonly #sequence: RandomSequence;

  constructor(seed: Seed) {
    this.#sequence = new RandomSequence(seed);
  }

  /** That of the `index`-th input of a kind. */
  static of(seed: number, target: string, index: number): Random {
    const name = [...target].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) >>> 0, 7);
    return new Random(deriveSeed(seedFrom(seed), name, index));
  }

  /** A whole number from 0 on, below `bound`; 0 where there is none. */
  below(bound: number): number {
    return bound < 2 ? 0 : this.#sequence.integer(bound);
  }

  /** A whole number of `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True as often as `probability` says. */
  chance(probability: number): boolean {
    return this.#sequence.uniform() < probability;
  }

  /** One of some things. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}
