import { setInterval } from "node:timers";
import { parentPort, workerData } from "node:worker_threads";
import { IN_DENO } from "../host.ts";
import { Interrupted, type Interruption } from "./interruption.ts";
import { type CommandData, PLACES, SAVING, type ToSupervisor, WORDS } from "./protocol.ts";
import { SIGNAL_NUMBERS, type SignalName } from "./signals.ts";

/** How often a command that waits for something looks whether there was a signal, in milliseconds. */
const LOOK_MS = 30;

/** The interruption of a command that runs in a thread of its own, under the supervision of the main one. */
export class WorkerInterruption implements Interruption {
  readonly #controller = new AbortController();
  readonly #words = new Int32Array((workerData as CommandData).words);
  #line: string | undefined;

  constructor() {
    // It does not keep the thread from ending.
    setInterval(() => this.poll(), LOOK_MS).unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  poll(): void {
    const number = Atomics.load(this.#words, WORDS.signal);
    if (number === 0 || this.signal.aborted) return;
    const names = Object.keys(SIGNAL_NUMBERS) as SignalName[];
    const name = names.find((name) => SIGNAL_NUMBERS[name] === number)!;
    this.#controller.abort(new Interrupted(name, this.#line));
  }

  explain(line: string): void {
    this.#line = line;
    this.#tell({ kind: "explain", line });
  }

  saving(patience: string | undefined): Disposable {
    return this.#save(SAVING.everything, patience);
  }

  finishing(seconds: number, patience: string | undefined): Disposable {
    Atomics.store(this.#words, WORDS.patience, Math.min(1000 * seconds, 2 ** 31 - 1));
    return this.#save(SAVING.atHand, patience);
  }

  #save(what: number, patience: string | undefined): Disposable {
    if (patience !== undefined) this.#tell({ kind: "patience", line: patience });
    Atomics.store(this.#words, WORDS.saving, what);
    return { [Symbol.dispose]: () => void Atomics.store(this.#words, WORDS.saving, SAVING.no) };
  }

  madeFolders(paths: readonly string[]): void {
    if (paths.length > 0) this.#tell({ kind: "folders", paths });
  }

  begun(path: string): void {
    if (Atomics.load(this.#words, WORDS.places) === PLACES.ended) this.#awaitEnd();
    this.#tell({ kind: "begun", path });
  }

  ended(path: string): void {
    this.#tell({ kind: "ended", path });
  }

  placing(place: () => void): void {
    const { free, placing } = PLACES;
    if (Atomics.compareExchange(this.#words, WORDS.places, free, placing) !== free) this.#awaitEnd();
    try {
      place();
    } finally {
      Atomics.store(this.#words, WORDS.places, free);
    }
  }

  /**
   * The command has come to its end, with an exit code. In Deno this thread stays until the process is gone: with it would go a software
   * adapter's libraries, and unloading them while the process exits ends it with 139, some times in a hundred.
   */
  exit(code: number): void {
    this.#tell({ kind: "exit", code });
    if (IN_DENO) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  #tell(message: ToSupervisor): void {
    parentPort!.postMessage(message);
  }

  /** The supervisor is ending the process. */
  #awaitEnd(): never {
    while (true) Atomics.wait(this.#words, WORDS.places, PLACES.ended);
  }
}
