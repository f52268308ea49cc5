import { writeFileAtomically } from "@graphon-limit/data";
import { join } from "node:path";
import { canonicalJson, type Json, type Unit } from "./unit.ts";

/** The layout of a unit's file; a file of another is computed anew. */
const FORMAT = 1;

/** A finished unit, as its file holds it. */
export interface UnitRecord {
  readonly format: number;
  readonly kind: string;
  readonly params: Json;
  /** Seconds the computation took, and on which device. */
  readonly seconds: number;
  readonly device: string;
  readonly result: Json;
}

/**
 * Finished units of work in a folder, each a file named by the digest of what it is the result of. A file is written
 * whole or not at all, so a killed run leaves only units that are done; those of any earlier run are found again, whatever
 * else that run computed.
 */
export class UnitStore {
  /**
   * @param folder where the files are; made when the first one is written
   * @param origin what all results depend on beside their unit's own parameters: seed and data set
   */
  constructor(readonly folder: string, readonly origin: { readonly [name: string]: Json }) {}

  /** The finished unit, if there is one. A file that cannot be read as one counts as none. */
  async find(unit: Unit): Promise<UnitRecord | undefined> {
    let record: UnitRecord;
    try {
      record = JSON.parse(await Deno.readTextFile(this.#path(await this.#name(unit))));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
      throw error;
    }
    if (record?.format !== FORMAT || record.kind !== unit.kind || record.result === undefined) {
      return undefined;
    }
    return record;
  }

  /** Keeps a unit's result. */
  async add(unit: Unit, result: Json, seconds: number, device: string): Promise<UnitRecord> {
    const name = await this.#name(unit);
    const { kind, params } = unit;
    const record = { format: FORMAT, kind, params: { ...params, ...this.origin }, seconds, device, result };
    writeFileAtomically(this.#path(name), JSON.stringify(record) + "\n");
    return record;
  }

  #path(name: string): string {
    return join(this.folder, name.slice(0, 2), `${name}.json`);
  }

  async #name({ kind, params }: Unit): Promise<string> {
    const text = canonicalJson({ format: FORMAT, kind, params, origin: this.origin });
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
