import { methodLabel } from "@graphon-limit/figures";
import { LOG_EIGENVALUES_R7 } from "./paper.ts";
import { choiceTitle } from "./spectrum_choices.ts";
import type { Spectra } from "./spectra.ts";
import { logEigenvalues, metricOf } from "./spectrum_tables.ts";
import { difference, type Estimate, estimate } from "./statistics.ts";

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

/** R2 and R3: top-5 energies over methods and sparsities. */
export function energyGaps(
  id: string,
  spectra: Spectra,
  paper: Readonly<Record<string, Readonly<Record<string, number>>>>,
): PaperGap[] {
  return spectra.choices.map((choice) =>
    paperGap(
      id,
      "top-5 energy",
      choiceTitle(choice),
      spectra.methods.flatMap((method) =>
        spectra.sparsities.flatMap((sparsity): Compared[] => {
          const published = paper[method]?.[String(sparsity)];
          return published === undefined
            ? []
            : [[metricOf(spectra, method, sparsity, choice, "energy5"), published]];
        })
      ),
    )
  );
}

/** R7: logarithms of the ten largest eigenvalues above random's, each method by itself. */
export function eigenvalueGaps(spectra: Spectra): PaperGap[] {
  return spectra.methods.filter((method) => method !== "random").flatMap((method) =>
    spectra.choices.map((choice) =>
      paperGap(
        `R7, ${methodLabel(method)}`,
        "logarithm above random's",
        choiceTitle(choice),
        LOG_EIGENVALUES_R7[method].slice(0, spectra.samples).map((published, k): Compared => [
          difference(
            logEigenvalues(spectra, method, choice, k),
            logEigenvalues(spectra, "random", choice, k),
          ),
          published - LOG_EIGENVALUES_R7.random[k],
        ]),
      )
    )
  );
}

/** Losses of which the paper has the means. */
export function lossGap(
  id: string,
  choice: string,
  compared: readonly (readonly [ours: readonly number[], paper: number])[],
): PaperGap {
  return paperGap(
    id,
    "training loss",
    choice,
    compared.map(([ours, paper]): Compared => [estimate(ours), paper]),
  );
}
