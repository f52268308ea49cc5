import { GraphonLimitError } from "@graphon-limit/runtime";
import type { WriteWatcher } from "@graphon-limit/data";
import { exitCodeOf, type SignalName } from "./signals.ts";

/** A signal ended a command. The message is the one line that is said; the exit code is the signal's. */
export class Interrupted extends GraphonLimitError {
  override name = "Interrupted";

  constructor(readonly signal: SignalName, message = "interrupted") {
    super(message);
  }

  get exitCode(): number {
    return exitCodeOf(this.signal);
  }
}

/** How a command hears of signals, and what it has said of itself for the case that one ends it. */
export interface Interruption extends WriteWatcher {
  /** Aborted by a signal; its reason is an {@linkcode Interrupted}. */
  readonly signal: AbortSignal;
  /** Sees whether there has been a signal: for work that waits for nothing, during which no event is delivered. */
  poll(): void;
  /** What is said when a signal ends the command, in place of `interrupted`. */
  explain(line: string): void;
  /**
   * From here on, until what is returned is disposed of, the command saves what is done before a signal ends it.
   *
   * @param patience said where that takes a while
   */
  saving(patience: string | undefined): Disposable;
  /**
   * From here on, until what is returned is disposed of, the command finishes what is at hand before TERM or USR1 ends it, for so
   * many seconds; every other signal ends it as usual.
   *
   * @param patience said where that takes a while
   */
  finishing(seconds: number, patience: string | undefined): Disposable;
  /** The command made these folders, the innermost first: they are removed with it while they are empty. */
  madeFolders(folders: readonly string[]): void;
}

/** That of a command which nothing interrupts. */
export const UNINTERRUPTED: Interruption = {
  signal: new AbortController().signal,
  poll() {},
  explain() {},
  saving: () => ({ [Symbol.dispose]() {} }),
  finishing: () => ({ [Symbol.dispose]() {} }),
  madeFolders() {},
  begun() {},
  ended() {},
  placing: (place) => place(),
};
