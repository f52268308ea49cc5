/** Counts bytes in live matrices, and remembers the most there were. */
export class MemoryMeter {
  #live = 0;
  #peak = 0;

  add(bytes: number): void {
    this.#live += bytes;
    this.#peak = Math.max(this.#peak, this.#live);
  }

  get reading(): { readonly live: number; readonly peak: number } {
    return { live: this.#live, peak: this.#peak };
  }
}
