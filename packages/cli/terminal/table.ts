import { InvalidArgumentError, shortName } from "@graphon-limit/runtime";
import { columnAlign, formatCell, type TableCell, type TableColumn } from "@graphon-limit/study";

/**
 * Aligns a table as plain text for a console: a line of titles, a rule, a line per row; no newline at the end. Whatever is in a cell
 * takes one line, long texts cut.
 *
 * @throws {InvalidArgumentError} if a row has not one cell a column.
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
): string {
  for (const row of rows) {
    if (row.length !== columns.length) {
      throw new InvalidArgumentError(`A table's row has ${row.length} cells for ${columns.length} columns`);
    }
  }
  const texts = rows.map((row) => row.map((cell, index) => shortName(formatCell(cell, columns[index]))));
  const widths = columns.map(({ title }, index) =>
    Math.max(textLength(title), ...texts.map((row) => textLength(row[index])))
  );
  const aligns = columns.map((column, index) => columnAlign(column, index, rows));
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => padded(cell, widths[index], aligns[index])).join("  ").trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    widths.map((width) => "─".repeat(width)).join("  "),
    ...texts.map(line),
  ].join("\n");
}

function textLength(text: string): number {
  return [...text].length;
}

function padded(text: string, width: number, align: "left" | "right" | "center"): string {
  const missing = width - textLength(text);
  const before = align === "right" ? missing : align === "center" ? Math.floor(missing / 2) : 0;
  return " ".repeat(before) + text + " ".repeat(missing - before);
}
