import type { TableCell, TableColumn } from "./report.ts";

/**
 * A number as text: whole numbers below a million in full, others with the given number of significant digits, in
 * scientific notation where they are very large or very small. NaN is an em dash, infinities are `∞` and `−∞`.
 */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "—";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return minus(String(value));
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) return minus(value.toExponential(digits - 1).replace("e+", "e"));
  const text = value.toPrecision(digits);
  // With more digits before the point than asked for, toPrecision turns to exponents.
  return minus(text.includes("e") ? value.toFixed(0) : text);
}

/**
 * A value with its error, both to the decimal place of the error's second significant digit: `0.476 ± 0.014`. Without
 * a usable error the value stands alone.
 */
export function formatWithError(value: number, error: number, digits = 4): string {
  if (!Number.isFinite(value) || !Number.isFinite(error) || error <= 0) return formatNumber(value, digits);
  if (error < 1e-6 || Math.max(Math.abs(value), error) >= 1e6) {
    return `${formatNumber(value, digits)} ± ${formatNumber(error, 2)}`;
  }
  const places = Math.min(20, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return `${minus(value.toFixed(places))} ± ${error.toFixed(places)}`;
}

/** A table's cell as text. */
export function formatCell(cell: TableCell, column: TableColumn): string {
  return typeof cell === "number" ? formatNumber(cell, column.digits) : cell;
}

/** How a column is aligned: as it says, else right if all its cells are numbers. */
export function columnAlign(
  column: TableColumn,
  index: number,
  rows: readonly (readonly TableCell[])[],
): "left" | "right" | "center" {
  if (column.align !== undefined) return column.align;
  return rows.length > 0 && rows.every((row) => typeof row[index] === "number") ? "right" : "left";
}

function minus(text: string): string {
  return text.replace(/-/g, "−");
}
