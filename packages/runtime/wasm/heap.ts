/** Every block begins at a multiple of this many bytes: a cache line. */
const ALIGNMENT = 64;

const PAGE = 65536;

/** At least so many bytes are added when the heap grows. */
const GROWTH = 4 * 2 ** 20;

interface Gap {
  start: number;
  size: number;
}

/** Hands out pieces of a WebAssembly memory that grows as needed. */
export class Heap {
  /** Free pieces in the order of their addresses, none touching the next. */
  readonly #gaps: Gap[] = [];
  readonly #sizes = new Map<number, number>();
  #end: number;

  /** @param start the first address that is the heap's to give */
  constructor(readonly memory: WebAssembly.Memory, start: number) {
    this.#end = memory.buffer.byteLength;
    this.#insert({ start, size: this.#end - start });
  }

  /** The address of so many bytes, or undefined where the memory cannot grow that far. */
  allocate(bytes: number): number | undefined {
    const size = Math.max(Math.ceil(bytes / ALIGNMENT), 1) * ALIGNMENT;
    const fitting = this.#smallestGap(size) ?? this.#grow(size);
    if (!fitting) return undefined;
    const { start } = fitting;
    fitting.start += size;
    fitting.size -= size;
    if (fitting.size === 0) this.#gaps.splice(this.#gaps.indexOf(fitting), 1);
    this.#sizes.set(start, size);
    return start;
  }

  /** Takes a piece back. */
  free(start: number): void {
    const size = this.#sizes.get(start);
    if (size === undefined) return;
    this.#sizes.delete(start);
    this.#insert({ start, size });
  }

  #smallestGap(size: number): Gap | undefined {
    let best: Gap | undefined;
    for (const gap of this.#gaps) {
      if (gap.size >= size && (!best || gap.size < best.size)) best = gap;
    }
    return best;
  }

  #grow(size: number): Gap | undefined {
    const last = this.#gaps.at(-1);
    const spare = last && last.start + last.size === this.#end ? last.size : 0;
    for (const wanted of [Math.max(size - spare, GROWTH), size - spare]) {
      const pages = Math.ceil(wanted / PAGE);
      try {
        this.memory.grow(pages);
      } catch {
        continue;
      }
      const start = this.#end;
      this.#end += pages * PAGE;
      return this.#insert({ start, size: pages * PAGE });
    }
    return undefined;
  }

  /** Adds a gap, joined with those it touches. */
  #insert(gap: Gap): Gap {
    const gaps = this.#gaps;
    let at = gaps.findIndex(({ start }) => start > gap.start);
    if (at < 0) at = gaps.length;
    const next = gaps[at], previous = gaps[at - 1];
    if (next && gap.start + gap.size === next.start) {
      gap.size += next.size;
      gaps.splice(at, 1);
    }
    if (previous && previous.start + previous.size === gap.start) {
      previous.size += gap.size;
      return previous;
    }
    gaps.splice(at, 0, gap);
    return gap;
  }
}
