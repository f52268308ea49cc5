import { formatNumber } from "./case.ts";
import type { Ceiling } from "./ceiling.ts";
import type { Timing } from "./measure.ts";
import { LOW, reasonOf } from "./op_reasons.ts";

/** One line of the table of ops: times, or a note where there are none. */
export interface OpRow {
  readonly op: string;
  readonly size: string;
  readonly memory: string;
  readonly timing?: Timing;
  readonly rate?: string;
  /** Of the ceiling. */
  readonly fraction?: string;
  readonly note?: string;
}

/** The ops on one device. */
export interface OpTable {
  readonly device: string;
  /** Whether it is a GPU, of whose low rates there is more to say than that a program on the CPU has launches. */
  readonly hardware: boolean;
  readonly ceiling: Ceiling;
  readonly overhead: number;
  readonly rows: readonly OpRow[];
}

const HEADINGS = ["op", "size", "memory", "median", "fastest", "rate", "of ceiling", "batches"];

function cellsOf({ op, size, memory, timing, rate, fraction, note }: OpRow): string[] {
  if (!timing) return [op, size, memory, note ?? "", "", "", "", ""];
  const { median, fastest, samples, runs } = timing;
  const times = [formatTime(median), formatTime(fastest)];
  return [op, size, memory, ...times, rate ?? "–", fraction ?? "–", `${samples}×${runs}`];
}

/** A row as it is printed, or the headings: two columns of text, to the left; the others, numbers, to the right. */
export function textLine(row?: OpRow): string {
  const widths = [24, 36, 10, 11, 11, 15, 10, 10];
  return (row ? cellsOf(row) : HEADINGS)
    .map((cell, i) => i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join(" ").trimEnd();
}

/** The tables as Markdown. */
export function markdownTables(tables: readonly OpTable[]): string {
  return tables.map(({ device, hardware, ceiling, overhead, rows }) =>
    [
      `## Ops on ${device}`,
      "",
      `The ceiling, measured in the same run: ${ceiling.text}. Above 100 % of it the matrices lay in a cache, ` +
      `or a masked product skipped what the mask removes, which its rate counts all the same. ` +
      `Submitting and waiting alone takes ${formatTime(overhead)}; a time is a batch's over its runs.`,
      "",
      `| ${HEADINGS.join(" | ")} |`,
      `| --- | --- |${" ---: |".repeat(HEADINGS.length - 2)}`,
      ...rows.map((row) => `| ${cellsOf(row).join(" | ")} |`),
      "",
      ...(hardware ? reasonsOf(rows) : []),
    ].join("\n")
  ).join("\n");
}

/** Why those ops are slow that stay below a fraction of the ceiling at the largest size they were measured at. */
function reasonsOf(rows: readonly OpRow[]): string[] {
  const largest = new Map(rows.filter(({ timing }) => timing).map((row) => [row.op, row]));
  const low = [...largest.values()].filter(({ fraction }) => parseFloat(fraction ?? "") < 100 * LOW);
  if (low.length === 0) return [];
  return [
    `Below ${100 * LOW} % of the ceiling at their largest size, and why:`,
    "",
    ...low.map(({ op, timing }) => `- ${reasonOf(op, timing!.median)}`),
    "",
  ];
}

/** `12.3 ms`. */
export function formatTime(milliseconds: number): string {
  return `${formatNumber(milliseconds)} ms`;
}
