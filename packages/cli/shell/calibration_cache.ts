import { cacheFolder, writeFileAtomically } from "@graphon-limit/data";

/** How long the sample job took on two devices, in milliseconds. */
export interface Calibration {
  readonly adapter: number;
  readonly cpu: number;
}

/** Calibrations kept from one run to the next in `devices.json` of a folder, by what was measured. */
export class CalibrationCache {
  readonly #folder: string | undefined;

  /** @param folder the user's cache folder unless given; where there is none, nothing is kept */
  constructor(folder?: string) {
    this.#folder = folder ?? userFolder();
  }

  /** What was measured before, or nothing: an unreadable file counts as none. */
  get(key: string): Calibration | undefined {
    const found = this.#read()[key] as Partial<Calibration> | undefined;
    if (!isTime(found?.adapter) || !isTime(found?.cpu)) return undefined;
    return { adapter: found.adapter, cpu: found.cpu };
  }

  /** Keeps a calibration. One that cannot be written is measured again the next time. */
  set(key: string, calibration: Calibration): void {
    if (this.#folder === undefined) return;
    const text = JSON.stringify({ ...this.#read(), [key]: calibration }, null, 2);
    try {
      writeFileAtomically(`${this.#folder}/devices.json`, `${text}\n`);
    } catch {
      return;
    }
  }

  #read(): Record<string, unknown> {
    if (this.#folder === undefined) return {};
    try {
      const kept = JSON.parse(Deno.readTextFileSync(`${this.#folder}/devices.json`));
      return typeof kept === "object" && kept !== null ? kept : {};
    } catch {
      return {};
    }
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < Infinity;
}

/** The user's cache folder; undefined where the program may not ask for it. */
function userFolder(): string | undefined {
  try {
    return cacheFolder();
  } catch {
    return undefined;
  }
}
