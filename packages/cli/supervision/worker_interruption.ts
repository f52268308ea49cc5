import { Interrupted, type Interruption } from "./interruption.ts";
import { PLACES, type ToSupervisor, WORDS } from "./protocol.ts";
import { SIGNAL_NUMBERS, type SignalName } from "./signals.ts";

/** The interruption of a command that runs in a worker, under the supervision of the main thread. */
export class WorkerInterruption implements Interruption {
  readonly #controller = new AbortController();
  readonly #words: Int32Array;
  readonly #tell: (message: ToSupervisor) => void;
  #line: string | undefined;

  constructor(words: SharedArrayBuffer, tell: (message: ToSupervisor) => void) {
    this.#words = new Int32Array(words);
    this.#tell = tell;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A signal has come. */
  interrupt(signal: SignalName): void {
    if (!this.signal.aborted) this.#controller.abort(new Interrupted(signal, this.#line));
  }

  poll(): void {
    const number = Atomics.load(this.#words, WORDS.signal);
    if (number === 0) return;
    const names = Object.keys(SIGNAL_NUMBERS) as SignalName[];
    this.interrupt(names.find((name) => SIGNAL_NUMBERS[name] === number)!);
  }

  explain(line: string): void {
    this.#line = line;
    this.#tell({ kind: "explain", line });
  }

  saving(patience: string | undefined): Disposable {
    if (patience !== undefined) this.#tell({ kind: "patience", line: patience });
    Atomics.store(this.#words, WORDS.saving, 1);
    return { [Symbol.dispose]: () => void Atomics.store(this.#words, WORDS.saving, 0) };
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

  /** The supervisor is ending the process. */
  #awaitEnd(): never {
    while (true) Atomics.wait(this.#words, WORDS.places, PLACES.ended);
  }
}
