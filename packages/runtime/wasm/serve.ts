/** Where the threads agree on what to do: addresses of words and of the kernel's arguments in the shared memory. */
export const CONTROL = {
  /** Byte address of the words below. */
  words: 1024,
  /** Rises by one with each launch; idle threads wait for it. */
  launch: 0,
  /** 1 while the launch is on: a thread that comes later has nothing to do. */
  open: 1,
  /** Threads at work, the calling one apart. */
  inside: 2,
  /** The next part nobody has taken. */
  next: 3,
  parts: 4,
  /** The kernel: its module by its place in the list of modules, and its own place among the module's exports. */
  module: 5,
  kernel: 6,
  argumentCount: 7,
  /** 1 tells the threads to end. */
  quit: 8,
  /** 1 after a kernel failed on a thread. */
  failed: 9,
  /** How many modules there are. */
  modules: 10,
  /** Byte address of the arguments, in float64. */
  arguments: 2048,
  /** Byte address of the list of modules: two words for each, the address of its bytes and how many they are. */
  moduleList: 4096,
} as const;

/** What a thread needs to take part. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory;
  /** Address of the thread's own memory. */
  readonly scratch: number;
  readonly control: typeof CONTROL;
}

/**
 * A thread's whole life: waits for launches and takes parts of them until told to end. Its text is what a worker runs, so it
 * must not use anything from outside.
 */
export function serve({ memory, scratch, control }: ThreadData): void {
  type PartFunction = (...values: number[]) => void;
  const words = new Int32Array(memory.buffer, control.words, 16);
  const values = new Float64Array(memory.buffer, control.arguments, 64);
  const modules: PartFunction[][] = [];
  const list = new Uint32Array(memory.buffer, control.moduleList);
  /** A module's functions; none where this thread cannot compile it, which leaves its parts to the others. */
  const functionsAt = (address: number, length: number): PartFunction[] => {
    try {
      // Compilers take no bytes of shared memory: a copy.
      const module = new WebAssembly.Module(new Uint8Array(memory.buffer, address, length).slice());
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      (exports.use_scratch as PartFunction | undefined)?.(scratch);
      return WebAssembly.Module.exports(module).map(({ name }) => exports[name] as PartFunction);
    } catch {
      return [];
    }
  };
  let seen = 0;
  while (true) {
    // A launch often follows another at once: waking up takes longer than looking for a while.
    for (let look = 0; look < 4000 && Atomics.load(words, control.launch) === seen; look++);
    Atomics.wait(words, control.launch, seen);
    if (Atomics.load(words, control.quit)) return;
    seen = Atomics.load(words, control.launch);
    // What is new is compiled before going inside: nobody waits for it.
    while (modules.length < Atomics.load(words, control.modules)) {
      const at = 2 * modules.length;
      modules.push(functionsAt(list[at], list[at + 1]));
    }
    Atomics.add(words, control.inside, 1);
    if (Atomics.load(words, control.open)) {
      try {
        const kernel = modules[words[control.module]]?.[words[control.kernel]], parts = words[control.parts];
        const given = values.slice(0, words[control.argumentCount]);
        while (kernel) {
          const part = Atomics.add(words, control.next, 1);
          if (part >= parts) break;
          kernel(part, ...given);
        }
      } catch {
        Atomics.store(words, control.failed, 1);
      }
    }
    Atomics.sub(words, control.inside, 1);
    Atomics.notify(words, control.inside);
  }
}
