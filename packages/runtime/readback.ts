import type { Backend } from "./device_info.ts";
import { nextTurn } from "./next_turn.ts";
import { BUFFER_USAGE, MAP_MODE } from "./webgpu_numbers.ts";

/** Bytes of the buffers that are kept: sixteen times as many each time. */
const SIZES = [2 ** 12, 2 ** 16, 2 ** 20, 2 ** 24, 2 ** 26];

/** Buffers of one size that are kept for the next read. */
const KEPT = 4;

/** What Deno says of itself, declared so that the package's types need no Deno. */
interface Host {
  readonly Deno?: { readonly version?: { readonly deno?: string } };
}

/**
 * Whether a buffer can be read as soon as `mapAsync` has been called. Deno waits for the device within that call, and then
 * sleeps for 10 ms before it says that it has. Nothing but the versions that this was seen in is taken at its word.
 */
function readsAtOnce(backend: Backend | undefined): boolean {
  return backend === "deno" && /^2\.9\./.test((globalThis as Host).Deno?.version?.deno ?? "");
}

/** The way from a device's memory to the host's: buffers that are mapped, read and kept for the next time. */
export class Readback {
  readonly #gpu: GPUDevice;
  readonly #kept = new Map<number, GPUBuffer[]>();
  readonly #atOnce: boolean;
  /** Of reads that are asked for in one turn: to be looked at together. */
  #asked: (() => void)[] = [];

  constructor(gpu: GPUDevice, backend: Backend | undefined) {
    this.#gpu = gpu;
    this.#atOnce = readsAtOnce(backend);
  }

  /** A buffer of so many bytes or more, to be copied to; {@linkcode read} takes it back. */
  take(bytes: number): GPUBuffer {
    const size = SIZES.find((size) => size >= bytes) ?? bytes, kept = this.#kept.get(size)?.pop();
    if (kept) return kept;
    const usage = BUFFER_USAGE.MAP_READ | BUFFER_USAGE.COPY_DST;
    const buffer = this.#gpu.createBuffer({ size, usage, mappedAtCreation: this.#atOnce });
    // Deno reads no buffer early that was never mapped before. What a lost device refuses here, it refuses when it is read.
    if (this.#atOnce) unmapped(buffer, 0);
    return buffer;
  }

  /**
   * The first bytes of a buffer when everything submitted until now is done.
   *
   * @param settle waits, for the device too where what it is given is settled beforehand
   */
  async read(
    buffer: GPUBuffer,
    bytes: number,
    settle: (wait: Promise<unknown>) => Promise<void>,
  ): Promise<ArrayBuffer> {
    let early: ArrayBuffer | undefined;
    const map = async () => {
      const mapping = buffer.mapAsync(MAP_MODE.READ);
      // Where an earlier error makes the map fail too, the earlier one is the one to report.
      mapping.catch(() => {});
      early = this.#atOnce ? unmapped(buffer, bytes) : undefined;
      if (!early) await mapping;
    };
    await settle(this.#atOnce ? this.#together(map) : map());
    const result = early ?? buffer.getMappedRange(0, bytes).slice(0);
    if (!early) buffer.unmap();
    this.#give(buffer);
    return result;
  }

  /**
   * Maps a buffer when all that can go on without waiting for the device has gone on to where it waits, too: the host stands still
   * while it maps, and the device is to have work from all of them then. Timers and signals have their turn before.
   */
  #together(map: () => Promise<void>): Promise<void> {
    const mapped = new Promise<void>((resolve) => this.#asked.push(() => resolve(map())));
    if (this.#asked.length === 1) {
      nextTurn().then(() => {
        const asked = this.#asked;
        this.#asked = [];
        for (const begin of asked) begin();
      });
    }
    return mapped;
  }

  #give(buffer: GPUBuffer): void {
    const kept = this.#kept.get(buffer.size) ?? [];
    if (!SIZES.includes(buffer.size) || kept.length === KEPT) {
      buffer.destroy();
      return;
    }
    this.#kept.set(buffer.size, kept);
    kept.push(buffer);
  }

  /** Resolves when everything submitted until now is done. */
  async done(): Promise<void> {
    if (!this.#atOnce) {
      await this.#gpu.queue.onSubmittedWorkDone();
      return;
    }
    const buffer = this.take(4), encoder = this.#gpu.createCommandEncoder();
    encoder.clearBuffer(buffer, 0, 4);
    this.#gpu.queue.submit([encoder.finish()]);
    await this.read(buffer, 4, async (wait) => void await wait);
  }
}

/** What a mapped buffer holds, which is mapped no more then; undefined where it is not mapped. */
function unmapped(buffer: GPUBuffer, bytes: number): ArrayBuffer | undefined {
  try {
    const copy = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    return copy;
  } catch {
    return undefined;
  }
}
