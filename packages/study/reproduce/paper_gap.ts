import type { Estimate } from "../statistics/estimate.ts";

/** How far the numbers of an experiment under one choice are from the paper's. */
export interface PaperGap {
  /** What is compared: `R2`, `R7, SNIP`. */
  readonly table: string;
  /** Of what our numbers are, as the table of distances says: `top-5 energy`. */
  readonly unit: string;
  readonly choice: string;
  /** Root mean square of our means less the paper's numbers; undefined where they have no number in common. */
  readonly gap: number | undefined;
  /** What the spread of our trials alone makes of it: root mean square of the means' standard errors; NaN for one trial. */
  readonly noise: number;
}

/** A number of ours, over the trials, and the paper's. */
export type Compared = readonly [ours: Estimate, paper: number];

/** The gap of some numbers. */
export function paperGap(
  table: string,
  unit: string,
  choice: string,
  compared: readonly Compared[],
): PaperGap {
  const rootMeanSquare = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  return {
    table,
    unit,
    choice,
    gap: compared.length === 0
      ? undefined
      : rootMeanSquare(compared.map(([ours, paper]) => ours.mean - paper)),
    noise: rootMeanSquare(compared.map(([{ deviation, count }]) => deviation / Math.sqrt(count))),
  };
}
