import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { Report, ReportFigure } from "./report.ts";

/**
 * Checks what a report's renderers rely on.
 *
 * @throws {InvalidArgumentError} if an id is malformed or not unique, or a table's row has not one cell a column.
 */
export function checkReport(report: Report): void {
  const ids = new Set<string>();
  const claim = (id: string, what: string) => {
    if (!/^[A-Za-z][\w-]*$/.test(id)) {
      throw new InvalidArgumentError(
        `The ${what} id ${show(id)}: expected a letter, then letters, digits, - or _`,
      );
    }
    if (ids.has(id)) throw new InvalidArgumentError(`Two parts of the report have the id ${show(id)}`);
    ids.add(id);
  };
  let figures = 0;
  for (const section of report.sections) {
    claim(section.id, "section");
    for (const figure of section.figures ?? []) claim(figureId(figure, ++figures), "figure");
    for (const { caption, columns, rows } of section.tables ?? []) {
      for (const row of rows) {
        if (row.length !== columns.length) {
          throw new InvalidArgumentError(
            `A row of the table ${show(caption)} has ${row.length} cells for ${columns.length} columns`,
          );
        }
      }
    }
  }
}

/** A figure's id: its own, or one made from its number in the report. */
export function figureId({ id }: ReportFigure, number: number): string {
  return id ?? `figure-${number}`;
}

/** The paragraphs of a plain text. */
export function paragraphs(text: string): string[] {
  return text.split(/\n\s*\n/).map((paragraph) => paragraph.trim()).filter((paragraph) => paragraph !== "");
}

/** The sign printed before each verdict, so that it does not rest on colour. */
export const verdictSigns = { "holds": "✓", "does not hold": "✗", "not decided": "?" } as const;
