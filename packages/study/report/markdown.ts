import { svgLabel } from "@graphon-limit/figures";
import { InvalidArgumentError, printable, show } from "@graphon-limit/runtime";
import { checkReport, figureId, paragraphs, verdictSigns } from "./check.ts";
import { columnAlign, formatCell } from "./format.ts";
import type { Report, ReportFigure, ReportSection, ReportTable } from "./report.ts";

/**
 * Renders a report as Markdown (GitHub's dialect) that links to its figures.
 *
 * @param figureFiles the path of each figure's file, by the figure's id, relative to the Markdown file.
 * @throws {InvalidArgumentError} if a figure has no file, ids are not unique, or a table is ragged.
 */
export function renderMarkdown(report: Report, figureFiles: Readonly<Record<string, string>>): string {
  checkReport(report);
  const provenance = Object.entries(report.provenance);
  const blocks = [
    `# ${escapeLine(report.title)}`,
    ...(report.subtitle === undefined ? [] : [escapeLine(report.subtitle)]),
    ...(provenance.length === 0
      ? []
      : [provenance.map(([name, value]) => `* ${escapeLine(name)}: ${escapeLine(value)}`).join("\n")]),
  ];
  let figureNumber = 0;
  let tableNumber = 0;
  for (const section of report.sections) {
    blocks.push(...sectionText(section));
    for (const figure of section.figures ?? []) {
      blocks.push(...figureBlocks(figure, ++figureNumber, figureFiles));
    }
    for (const table of section.tables ?? []) blocks.push(...tableBlocks(table, ++tableNumber));
  }
  return blocks.join("\n\n") + "\n";
}

function sectionText({ title, text = "", verdicts = [] }: ReportSection): string[] {
  const claims = verdicts.map(({ claim, verdict, detail }) =>
    `* **${verdictSigns[verdict]} ${verdict}** ${escapeLine(claim)} ${escapeLine(detail)}`
  );
  return [
    `## ${escapeLine(title)}`,
    ...paragraphs(text).map(escapeLine),
    ...(claims.length === 0 ? [] : [claims.join("\n")]),
  ];
}

function figureBlocks(
  figure: ReportFigure,
  number: number,
  files: Readonly<Record<string, string>>,
): string[] {
  const { caption, svg, alt = svgLabel(svg) ?? caption } = figure;
  const id = figureId(figure, number);
  const file = Object.hasOwn(files, id) ? files[id] : undefined;
  if (file === undefined) throw new InvalidArgumentError(`The figure ${show(id)} has no file to link to`);
  const path = encodeURI(file).replace(/[()]/g, (bracket) => bracket === "(" ? "%28" : "%29");
  return [`![${escapeLine(alt)}](${path})`, `**Figure ${number}.** ${escapeLine(caption)}`];
}

function tableBlocks({ caption, columns, rows }: ReportTable, number: number): string[] {
  const rules = { left: ":---", right: "---:", center: ":---:" };
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `**Table ${number}.** ${escapeLine(caption)}`,
    [
      line(columns.map(({ title }) => escapeLine(title))),
      line(columns.map((column, index) => rules[columnAlign(column, index, rows)])),
      ...rows.map((row) => line(row.map((cell, index) => escapeLine(formatCell(cell, columns[index]))))),
    ].join("\n"),
  ];
}

/** Plain text as one line of Markdown that shows just that text. */
function escapeLine(text: string): string {
  return printable(text.replace(/\s+/g, " ").trim())
    .replace(/&/g, "&amp;").replace(/</g, "&lt;")
    .replace(/[\\`*_[\]|~$]/g, "\\$&")
    .replace(/^(#+|[-+>]|\d+[.)])(?=\s|$)/, (start) => start.replace(/.$/, "\\$&"));
}
