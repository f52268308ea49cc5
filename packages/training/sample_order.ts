import { deriveSeed, RandomSequence, type Seed } from "@graphon-limit/runtime";

/** Keeps a run's shuffles apart from everything else that is derived from its seed. */
const SHUFFLE = 0x73687566;

/** What decides the order in which a run of training meets its samples. */
export interface Sampling {
  /** How many samples there are. */
  readonly samples: number;
  /** Whether every epoch has an order of its own; otherwise it is that of the data, round and round. */
  readonly shuffle: boolean;
  readonly seed: Seed;
}

/**
 * The endless sequence of samples a run of training takes its batches from, one after another: an epoch, in which each
 * sample comes once, after an epoch. An epoch's permutation is a function of the seed and its number, so the sequence can
 * be gone on with from anywhere. A batch may lie across two epochs.
 */
export class SampleOrder {
  #epoch = -1;
  #permutation: Uint32Array | undefined;

  constructor(readonly sampling: Sampling) {}

  /** The samples at positions `[from, from + count)` of the sequence. */
  take(from: number, count: number): Uint32Array<ArrayBuffer> {
    const { samples } = this.sampling;
    const taken = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const position = from + i, epoch = Math.floor(position / samples);
      taken[i] = this.#orderOf(epoch)?.[position % samples] ?? position % samples;
    }
    return taken;
  }

  #orderOf(epoch: number): Uint32Array | undefined {
    const { samples, shuffle, seed } = this.sampling;
    if (!shuffle) return undefined;
    if (epoch !== this.#epoch) {
      this.#permutation = Uint32Array.from({ length: samples }, (_, i) => i);
      new RandomSequence(deriveSeed(seed, SHUFFLE, epoch)).shuffle(this.#permutation);
      this.#epoch = epoch;
    }
    return this.#permutation;
  }
}
