import { GraphonLimitError } from "../errors.ts";
import { Heap } from "./heap.ts";
import { PLAIN_KERNELS, RELAXED_KERNELS } from "./kernels.ts";
import { CONTROL } from "./serve.ts";
import { processorCount, startThread } from "./workers.ts";

/** Bytes below which the runtime's control block and the kernels' constants lie. */
const HEAP_START = 65536;

/** Bytes of memory that each thread has for itself. */
const SCRATCH_BYTES = 256 * 1024;

/** More threads than this bring nothing: memory does not keep up. */
const MOST_THREADS = 16;

/** How often the calling thread looks whether the others are done before it sleeps for a moment. */
const LOOKS = 20_000;

type Kernel = (part: number, ...values: number[]) => void;

/**
 * WebAssembly kernels over one memory, and the threads that share their work. The thread that calls takes part; where no
 * other can be had it does everything.
 */
export class Accelerator {
  readonly heap: Heap;
  /** Threads that take part, the calling one included. */
  readonly threads: number;
  /** Whether sums are made with fused multiply-adds. */
  readonly relaxed: boolean;
  readonly #words: Int32Array;
  readonly #values: Float64Array;
  readonly #kernels = new Map<string, { readonly index: number; readonly call: Kernel }>();

  /** Undefined where the engine lacks SIMD or shared memory. */
  static create(threads = processorCount()): Accelerator | undefined {
    const relaxed = compile(RELAXED_KERNELS), module = relaxed ?? compile(PLAIN_KERNELS);
    if (!module) return undefined;
    try {
      const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
      return new Accelerator(module, memory, relaxed !== undefined, threads);
    } catch {
      return undefined;
    }
  }

  private constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    relaxed: boolean,
    threads: number,
  ) {
    this.relaxed = relaxed;
    this.heap = new Heap(memory, HEAP_START);
    this.#words = new Int32Array(memory.buffer, CONTROL.words, 16);
    this.#values = new Float64Array(memory.buffer, CONTROL.arguments, 64);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    WebAssembly.Module.exports(module).forEach(({ name, kind }, index) => {
      if (kind === "function") this.#kernels.set(name, { index, call: exports[name] as Kernel });
    });
    (exports.use_scratch as (address: number) => void)(this.#scratch());
    let started = 1;
    while (started < Math.min(threads, MOST_THREADS)) {
      if (!startThread({ memory, module, scratch: this.#scratch(), control: CONTROL })) break;
      started++;
    }
    this.threads = started;
  }

  #scratch(): number {
    const address = this.heap.allocate(SCRATCH_BYTES);
    if (address === undefined) throw new GraphonLimitError("Expected memory for the processor's threads");
    return address;
  }

  /** Runs all parts of a kernel and returns when they are done. */
  launch(name: string, parts: number, ...values: number[]): void {
    const kernel = this.#kernels.get(name);
    if (!kernel) throw new GraphonLimitError(`Expected a kernel but found ${name}`);
    const { index, call } = kernel;
    if (parts <= 1 || this.threads === 1) {
      for (let part = 0; part < parts; part++) call(part, ...values);
      return;
    }
    const words = this.#words;
    this.#values.set(values);
    words[CONTROL.argumentCount] = values.length;
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
        call(part, ...values);
      }
    } finally {
      // No thread enters any more; those inside finish the part they are at.
      Atomics.store(words, CONTROL.open, 0);
      Atomics.store(words, CONTROL.next, parts);
      this.#awaitOthers();
    }
    if (Atomics.exchange(words, CONTROL.failed, 0)) throw new GraphonLimitError(`The kernel ${name} failed`);
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

function compile(base64: string): WebAssembly.Module | undefined {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}
