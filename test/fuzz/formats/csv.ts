import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { numberText, oddName } from "../values.ts";

const MARKS = [",", "\n", "\r\n", "\r", '"', "'", " ", ".", "\t", ";", "\0", ",,", "\n\n", "7.0", "7.5", "-"];

/** Writes something else in place of a cell, or of what stands between cells. */
function editCell(input: Bytes, random: Random): Bytes | undefined {
  const cells = new TextDecoder().decode(input).split(/([,\n])/);
  const at = random.below(cells.length);
  const text = random.pick([numberText(random), oddName(random).slice(0, 200), random.pick(MARKS), ""]);
  return new TextEncoder().encode(cells.with(at, text).join(""));
}

/** Leaves out, moves or repeats lines. */
function editLines(input: Bytes, random: Random): Bytes | undefined {
  const lines = new TextDecoder().decode(input).split("\n"), at = random.below(lines.length);
  const edited = random.pick([
    lines.toSpliced(at, 1),
    lines.toSpliced(random.below(lines.length), 0, lines[at]),
    [...lines, ...Array.from({ length: random.pick([1, 20, 1000]) }, () => random.pick(["", " ", "\r"]))],
    lines.map((line) => random.chance(0.5) ? line : `${line},1`),
  ]);
  return new TextEncoder().encode(edited.join("\n"));
}

export const CSV: readonly Mutation[] = [editCell, editCell, editLines]
  .map((change) => ({ change, reseals: true }));

export function changedCsv(input: Bytes, random: Random): Bytes | undefined {
  return random.pick([editCell, editLines])(input, random);
}
