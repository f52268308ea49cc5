import { sha256 } from "@graphon-limit/data";

/** What can be written as JSON and read again as it was. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** JSON with the names of objects in order, so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as { [name: string]: Json }).sort(([a], [b]) => a < b ? -1 : 1);
    return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of some text, in hexadecimal. */
export async function digestOf(text: string): Promise<string> {
  return await sha256(new TextEncoder().encode(text));
}
