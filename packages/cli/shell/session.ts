import {
  type Device,
  heedSignal,
  printable,
  printableJson,
  printableLines,
  type Seed,
  seedFrom,
} from "@graphon-limit/runtime";
import type { Interruption } from "../supervision/interruption.ts";
import { chooseDevice } from "./choose_device.ts";
import type { CommonFlags, DeviceFlags } from "./common_flags.ts";
import type { ParsedLine } from "./flags.ts";
import { print } from "../terminal/print.ts";
import { createProgress, type Progress } from "../terminal/progress.ts";

/** One run of a command: its device, its seed, and where it says what. Results go to stdout, all else to stderr. */
export class Session implements Disposable {
  readonly #started = performance.now();
  readonly #notices: string[] = [];

  private constructor(
    readonly flags: CommonFlags,
    /** The names of the flags that were given, the command's own among them. */
    readonly given: ReadonlySet<string>,
    /** The command's name. */
    readonly command: string,
    readonly device: Device,
    /** Why this device was taken. */
    readonly why: string,
    /** By what signals are heard. */
    readonly interruption: Interruption,
  ) {}

  /** Opens the device and, unless told to be quiet, says which one it is; the simplest, and says nothing, for an idle command. */
  static async open(
    { values, given }: ParsedLine,
    { name, idle = false }: { readonly name: string; readonly idle?: boolean },
    interruption: Interruption,
  ): Promise<Session> {
    // The set that was parsed holds the common flags.
    const flags = values as CommonFlags;
    const { device, why } = await chooseDevice(idle ? IDLE : flags);
    const session = new Session(flags, given, name, device, why, interruption);
    if (!idle) session.say(`${describeDevice(device)}: ${why}`);
    return session;
  }

  get seed(): Seed {
    return seedFrom(this.flags.seed);
  }

  /** Seconds since the session was opened, to the millisecond. */
  get seconds(): number {
    return Math.round(performance.now() - this.#started) / 1000;
  }

  /** What was guessed, left out or found odd: a line on stderr, and part of the result in JSON, also where nothing is shown. */
  notice = (said: string): void => {
    const line = printable(said);
    if (!this.#notices.includes(line)) this.#notices.push(line);
    this.say(line);
  };

  /** A notice that is shown also where one was told to be quiet: the result is there, and worth little. */
  warn = (line: string): void => {
    if (!this.#notices.includes(line)) this.#notices.push(line);
    console.error(line);
  };

  /** What was guessed, left out or found odd so far. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** A line on stderr that says nothing of the result. */
  say(line: string): void {
    if (!this.flags.quiet) console.error(printable(line));
  }

  /** Aborted when a signal is to end the command: for long calls, which then reject with its reason. */
  get signal(): AbortSignal {
    return this.interruption.signal;
  }

  /** Lets a signal be heard, and throws where there has been one: between two parts of what is no long call. */
  heed(): Promise<void> {
    return heedSignal(this);
  }

  /**
   * From here on, until what is returned is disposed of, a signal waits until the command has saved what is done.
   *
   * @param patience said, unless told to be quiet, where that takes a while
   */
  saving(patience: string): Disposable {
    return this.interruption.saving(this.flags.quiet ? undefined : patience);
  }

  /**
   * From here on, until what is returned is disposed of, TERM and USR1 wait until the command has finished what is at hand, at most
   * so many seconds.
   */
  finishing(seconds: number, patience: string): Disposable {
    return this.interruption.finishing(seconds, this.flags.quiet ? undefined : patience);
  }

  /** Shows how far some work has got; telling it lets a signal be heard, too. */
  progress(total: number, label: string): Progress {
    const progress = createProgress({ total, label, quiet: this.flags.quiet ?? false });
    return {
      ...progress,
      update: (done, note) => {
        progress.update(done, note);
        this.interruption.poll();
      },
    };
  }

  /** The command's result: one line of JSON with `--json`, with the notices there were, else text for a reader. */
  result(json: object, text: string): void {
    print(this.flags.json ? printableJson({ ...json, notices: this.#notices }) : printableLines(text));
  }

  [Symbol.dispose](): void {
    this.device[Symbol.dispose]();
  }
}

/** The simplest device. */
const IDLE: DeviceFlags = { device: "cpu", backend: "auto" };

/** A device's kind and name. */
export function describeDevice({ info }: Device): string {
  if (info.kind === "cpu") return `device: ${info.name}`;
  const marks = [
    ...(info.software ? ["software adapter"] : []),
    ...(info.backend === "dawn" ? ["through Dawn"] : []),
  ];
  return `device: WebGPU, ${info.name}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}`;
}
