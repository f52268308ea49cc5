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
  kernel: 5,
  /** 1 tells the threads to end. */
  quit: 6,
  /** 1 after a kernel failed on a thread. */
  failed: 7,
  argumentCount: 8,
  /** Byte address of the arguments, in float64. */
  arguments: 2048,
} as const;

/** What a thread needs to take part. */
export interface ThreadData {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Address of the thread's own memory. */
  readonly scratch: number;
  readonly control: typeof CONTROL;
}

/**
 * A thread's whole life: waits for launches and takes parts of them until told to end. Its text is what a worker runs, so it
 * must not use anything from outside.
 */
export function serve({ memory, module, scratch, control }: ThreadData): void {
  const words = new Int32Array(memory.buffer, control.words, 16);
  const values = new Float64Array(memory.buffer, control.arguments, 64);
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const functions = WebAssembly.Module.exports(module).map(({ name }) =>
    instance.exports[name] as (...values: number[]) => void
  );
  (instance.exports.use_scratch as (address: number) => void)(scratch);
  let seen = 0;
  while (true) {
    // A launch often follows another at once: waking up takes longer than looking for a while.
    for (let look = 0; look < 4000 && Atomics.load(words, control.launch) === seen; look++);
    Atomics.wait(words, control.launch, seen);
    if (Atomics.load(words, control.quit)) return;
    seen = Atomics.load(words, control.launch);
    Atomics.add(words, control.inside, 1);
    if (Atomics.load(words, control.open)) {
      try {
        const kernel = functions[words[control.kernel]], parts = words[control.parts];
        const given = values.slice(0, words[control.argumentCount]);
        while (true) {
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
