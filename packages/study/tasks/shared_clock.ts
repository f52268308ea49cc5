/**
 * Seconds of work on a device that several lanes of tasks have in common: while `n` of them are at work, each is charged an `n`-th of
 * the time that passes, so that what all are charged is the time that passed.
 */
export class SharedClock {
  #charged = 0;
  #at = performance.now();
  #working = 0;

  /** Seconds that a lane which works all the while has been charged until now. */
  get seconds(): number {
    const now = performance.now();
    this.#charged += (now - this.#at) / 1000 / Math.max(1, this.#working);
    this.#at = now;
    return this.#charged;
  }

  /** A lane begins to work. */
  enter(): void {
    void this.seconds;
    this.#working++;
  }

  /** It rests. */
  leave(): void {
    void this.seconds;
    this.#working--;
  }
}
