/** A block begins where four numbers can be loaded at once, and a kernel's group of rows is whole. */
const ROWS_TOGETHER = 8;

/** Distances in the first block, and in the largest. */
const FIRST_ENTRIES = 2 ** 16;
export const MOST_ENTRIES = 2 ** 22;

/** Milliseconds that a block should take: less, and the waiting for it counts; more, and a signal is heard late. */
const LEAST_TIME = 20, MOST_TIME = 80;

/** How many rows of distances to so many others are made at a time: as many as the device makes in a twentieth of a second. */
export class BlockRows {
  readonly #most: number;
  #rows: number;
  #asked = 0;

  /** @param bytes the largest binding, in which a block is to fit */
  constructor(others: number, bytes: number) {
    this.#most = Math.min(mostRows(others), rowsOf(bytes / 4, others));
    this.#rows = Math.min(this.#most, rowsOf(FIRST_ENTRIES, others));
  }

  /** Rows of the next block; how long it is until the next question decides about that one. */
  next(): number {
    const now = performance.now(), taken = now - this.#asked;
    if (this.#asked > 0 && taken < LEAST_TIME) this.#rows = Math.min(this.#most, 2 * this.#rows);
    if (this.#asked > 0 && taken > MOST_TIME && this.#rows > ROWS_TOGETHER) {
      this.#rows = Math.max(ROWS_TOGETHER, this.#rows / 2 - this.#rows / 2 % ROWS_TOGETHER);
    }
    this.#asked = now;
    return this.#rows;
  }
}

/** Most rows of a block of distances to so many others. */
export function mostRows(others: number): number {
  return rowsOf(MOST_ENTRIES, others);
}

function rowsOf(entries: number, others: number): number {
  return Math.max(1, Math.floor(entries / (ROWS_TOGETHER * others))) * ROWS_TOGETHER;
}
