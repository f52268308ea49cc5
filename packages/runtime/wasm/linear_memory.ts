import type { ElementType, HostArray, View } from "../elements.ts";
import type { Kernels } from "../kernels.ts";
import type { AnyOp, ErasedSettings, PanelPosition } from "../op.ts";
import type { Accelerator } from "./accelerator.ts";
import { Blas } from "./blas.ts";

type ArrayType = new (buffer: ArrayBufferLike, address: number, length: number) => HostArray;

const arrayTypes: Record<ElementType, ArrayType> = { f32: Float32Array, u32: Uint32Array, i32: Int32Array };

/** Thrown where the kernels' memory has no room for what an op needs; nothing is written yet. */
class NoRoom extends Error {}

type HostViews = Record<string, View<HostArray>>;

/** A device's matrices in the memory that kernels reach, and the running of ops over them. */
export class LinearMemory implements Disposable {
  readonly #accelerator: Accelerator;
  readonly #blas: Blas | undefined;
  /** Addresses of the arrays in the kernels' memory. */
  readonly #addresses = new Map<HostArray, number>();

  /** @param blas the library that large dense products go to */
  constructor(accelerator: Accelerator, blas?: string) {
    this.#accelerator = accelerator;
    this.#blas = blas === undefined ? undefined : new Blas(blas, accelerator.heap.memory);
  }

  /** How it computes, and on how many threads. */
  get description(): string {
    const { threads, relaxed } = this.#accelerator;
    return `${threads} ${threads === 1 ? "thread" : "threads"}, ${
      relaxed ? "relaxed " : ""
    }WebAssembly SIMD` +
      (this.#blas ? `, BLAS ${this.#blas.name}` : "");
  }

  /** An array in the kernels' memory, its elements not set; undefined where there is no room. */
  place(type: ElementType, length: number): HostArray | undefined {
    const { heap } = this.#accelerator;
    const address = heap.allocate(length * 4);
    if (address === undefined) return undefined;
    const array = new arrayTypes[type](heap.memory.buffer, address, length);
    this.#addresses.set(array, address);
    return array;
  }

  release(array: HostArray): void {
    const address = this.#addresses.get(array);
    if (address === undefined) return;
    this.#addresses.delete(array);
    this.#accelerator.heap.free(address);
  }

  [Symbol.dispose](): void {
    for (const array of [...this.#addresses.keys()]) this.release(array);
    this.#blas?.[Symbol.dispose]();
  }

  /** Runs an op by its kernels; false where it has none, or none for this case, or the memory has no room. */
  run(op: AnyOp, views: HostViews, settings: ErasedSettings & PanelPosition): boolean {
    if (!op.accelerated) return false;
    const { heap } = this.#accelerator;
    const borrowed: number[] = [];
    const allocate = (bytes: number): number => {
      const address = heap.allocate(bytes);
      if (address === undefined) throw new NoRoom();
      borrowed.push(address);
      return address;
    };
    const blas = this.#blas;
    const kernels: Kernels = {
      address: (view) => view === undefined ? 0 : view.data.byteOffset,
      allocate,
      launch: (kernel, parts, values) => this.#accelerator.launch(kernel, parts, values),
      multiply: blas && ((product) => blas.multiply(product)),
    };
    try {
      const staged = this.#stage(op, views, allocate);
      if (op.accelerated({ ...views, ...staged }, settings, kernels) === false) return false;
      for (const name in staged) {
        if (op.bindings[name].includes("out")) views[name].data.set(staged[name].data);
      }
      return true;
    } catch (error) {
      if (error instanceof NoRoom) return false;
      throw error;
    } finally {
      for (const address of borrowed) heap.free(address);
    }
  }

  /** Copies, in the kernels' memory, of the arguments that live outside it. */
  #stage(op: AnyOp, views: HostViews, allocate: (bytes: number) => number): HostViews {
    const staged: HostViews = {};
    for (const name in views) {
      const { data } = views[name];
      // What is shared lies in the kernels' memory: an array placed there, or some rows of one.
      if (!(data.buffer instanceof ArrayBuffer)) continue;
      const address = allocate(data.byteLength);
      const Type = data.constructor as ArrayType;
      const copy = new Type(this.#accelerator.heap.memory.buffer, address, data.length);
      if (!/ out\??$/.test(op.bindings[name])) copy.set(data);
      staged[name] = { ...views[name], data: copy };
    }
    return staged;
  }
}
