import { cacheFolder, writeFileAtomically } from "@graphon-limit/data";
import type { Calibration, CalibrationStore } from "@graphon-limit/runtime";
import { readText } from "../host.ts";

/** Calibrations kept from one run to the next in `devices.json` of a folder, by what was measured. */
export class CalibrationCache implements CalibrationStore {
  readonly #folder: string | undefined;

  /** @param folder the user's cache folder unless given; where there is none, nothing is kept */
  constructor(folder?: string) {
    this.#folder = folder ?? userFolder();
  }

  /** What was measured before, or nothing: an unreadable file counts as none. */
  get(key: string): Calibration | undefined {
    const all = this.#read(),
      found = (Object.hasOwn(all, key) ? all[key] : {}) as Partial<Calibration> | null;
    if (!isTime(found?.first) || !isTime(found?.second)) return undefined;
    return { first: found.first, second: found.second };
  }

  /** Keeps a calibration. One that cannot be written is measured again the next time. */
  set(key: string, calibration: Calibration): void {
    // Infinity is not of JSON's numbers; it is found out again.
    if (this.#folder === undefined || !isTime(calibration.first)) return;
    // What is none is not kept on.
    const kept = Object.keys(this.#read()).flatMap((other) => {
      const known = this.get(other);
      return known === undefined ? [] : [[other, known] as const];
    });
    const text = JSON.stringify(Object.fromEntries([...kept, [key, calibration]]), null, 2);
    try {
      writeFileAtomically(`${this.#folder}/devices.json`, `${text}\n`);
    } catch {
      return;
    }
  }

  #read(): Record<string, unknown> {
    if (this.#folder === undefined) return {};
    try {
      const kept = JSON.parse(readText(`${this.#folder}/devices.json`));
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
