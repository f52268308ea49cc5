/**
 * What a terminal acts on or shows as nothing, and what XML cannot hold: control characters, ESC among them, marks that turn the
 * direction of writing or have no width, line separators, surrogates without a partner, and numbers that are no characters.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

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
 * import { printable } from "@graphon-limit/runtime";
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

/** {@linkcode printable} of a text of several lines, which stay as they are. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function escapeOf(code: number): string {
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}

/** A name safe to print, cut where it is long: for tables, figures and lines of progress. */
export function shortName(name: string): string {
  return printable(cut(name));
}

/** {@linkcode shortName} in quotes, its own quotes told from those: `"layers.0.weight"`. */
export function quoted(name: string): string {
  return `"${printable(cut(name).replace(/["\\]/g, "\\$&"))}"`;
}

/** Cut between characters. */
function cut(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const letters = [...name.slice(0, 2 * (LONGEST_NAME + 1))];
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : name;
}

/** A value as JSON on one line that a terminal may show: whoever parses it gets the value as it is. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (character) =>
      character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  );
}
