/**
 * Buffers that were given back, kept for the next request of their size. A buffer given back may still be used by
 * recorded commands: commands recorded later may reuse it at once, for they run later; it is destroyed only after a
 * submission.
 *
 * Of those free the one that was made first goes out first, whatever the order they came back in: rounds that ask for the same
 * then have the same buffers, and bind the same groups.
 */
export class BufferPool {
  /** By size, from the last made to the first. */
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #refused = new WeakSet<GPUBuffer>();
  /** In which place each was made. */
  readonly #places = new WeakMap<GPUBuffer, number>();
  #made = 0;
  #freeBytes = 0;
  /** Kept, since asking the engine for it takes as long as the rest of taking a buffer. */
  readonly #largest: number;

  constructor(readonly gpu: GPUDevice, readonly usage: number, readonly keepBytes: number) {
    this.#largest = gpu.limits.maxBufferSize;
  }

  /**
   * A buffer of at least `bytes`; its content is whatever it was.
   *
   * @param create what asks the device for one, where none is free
   */
  take(bytes: number, create: (make: () => GPUBuffer) => GPUBuffer = (make) => make()): GPUBuffer {
    const size = sizeClass(bytes, this.#largest);
    const found = this.#free.get(size)?.pop();
    if (found) {
      this.#freeBytes -= size;
      return found;
    }
    const buffer = create(() => this.gpu.createBuffer({ size, usage: this.usage }));
    this.#places.set(buffer, this.#made++);
    return buffer;
  }

  give(buffer: GPUBuffer): void {
    if (this.#refused.has(buffer)) return;
    const { size } = buffer, list = this.#free.get(size) ?? [], place = this.#places.get(buffer)!;
    this.#free.set(size, list);
    let at = list.length;
    while (at > 0 && this.#places.get(list[at - 1])! < place) at--;
    list.splice(at, 0, buffer);
    this.#freeBytes += size;
  }

  /** Takes a buffer that the device turned out not to have room for out of circulation. */
  refuse(buffer: GPUBuffer): void {
    this.#refused.add(buffer);
    const list = this.#free.get(buffer.size) ?? [];
    const index = list.indexOf(buffer);
    if (index < 0) return;
    list.splice(index, 1);
    this.#freeBytes -= buffer.size;
  }

  /** Destroys free buffers beyond what is worth keeping. Call only when no recorded command waits for submission. */
  trim(keepBytes = this.keepBytes): void {
    const sizes = [...this.#free.keys()].sort((a, b) => b - a);
    for (const size of sizes) {
      const list = this.#free.get(size)!;
      while (list.length > 0 && this.#freeBytes > keepBytes) {
        list.shift()!.destroy();
        this.#freeBytes -= size;
      }
    }
  }
}

/**
 * Rounds up to one of four sizes per power of two, so that nearly equal requests share buffers at a loss of ≤ 25 %; never
 * past the largest buffer there can be, where the request itself still fits.
 */
export function sizeClass(bytes: number, largest: number): number {
  const least = Math.max(bytes, 256);
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(least)) - 2));
  const rounded = Math.ceil(least / step) * step;
  return rounded > largest && least <= largest ? Math.ceil(least / 16) * 16 : rounded;
}
