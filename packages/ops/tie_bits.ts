import {
  BitMatrix,
  type Device,
  InvalidArgumentError,
  type Matrix,
  type Seed,
  type Shape,
  wordsPerBitRow,
} from "@graphon-limit/runtime";
import { keepTies } from "./keep_ties.ts";
import { maskFromThreshold } from "./mask_from_threshold.ts";
import { TIE_PASSES } from "./select_state.ts";
import { tieHistogram } from "./tie_histogram.ts";
import { TOGETHER } from "./together.ts";

/** Words that can be numbered: masks laid end to end are of up to 2³⁷ bits. */
const MOST_WORDS = 2 ** 32;

/** Words of one stretch of 2³² positions, in which no two have the same hash. */
const STRETCH_WORDS = 2 ** 27;

/** Words that a mask takes. */
export function maskWords({ rows, cols }: Pick<Shape, "rows" | "cols">): number {
  return rows * wordsPerBitRow(cols);
}

/** What a mask is made from by {@linkcode TieBits.mask}. */
export interface MaskSource {
  readonly scores: Matrix;
  /** What is kept is kept here too; all may be unless given. */
  readonly previous: BitMatrix | undefined;
  readonly selection: Selection;
}

/** What `kthSmallest` over all scores that are selected from together leaves, with `breakTies`. */
export interface Selection {
  readonly state: Matrix<"u32">;
  /** The one that it was given, in which ties are counted now. */
  readonly histogram: Matrix<"u32">;
}

/** Some panels of a mask, and where their ties are noted. */
interface Piece {
  readonly mask: BitMatrix;
  readonly ties: Chunk;
  /** Where the mask's first row begins in `ties`, modulo 2³². */
  readonly start: number;
}

/** Words of ties, and the place of the first among the words of all layers' masks. */
interface Chunk {
  readonly words: Matrix<"u32">;
  readonly offset: number;
}

/**
 * Masks that keep exactly so many entries: all above a threshold, and of the entries at it those with the smallest hashes. The hash
 * depends on a seed and the entry's position among the bits of all layers' masks, laid end to end, and on nothing else. Everything
 * stays on the device; where no ties are to be kept, the work recorded does next to nothing.
 *
 * The masks are made one after another, in the order of the layers, and are whole once {@linkcode TieBits.settle} is called.
 */
export class TieBits implements Disposable {
  readonly #pieces: Piece[] = [];
  readonly #chunks: Chunk[] = [];
  /** The ties of all masks, which saves launches, where they fit one binding; each panel of a mask has its own otherwise. */
  readonly #shared: Chunk | undefined;
  #next: number;

  /**
   * @param offset words of the masks of all layers before the first
   * @param shapes those of the masks that will be made
   * @throws {InvalidArgumentError} for a network whose bits cannot be numbered
   */
  constructor(
    readonly device: Device,
    readonly seed: Seed,
    readonly offset: number,
    shapes: readonly Pick<Shape, "rows" | "cols">[],
  ) {
    const words = shapes.reduce((sum, shape) => sum + maskWords(shape), 0);
    if (offset + words > MOST_WORDS) {
      throw new InvalidArgumentError(
        `Expected masks of at most ${MOST_WORDS} words to break ties in but found ${offset + words}`,
      );
    }
    this.#next = offset;
    if (words * 4 <= device.info.maxBindingBytes) this.#shared = this.#chunk(offset, words);
  }

  /** The mask of what is above the threshold, the caller's; the ties are added by {@linkcode TieBits.settle}. */
  mask({ scores, previous, selection }: MaskSource): BitMatrix {
    const mask = this.device.bits(scores.rows, scores.cols), offset = this.#next;
    this.#next += maskWords(mask);
    for (const { mask: piece, ties, start } of this.#cut(mask, offset)) {
      const args = { scores, previous, ...selection, mask: piece, ties: ties.words };
      this.device.run(maskFromThreshold, args, { ...this.#seeds, offset: ties.offset, start });
    }
    return mask;
  }

  /** Adds to the masks the ties that are to be kept. */
  settle({ state, histogram }: Selection): void {
    const { device } = this, passes = this.#next > STRETCH_WORDS ? TIE_PASSES : TIE_PASSES - 1;
    // The masks' ties are counted as they are noted, which is the first pass.
    for (let passIndex = 1; passIndex < passes; passIndex++) {
      for (const { words: ties, offset } of this.#chunks) {
        device.run(tieHistogram, { ties, state, histogram }, { ...this.#seeds, offset, passIndex });
      }
    }
    for (const [{ mask, ties: { words: ties, offset }, start }, ...others] of this.#together()) {
      const [second, third, fourth] = others.map((piece) => piece.mask), next = others[0]?.start ?? 0;
      device.run(keepTies, { ties, state, histogram, mask, second, third, fourth }, {
        ...this.#seeds,
        ...{ offset, start, next, passes },
      });
    }
  }

  get #seeds() {
    const [seedLow, seedHigh] = this.seed;
    return { seedLow, seedHigh };
  }

  /** The pieces that share their ties and are in one piece each, as many together as a launch takes; the others by themselves. */
  #together(): Piece[][] {
    const groups: Piece[][] = [];
    for (const piece of this.#pieces) {
      const last = groups.at(-1), whole = this.#shared && piece.mask.panels.length === 1;
      if (whole && last && last.length < TOGETHER && last.at(-1)!.mask.panels.length === 1) {
        last.push(piece);
      } else groups.push([piece]);
    }
    return groups;
  }

  /** The pieces of a mask whose first word is number `offset`: all of it, or its panels. */
  #cut(mask: BitMatrix, offset: number): Piece[] {
    const { device, rows, cols } = mask, shared = this.#shared;
    const pieces = shared
      ? [{ mask, ties: shared, start: offset - shared.offset }]
      : mask.panels.map((panel): Piece => {
        const first = offset + panel.rowOffset * mask.wordsPerRow;
        const ties = this.#chunk(first, panel.rows * mask.wordsPerRow);
        const part = new BitMatrix(device, rows, cols, [panel], () => {});
        return { mask: part, ties, start: (offset - first + MOST_WORDS) % MOST_WORDS };
      });
    this.#pieces.push(...pieces);
    return pieces;
  }

  #chunk(offset: number, words: number): Chunk {
    const chunk = { words: this.device.matrix(1, words, "u32"), offset };
    this.#chunks.push(chunk);
    return chunk;
  }

  [Symbol.dispose](): void {
    for (const { words } of this.#chunks) words.dispose();
  }
}
