import { DeviceOperationError, OutOfDeviceMemoryError } from "../errors.ts";
import type { Kernel, KernelModule, KernelValues } from "../kernels.ts";
import { hasRelaxedSimd, hasSimd } from "./features.ts";
import { Heap } from "./heap.ts";
import { type LoadedModule, loadModule, type PartFunction } from "./load_module.ts";
import { CONTROL } from "./serve.ts";
import { processorCount, startThread } from "./workers.ts";

/** Bytes below which the threads' control block lies, and no matrix. */
const HEAP_START = 65536;

/** Modules that the control block has room for. */
const MOST_MODULES = (HEAP_START - CONTROL.moduleList) / 8;

/** Bytes of memory that each thread has for itself. */
const SCRATCH_BYTES = 256 * 1024;

/** Bytes kept for the modules of kernels, so that there is room for them however many matrices there are. */
const MODULE_BYTES = 1024 * 1024;

/** More threads than this bring nothing: memory does not keep up. */
const MOST_THREADS = 16;

/** How often the calling thread looks whether the others are done before it sleeps for a moment. */
const LOOKS = 20_000;

/** A module that was compiled, and its place in the list by which the other threads find it. */
interface ListedModule extends LoadedModule {
  readonly place: number;
}

/** A kernel where it can be called. */
interface LoadedKernel {
  readonly module: ListedModule;
  readonly index: number;
  readonly call: PartFunction;
}

/**
 * WebAssembly kernels over one memory, and the threads that share their work. The thread that calls takes part; where no
 * other can be had it does everything.
 */
export class Accelerator {
  readonly heap: Heap;
  /** Threads that take part, the calling one included. */
  readonly threads: number;
  /** Whether kernels can make sums with fused multiply-adds. */
  readonly relaxed = hasRelaxedSimd();
  readonly #words: Int32Array;
  readonly #values: Float64Array;
  readonly #scratch: number;
  /** Where the next module's bytes go, and the end of what is kept for them. */
  #moduleStart: number;
  readonly #moduleEnd: number;
  readonly #modules = new Map<KernelModule, ListedModule>();
  readonly #kernels = new Map<Kernel, LoadedKernel>();

  /** Undefined where the engine lacks SIMD or shared memory. */
  static create(threads = processorCount()): Accelerator | undefined {
    if (!hasSimd()) return undefined;
    try {
      const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
      return new Accelerator(memory, threads);
    } catch {
      return undefined;
    }
  }

  private constructor(memory: WebAssembly.Memory, threads: number) {
    this.heap = new Heap(memory, HEAP_START);
    this.#words = new Int32Array(memory.buffer, CONTROL.words, 16);
    this.#values = new Float64Array(memory.buffer, CONTROL.arguments, 64);
    this.#moduleStart = this.#reserve(MODULE_BYTES);
    this.#moduleEnd = this.#moduleStart + MODULE_BYTES;
    this.#scratch = this.#reserve(SCRATCH_BYTES);
    let started = 1;
    while (started < Math.min(threads, MOST_THREADS)) {
      if (!startThread({ memory, scratch: this.#reserve(SCRATCH_BYTES), control: CONTROL })) break;
      started++;
    }
    this.threads = started;
  }

  #reserve(bytes: number): number {
    const address = this.heap.allocate(bytes);
    if (address === undefined) throw new OutOfDeviceMemoryError("Expected memory for kernels and threads");
    return address;
  }

  /** Runs all parts of a kernel and returns when they are done. */
  launch<N extends string>(kernel: Kernel<N>, parts: number, values: KernelValues<N>): void {
    const loaded = this.#kernels.get(kernel) ?? this.#load(kernel);
    const { call } = loaded, given = kernel.order(values);
    try {
      if (parts > 1 && this.threads > 1) this.#share(loaded, parts, given);
      else for (let part = 0; part < parts; part++) call(part, ...given);
    } catch (error) {
      Atomics.store(this.#words, CONTROL.failed, 0);
      throw new DeviceOperationError(`The kernel ${kernel.name} failed: ${(error as Error).message}`);
    }
    if (Atomics.exchange(this.#words, CONTROL.failed, 0)) {
      throw new DeviceOperationError(`The kernel ${kernel.name} failed on another thread`);
    }
  }

  #share({ module, index, call }: LoadedKernel, parts: number, given: number[]): void {
    const words = this.#words;
    this.#values.set(given);
    words[CONTROL.argumentCount] = given.length;
    words[CONTROL.module] = module.place;
    words[CONTROL.kernel] = index;
    words[CONTROL.parts] = parts;
    Atomics.store(words, CONTROL.next, 0);
    Atomics.store(words, CONTROL.open, 1);
    Atomics.add(words, CONTROL.launch, 1);
    Atomics.notify(words, CONTROL.launch);
    try {
      while (true) {
        const part = Atomics.add(words, CONTROL.next, 1);
        if (part >= parts) break;
        call(part, ...given);
      }
    } finally {
      // No thread enters any more; those inside finish the part they are at.
      Atomics.store(words, CONTROL.open, 0);
      Atomics.store(words, CONTROL.next, parts);
      this.#awaitOthers();
    }
  }

  /** Finds a kernel that is launched for the first time. */
  #load(kernel: Kernel): LoadedKernel {
    let module = this.#modules.get(kernel.module);
    if (!module) this.#modules.set(kernel.module, module = this.#compile(kernel.module));
    const loaded = { module, ...module.functions.get(kernel.name)! };
    this.#kernels.set(kernel, loaded);
    return loaded;
  }

  /** Compiles a module, and lists it so that the other threads do. */
  #compile(defined: KernelModule): ListedModule {
    const { memory } = this.heap, place = this.#modules.size;
    if (place >= MOST_MODULES) {
      throw new OutOfDeviceMemoryError(
        `Expected at most ${MOST_MODULES} modules of kernels but found another`,
      );
    }
    const loaded = loadModule(defined, memory, this.#scratch), { bytes } = loaded;
    const kept = bytes.length <= this.#moduleEnd - this.#moduleStart;
    const address = kept ? this.#moduleStart : this.#reserve(bytes.length);
    if (kept) this.#moduleStart += bytes.length;
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
    new Uint32Array(memory.buffer, CONTROL.moduleList + 8 * place, 2).set([address, bytes.length]);
    Atomics.store(this.#words, CONTROL.modules, place + 1);
    return { ...loaded, place };
  }

  #awaitOthers(): void {
    const words = this.#words;
    for (let look = 0, inside; (inside = Atomics.load(words, CONTROL.inside)) !== 0; look++) {
      if (look < LOOKS) continue;
      try {
        Atomics.wait(words, CONTROL.inside, inside, 1);
      } catch {
        // A browser's main thread may not sleep: it goes on looking.
      }
    }
  }

  /** Ends the threads. */
  close(): void {
    Atomics.store(this.#words, CONTROL.quit, 1);
    Atomics.add(this.#words, CONTROL.launch, 1);
    Atomics.notify(this.#words, CONTROL.launch);
  }
}
