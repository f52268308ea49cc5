import { Worker } from "node:worker_threads";
import {
  errorsAreOnTerminal,
  exit,
  onSignal,
  parentProcess,
  PLATFORM,
  removeFile,
  removeFolder,
  variable,
  words,
} from "../host.ts";
import { type CommandData, PLACES, SAVING, type ToSupervisor, WORD_COUNT, WORDS } from "./protocol.ts";
import { ANNOUNCING, exitCodeOf, LAUNCHER, SIGNAL_NUMBERS, type SignalName, signalsOf } from "./signals.ts";

/** Milliseconds that a command has to end by itself after a signal, unless it saves what is done. */
const GRACE_MS = 400;

/** Milliseconds after which a command that saves is said to. */
const PATIENCE_MS = 1000;

/** A terminal sends Ctrl-C to every process of a group, and the launcher hands it on: a signal so soon after another is its echo. */
const ECHO_MS = 500;

/** How often it is seen to whether the launcher still lives, in milliseconds. */
const LAUNCHER_MS = 500;

/** Milliseconds that files are given to get into their places before the process is ended all the same. */
const PLACING_MS = 1000;

/** Milliseconds that the last message of a thread that is over is waited for. */
const LAST_MESSAGE_MS = 200;

/** The exit code where the command itself broke down. */
const FAILED = 1;

/**
 * Runs the command in a worker and listens for signals. The first one tells the command, which gives up or saves what is done; where it
 * computes on without looking up, and has nothing to save, the process is ended here. A second signal ends it at once. Either way no
 * temporary file remains, and files that are put in place together are all old or all new.
 *
 * @param address the worker's module
 * @returns the exit code; where the process is ended from here, that is the end
 */
export function supervise(address: URL): Promise<number> {
  return new Promise((resolve) => new Supervisor(address, resolve).start());
}

class Supervisor {
  readonly #address: URL;
  readonly #finish: (code: number) => void;
  readonly #buffer = new SharedArrayBuffer(4 * WORD_COUNT);
  readonly #words = new Int32Array(this.#buffer);
  readonly #files = new Set<string>();
  readonly #folders: string[] = [];
  #line = "interrupted";
  #patience: string | undefined;
  #firstAt: number | undefined;

  constructor(address: URL, finish: (code: number) => void) {
    this.#address = address;
    this.#finish = finish;
  }

  start(): void {
    const data: CommandData = { words: this.#buffer, address: this.#address.href };
    const worker = new Worker(this.#address, { argv: words(), workerData: data });
    worker.on("message", (message: ToSupervisor) => this.#hear(message));
    worker.on(
      "error",
      (error: unknown) => this.#brokenDown(error instanceof Error ? error.message : `${error}`),
    );
    worker.on("exit", (code: number) => this.#ended(code));
    for (const signal of signalsOf(PLATFORM)) onSignal(signal, () => this.#signalled(signal));
    if (isLaunched()) this.#watchLauncher(parentProcess());
  }

  /** Who kills the launcher means the command, which would go on alone: it is ended as where a terminal is gone. */
  #watchLauncher(launcher: number): void {
    const timer = setInterval(() => {
      if (parentProcess() === launcher) return;
      clearInterval(timer);
      this.#signalled("SIGHUP");
    }, LAUNCHER_MS);
  }

  #brokenDown(why: string): void {
    complain(`error: ${why.split("\n")[0]} (a defect of this program; please report it)`);
    void this.#end(FAILED);
  }

  /** The thread is over without a word: a module of the user's ended it, or the command waited for what never comes. */
  #ended(code: number): void {
    // Its last message may still be on its way.
    setTimeout(() => {
      if (code !== 0) void this.#end(code);
      else this.#brokenDown("the command waited for what never came");
    }, LAST_MESSAGE_MS);
  }

  #hear(message: ToSupervisor): void {
    switch (message.kind) {
      case "exit":
        return this.#finish(message.code);
      case "begun":
        return void this.#files.add(message.path);
      case "ended":
        return void this.#files.delete(message.path);
      case "folders":
        return void this.#folders.push(...message.paths);
      case "explain":
        this.#line = message.line;
        return;
      case "patience":
        this.#patience = message.line;
    }
  }

  #signalled(signal: SignalName): void {
    const now = performance.now();
    if (this.#firstAt === undefined) {
      this.#firstAt = now;
      Atomics.store(this.#words, WORDS.signal, SIGNAL_NUMBERS[signal]);
      setTimeout(() => this.#waits(signal) || void this.#interrupt(signal), GRACE_MS);
      setTimeout(() => this.#waits(signal) && this.#patience && complain(this.#patience), PATIENCE_MS);
      if (Atomics.load(this.#words, WORDS.saving) === SAVING.atHand) {
        setTimeout(() => void this.#interrupt(signal), Atomics.load(this.#words, WORDS.patience));
      }
    } else if (now - this.#firstAt > ECHO_MS) {
      void this.#interrupt(signal);
    }
  }

  /** Whether the command has something to do before a signal ends it. */
  #waits(signal: SignalName): boolean {
    const saving = Atomics.load(this.#words, WORDS.saving);
    return saving === SAVING.everything || saving === SAVING.atHand && ANNOUNCING.includes(signal);
  }

  async #interrupt(signal: SignalName): Promise<void> {
    await this.#end(exitCodeOf(signal), this.#line);
  }

  /** Ends the process, whatever the command is doing. */
  async #end(code: number, line?: string): Promise<void> {
    const { free, ended } = PLACES, until = performance.now() + PLACING_MS;
    const take = () => Atomics.compareExchange(this.#words, WORDS.places, free, ended) === free;
    let taken = take();
    // What the command has told so far is heard while this waits.
    do {
      await new Promise((resolve) => setTimeout(resolve, 5));
      taken ||= take();
    } while (!taken && performance.now() < until);
    if (taken) this.#tidy();
    if (line !== undefined) complain(line);
    exit(code);
  }

  #tidy(): void {
    for (const file of this.#files) ignoringErrors(() => removeFile(file));
    for (const folder of this.#folders) ignoringErrors(() => removeFolder(folder));
  }
}

/** Whether the launcher started this process, on a platform that gives orphans another parent. */
function isLaunched(): boolean {
  return PLATFORM !== "win32" && variable(LAUNCHER) === `${parentProcess()}`;
}

/** A line on stderr, after what a progress bar may have left; a terminal that is gone takes none. */
function complain(line: string): void {
  ignoringErrors(() => console.error(errorsAreOnTerminal() ? `\n${line}` : line));
}

/** For what cleans up: a folder with something in it stays, and what is not there need not go. */
function ignoringErrors(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}
