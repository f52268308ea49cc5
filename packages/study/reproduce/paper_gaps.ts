import { methodLabel } from "../method_styles.ts";
import { BASELINE, LOG_EIGENVALUES_R7 } from "./paper.ts";
import { type Compared, type PaperGap, paperGap } from "./paper_gap.ts";
import { choiceTitle } from "./spectrum_choices.ts";
import type { Spectra } from "./spectra.ts";
import { logEigenvalues, metricOf } from "./spectrum_tables.ts";
import { difference, estimate } from "../statistics/estimate.ts";

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
  return spectra.methods.filter((method) => method !== BASELINE).flatMap((method) =>
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
