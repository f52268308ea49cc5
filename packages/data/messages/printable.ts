/**
 * What a terminal acts on or shows as nothing: control characters, ESC among them, marks that turn the direction of
 * writing or have no width, line separators, and surrogates without a partner.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Longer names are cut: the headers of files may hold megabytes of one. */
const LONGEST_NAME = 80;

/**
 * A text made safe to print on one line, whoever wrote it: names from files and of files may hold anything. Letters of
 * any script stay as they are; what a terminal would act on is shown as JavaScript would write it, `\x1b` or `\u{202e}`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { printable } from "@graphon-limit/data";
 *
 * assert.equal(printable("слой\x1b[2J\n"), "слой\\x1b[2J\\n");
 * ```
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => SHORT[character] ?? escapeOf(character.codePointAt(0) ?? 0),
  );
}

function escapeOf(code: number): string {
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}

/** A name in quotes, safe to print and cut where it is long: `"layers.0.weight"`. */
export function quoted(name: string): string {
  const letters = [...name.slice(0, 2 * (LONGEST_NAME + 1))];
  const cut = letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : name;
  return `"${printable(cut.replace(/["\\]/g, "\\$&"))}"`;
}

/** Names in quotes, at most `most` of them, then how many more there are: `"a", "b" and 3 more`. */
export function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map(quoted).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A value that came from outside, such as a field of a JSON header, in a few words whatever it is. */
export function described(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "undefined":
      return "none";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    default:
      return String(value);
  }
}
