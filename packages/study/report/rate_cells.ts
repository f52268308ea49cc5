import type { WidthRate } from "../statistics/width_rate.ts";
import type { TableCell } from "./report.ts";

/** A rate as tables have it: α with the fit's standard error, and how many widths it went through. */
export function rateCells({ exponent, standardError, widths }: WidthRate): TableCell[] {
  const error = standardError === undefined ? "" : ` ± ${standardError.toFixed(2)}`;
  return [`${exponent.toFixed(2)}${error}`, widths];
}
