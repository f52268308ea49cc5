import { type Device, type DeviceKind, openDevice, type Seed, seedFrom } from "@graphon-limit/runtime";
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

  private constructor(readonly flags: CommonFlags, readonly device: Device) {}

  /** Opens the device and, unless told to be quiet, says which one it is. */
  static async open(flags: CommonFlags): Promise<Session> {
    const session = new Session(flags, await openDevice({ kind: flags.device }));
    session.notice(describeDevice(session.device, flags.device));
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

/** One line that says which device runs and why. */
export function describeDevice({ info }: Device, wanted: DeviceKind): string {
  if (info.kind === "webgpu") {
    return `device: WebGPU, ${info.name}${info.software ? " (software adapter)" : ""}`;
  }
  return wanted === "cpu" ? "device: CPU" : "device: CPU (no WebGPU adapter answers; see `doctor`)";
}
