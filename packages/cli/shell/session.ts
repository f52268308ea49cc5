import { type Device, type DeviceKind, type Seed, seedFrom } from "@graphon-limit/runtime";
import { chooseDevice } from "./choose_device.ts";
import { createProgress, type Progress } from "../terminal/progress.ts";

/** The flags that every command takes. */
export interface CommonFlags {
  readonly device: DeviceKind;
  readonly seed: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** One run of a command: its device, its seed, and where it says what. Results go to stdout, all else to stderr. */
export class Session implements Disposable {
  readonly #started = performance.now();

  private constructor(
    readonly flags: CommonFlags,
    readonly device: Device,
    /** Why this device was taken. */
    readonly why: string,
  ) {}

  /** Opens the device and, unless told to be quiet, says which one it is. */
  static async open(flags: CommonFlags): Promise<Session> {
    const { device, why } = await chooseDevice(flags.device);
    const session = new Session(flags, device, why);
    session.notice(`${describeDevice(device)}: ${why}`);
    return session;
  }

  get seed(): Seed {
    return seedFrom(this.flags.seed);
  }

  /** Seconds since the session was opened, to the millisecond. */
  get seconds(): number {
    return Math.round(performance.now() - this.#started) / 1000;
  }

  /** A line for the user on stderr. */
  notice = (line: string): void => {
    if (!this.flags.quiet) console.error(line);
  };

  progress(total: number, label: string): Progress {
    return createProgress({ total, label, quiet: this.flags.quiet ?? false });
  }

  /** The command's result: one line of JSON with `--json`, else text for a reader. */
  result(json: unknown, text: string): void {
    if (this.flags.json) console.log(JSON.stringify(json));
    else console.log(text);
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
