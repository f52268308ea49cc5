import {
  type Device,
  printable,
  printableJson,
  printableLines,
  type Seed,
  seedFrom,
} from "@graphon-limit/runtime";
import { chooseDevice } from "./choose_device.ts";
import type { CommonFlags } from "./common_flags.ts";
import { createProgress, type Progress } from "../terminal/progress.ts";

/** One run of a command: its device, its seed, and where it says what. Results go to stdout, all else to stderr. */
export class Session implements Disposable {
  readonly #started = performance.now();
  readonly #notices: string[] = [];

  private constructor(
    readonly flags: CommonFlags,
    /** The command's name. */
    readonly command: string,
    readonly device: Device,
    /** Why this device was taken. */
    readonly why: string,
  ) {}

  /** Opens the device and, unless told to be quiet, says which one it is. */
  static async open(flags: CommonFlags, command: string): Promise<Session> {
    const { device, why } = await chooseDevice(flags.device);
    const session = new Session(flags, command, device, why);
    session.say(`${describeDevice(device)}: ${why}`);
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

  /** What was guessed, left out or found odd so far. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** A line on stderr that says nothing of the result. */
  say(line: string): void {
    if (!this.flags.quiet) console.error(printable(line));
  }

  progress(total: number, label: string): Progress {
    return createProgress({ total, label, quiet: this.flags.quiet ?? false });
  }

  /** The command's result: one line of JSON with `--json`, with the notices there were, else text for a reader. */
  result(json: object, text: string): void {
    if (this.flags.json) console.log(printableJson({ ...json, notices: this.#notices }));
    else console.log(printableLines(text));
  }

  [Symbol.dispose](): void {
    this.device[Symbol.dispose]();
  }
}

/** A device's kind and name. */
export function describeDevice({ info }: Device): string {
  if (info.kind === "cpu") return `device: ${info.name}`;
  return `device: WebGPU, ${info.name}${info.software ? " (software adapter)" : ""}`;
}
