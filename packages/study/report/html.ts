import { createHash } from "node:crypto";
import {
  checkSelfContained,
  escapeMarkup,
  prefixIds,
  setRootAttributes,
  svgLabel,
  svgSize,
} from "@graphon-limit/figures";
import { printableLines } from "@graphon-limit/runtime";
import { checkReport, figureId, paragraphs, verdictSigns } from "./check.ts";
import { figureScript } from "./figure_script.ts";
import { columnAlign, formatCell } from "./format.ts";
import type { Report, ReportFigure, ReportSection, ReportTable, ReportVerdict } from "./report.ts";
import { styleSheet } from "./style.ts";

/** What the page's Content-Security-Policy knows its script by. */
const SCRIPT_DIGEST = `sha256-${createHash("sha256").update(figureScript).digest("base64")}`;

/** Figures and tables are numbered through the whole report. */
interface Numbering {
  figures: number;
  tables: number;
}

/**
 * Renders a report as one HTML file that loads nothing: its figures are inline, its fonts the reader's. It follows the
 * reader's choice of light or dark, and prints on white. Where a script may run, its figures can be downloaded and say the value
 * under the pointer; no other script than this one may.
 *
 * @throws {InvalidArgumentError} if ids are not unique, a table is ragged, or a figure would run or load something.
 */
export function renderReport(report: Report): string {
  checkReport(report);
  const { title, subtitle, provenance, sections } = report;
  const numbering: Numbering = { figures: 0, tables: 0 };
  return printableLines(`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${SCRIPT_DIGEST}'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(title)}</h1>
${subtitle === undefined ? "" : `<p class="subtitle">${escapeMarkup(subtitle)}</p>`}
${renderProvenance(provenance)}
</header>
${sections.length > 3 ? renderContents(sections) : ""}
<main>
${sections.map((section) => renderSection(section, numbering)).join("\n")}
</main>
${numbering.figures > 0 ? `<script>${figureScript}</script>` : ""}
</body>
</html>
`);
}

function renderProvenance(provenance: Report["provenance"]): string {
  const entries = Object.entries(provenance);
  if (entries.length === 0) return "";
  const items = entries.map(([name, value]) =>
    `<div><dt>${escapeMarkup(name)}</dt><dd>${keepWhole(value)}</dd></div>`
  );
  return `<dl class="provenance">${items.join("")}</dl>`;
}

/** Escapes text and keeps its short hyphenated words (`--quick`, dates) from being broken at the hyphens. */
function keepWhole(text: string): string {
  return text.split(/(\s+)/).map((word) => {
    const escaped = escapeMarkup(word);
    return word.includes("-") && word.length <= 24 ? `<span class="whole">${escaped}</span>` : escaped;
  }).join("");
}

function renderContents(sections: readonly ReportSection[]): string {
  const items = sections.map(({ id, title }) => `<li><a href="#${id}">${escapeMarkup(title)}</a></li>`);
  return `<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>${items.join("")}</ol></nav>`;
}

function renderSection(section: ReportSection, numbering: Numbering): string {
  const { id, title, text = "", verdicts = [], figures = [], tables = [] } = section;
  return [
    `<section id="${id}" aria-labelledby="${id}-title">`,
    `<h2 id="${id}-title">${escapeMarkup(title)}</h2>`,
    ...paragraphs(text).map((paragraph) => `<p>${escapeMarkup(paragraph)}</p>`),
    ...(verdicts.length === 0 ? [] : [`<ul class="verdicts">${verdicts.map(renderVerdict).join("")}</ul>`]),
    ...figures.map((figure) => renderFigure(figure, ++numbering.figures)),
    ...tables.map((table) => renderTable(table, ++numbering.tables)),
    `</section>`,
  ].join("\n");
}

function renderVerdict({ claim, verdict, detail }: ReportVerdict): string {
  return `<li class="${verdict.replaceAll(" ", "-")}"><p><strong><span aria-hidden="true">${
    verdictSigns[verdict]
  }</span> ` +
    `${verdict}</strong> ${escapeMarkup(claim)}</p><p class="detail">${escapeMarkup(detail)}</p></li>`;
}

function renderFigure(figure: ReportFigure, number: number): string {
  const { svg, caption, alt } = figure;
  const id = figureId(figure, number);
  checkSelfContained(svg);
  const size = svgSize(svg);
  const inline = setRootAttributes(prefixIds(svg.trim(), `${id}-`), {
    role: "img",
    "aria-label": alt ?? svgLabel(svg) ?? caption,
    // A wide figure shrinks with the page only as far as its text stays legible; then its frame scrolls.
    ...(size === undefined ? {} : { style: `--figure-width:${Math.ceil(size.width)}px` }),
  });
  return `<figure id="${id}"><div class="scroll" tabindex="0" role="group" aria-label="Figure ${number}">${inline}</div>` +
    `<figcaption><b>Figure ${number}.</b> ${escapeMarkup(caption)}</figcaption></figure>`;
}

function renderTable({ caption, columns, rows }: ReportTable, number: number): string {
  const aligns = columns.map((column, index) => columnAlign(column, index, rows));
  const texts = rows.map((row) => row.map((cell, index) => formatCell(cell, columns[index])));
  const head = columns.map(({ title }, index) =>
    `<th scope="col" class="${aligns[index]}">${escapeMarkup(title)}</th>`
  );
  const body = texts.map((row) => {
    const cells = row.map((text, index) =>
      index === 0
        ? `<th scope="row" class="${aligns[index]}">${escapeMarkup(text)}</th>`
        : `<td class="${aligns[index]}">${escapeMarkup(text)}</td>`
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  // The caption stands outside what scrolls: it is as wide as the page, not as the table.
  const id = `table-${number}-caption`;
  return `<div class="table"><p class="caption" id="${id}"><b>Table ${number}.</b> ${
    escapeMarkup(caption)
  }</p>` +
    `<div class="scroll" tabindex="0" role="group" aria-label="Table ${number}">` +
    `<table aria-labelledby="${id}" style="--table-ems:${
      tableEms(columns.map(({ title }) => title), texts)
    }">` +
    `<thead><tr>${head.join("")}</tr></thead><tbody>${body.join("\n")}</tbody></table></div></div>`;
}

/** About how wide a table is, titles broken between words, in units of its font size; in print a wide one is set small enough. */
function tableEms(titles: readonly string[], rows: readonly (readonly string[])[]): number {
  const characters = titles.map((title, index) =>
    Math.max(...title.split(" ").map((word) => word.length), ...rows.map((row) => row[index].length))
  );
  return Math.ceil(characters.reduce((sum, count) => sum + 0.65 * count + 1, 0));
}
