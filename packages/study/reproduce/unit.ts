import type { Laboratory } from "./laboratory.ts";

/** What can be written as JSON and read again as it was. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A unit of work of an experiment: one network pruned, one kernel's spectrum, one run of training. Its result is a function
 * of the kind, the parameters, the seed and the data set alone, so that it can be kept under their digest and found again.
 */
export interface Unit<T extends Json = Json> {
  /** The computation, e.g. `spectrum`. A change of what it computes changes the name: `spectrum-2`. */
  readonly kind: string;
  /** Everything the result depends on, apart from the seed and the data set. */
  readonly params: { readonly [name: string]: Json };
  /** What is at hand, for the progress line. */
  readonly label: string;
  readonly compute: (lab: Laboratory) => Promise<T>;
}

/** JSON with the names of objects in order, so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as { [name: string]: Json }).sort(([a], [b]) => a < b ? -1 : 1);
    return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
