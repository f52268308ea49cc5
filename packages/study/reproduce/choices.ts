import type { ReportSection, ReportTable } from "../report/report.ts";
import type { PaperGap } from "./paper_gap.ts";

/** Which of the choices that the paper does not state meet its numbers: tables of distances, and what follows from them. */
export function choicesSection(gaps: readonly PaperGap[]): ReportSection {
  // Kernels and training have choices of their own: a table for each set.
  const groups = new Map<string, PaperGap[]>();
  for (const table of distinct(gaps.map(({ table }) => table))) {
    const own = gaps.filter((gap) => gap.table === table);
    const key = own.map(({ choice }) => choice).join("|");
    groups.set(key, [...(groups.get(key) ?? []), ...own]);
  }
  const sets = [...groups.values()];
  return {
    id: "choices",
    title: "Which choices meet the paper's numbers?",
    text:
      "Root mean square of our means less the paper's numbers, and in brackets what the spread of our trials alone makes of it; " +
      "the least of each column is marked. Logarithms of eigenvalues are taken above random pruning's, since a common factor " +
      `of all kernels means nothing.\n\n${
        sets.map((set) => `${nearest(set)}\n\n${conclusion(set)}`.trim()).join("\n\n")
      }`,
    tables: sets.map(gapTable),
  };
}

function gapTable(gaps: readonly PaperGap[]): ReportTable {
  const tables = distinct(gaps.map(({ table }) => table)),
    choices = distinct(gaps.map(({ choice }) => choice));
  const least = new Map(tables.map((table) => [table, leastOf(gaps.filter((gap) => gap.table === table))]));
  return {
    caption: `Distance to the paper's numbers by choice: ${
      tables.map((table) => `${table}, ${gaps.find((gap) => gap.table === table)!.unit}`).join("; ")
    }.`,
    columns: [{ title: "choice" }, ...tables.map((title) => ({ title, align: "right" as const }))],
    rows: choices.map((choice) => [
      choice,
      ...tables.map((table) => {
        const found = gaps.find((gap) => gap.table === table && gap.choice === choice);
        if (found?.gap === undefined) return "—";
        const noise = Number.isFinite(found.noise) ? ` (${found.noise.toFixed(3)})` : "";
        return `${found === least.get(table) ? "▸ " : ""}${found.gap.toFixed(3)}${noise}`;
      }),
    ]),
  };
}

/** Which choice is nearest in each table, and by how much the next one is further. */
function nearest(gaps: readonly PaperGap[]): string {
  return distinct(gaps.map(({ table }) => table)).flatMap((table) => {
    const own = gaps.filter((gap) => gap.table === table && gap.gap !== undefined)
      .sort((a, b) => a.gap! - b.gap!);
    if (own.length < 2) return [];
    const [first, second] = own;
    return [
      `${table}: nearest is “${first.choice}” at ${first.gap!.toFixed(3)}, then “${second.choice}” at ${
        second.gap!.toFixed(3)
      }.`,
    ];
  }).join(" ");
}

/** A choice's gap in a table, where it has one. */
type Known = PaperGap & { readonly gap: number };

function knownIn(gaps: readonly PaperGap[], table: string): Known[] {
  return gaps.filter((gap): gap is Known => gap.table === table && gap.gap !== undefined)
    .sort((a, b) => a.gap - b.gap);
}

/** The choices of a table that cannot be told from its nearest by the spread of the trials. */
function asNear([first, ...others]: readonly Known[]): string[] {
  const near = others.filter(({ gap, noise }) => gap - first.gap <= 2 * Math.hypot(noise, first.noise));
  return [first, ...near].map(({ choice }) => choice);
}

/** Which choice the paper most probably made, how much further the others are, and what it does not explain either. */
function conclusion(gaps: readonly PaperGap[]): string {
  const tables = distinct(gaps.map(({ table }) => table)).filter((table) => knownIn(gaps, table).length > 1);
  if (tables.length === 0) return "";
  const met = new Map(tables.map((table) => [table, asNear(knownIn(gaps, table))]));
  const count = (choice: string) => tables.filter((table) => met.get(table)!.includes(choice)).length;
  const choices = distinct(gaps.map(({ choice }) => choice));
  const most = Math.max(...choices.map(count));
  const best = choices.filter((choice) => count(choice) === most);
  const all = most === tables.length;
  const missed = tables.filter((table) => !met.get(table)!.some((choice) => best.includes(choice)));
  return [
    all
      ? `Most probably the paper's choice is ${list(best, "or")}: nearest in ${
        places(tables)
      }, or as near as twice the ` +
        `trials' joint error can tell.${margins(gaps, tables, best)}`
      : `No choice is nearest everywhere: ${list(best, "or")} ${
        best.length > 1 ? "are" : "is"
      } so in ${most} of ${tables.length} ` +
        `tables, by twice the trials' joint error, and most probably the paper's.${
          margins(gaps, tables.filter((table) => !missed.includes(table)), best)
        }`,
    ...missed.map((table) => {
      const [first, ...others] = knownIn(gaps, table),
        own = others.find(({ choice }) => best.includes(choice));
      return `${table} speaks against it: “${first.choice}” is ${first.gap.toFixed(3)} off` +
        `${own ? `, it ${own.gap.toFixed(3)}` : ""}.`;
    }),
    ...unexplained(gaps, tables),
  ].join(" ");
}

/** How many times as far the nearest choice is that the spread of the trials rules out, table by table. */
function margins(gaps: readonly PaperGap[], tables: readonly string[], best: readonly string[]): string {
  const ratios = tables.flatMap((table) => {
    const known = knownIn(gaps, table), near = asNear(known);
    const next = known.find(({ choice }) => !near.includes(choice) && !best.includes(choice));
    return next ? [next.gap / known[0].gap] : [];
  });
  if (ratios.length === 0) return " None of the others is ruled out.";
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(1));
  return ` The first that this rules out is ${low === high ? low : `${low} to ${high}`} times as far` +
    `${ratios.length < tables.length ? `, in ${ratios.length} of ${tables.length}` : ""}.`;
}

/** What no choice explains: tables of which even the nearest is off by more than the trials' spread makes of it. */
function unexplained(gaps: readonly PaperGap[], tables: readonly string[]): string[] {
  const off = tables.map((table) => knownIn(gaps, table)[0]).filter(({ gap, noise }) => gap > 2 * noise);
  if (off.length === 0) return [];
  return [
    `Unexplained by any: ${
      off.map(({ table, gap, noise }) =>
        `${table} is ${gap.toFixed(3)} off at the nearest, where our trials' spread makes ${noise.toFixed(3)}`
      ).join("; ")
    }.`,
  ];
}

function leastOf(gaps: readonly PaperGap[]): PaperGap | undefined {
  return gaps.filter(({ gap }) => gap !== undefined).sort((a, b) => a.gap! - b.gap!)[0];
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function list(names: readonly string[], last: "and" | "or"): string {
  const quoted = names.map((name) => `“${name}”`);
  return quoted.length < 2
    ? quoted.join("")
    : `${quoted.slice(0, -1).join(", ")} ${last} ${quoted[quoted.length - 1]}`;
}

function places(tables: readonly string[]): string {
  return tables.length === 1 ? tables[0] : `all ${tables.length} tables`;
}
