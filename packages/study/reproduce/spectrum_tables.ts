import { linePlot, type PlotSeries } from "@graphon-limit/figures";
import { methodLabel } from "../method_styles.ts";
import type { ReportTable } from "../report/report.ts";
import type { ExperimentFigure } from "./experiment.ts";
import { LOG_EIGENVALUES_R7 } from "./paper.ts";
import type { Spectra } from "./spectra.ts";
import { choiceTitle, initialiserTitle, type KernelChoice } from "./spectrum_choices.ts";
import type { ShiftResult } from "../kinds/magnitude_shift.ts";
import { percent } from "../kinds/network.ts";
import { difference, type Estimate, estimate, lineThrough, withDeviation } from "../statistics/estimate.ts";
import type { Initialiser } from "@graphon-limit/model";

/** The numbers of a spectrum that are shown, and their names. */
const metrics = {
  decayRate: "decay rate",
  effectiveRank: "effective rank",
  spectralGap: "spectral gap",
  energy5: "top-5 energy",
  energy10: "top-10 energy",
} as const;

export type Metric = keyof typeof metrics;

/** A metric over the trials. */
export function metricOf(
  spectra: Spectra,
  method: string,
  sparsity: number,
  choice: KernelChoice,
  metric: Metric,
): Estimate {
  return estimate(spectra.of(method, sparsity, choice).map((result) => result[metric]));
}

/** A metric against sparsity, a panel for each choice, a band of one deviation. */
export function metricFigure(spectra: Spectra, metric: Metric): ExperimentFigure {
  const series = spectra.choices.flatMap((choice) =>
    spectra.methods.map((method): PlotSeries => ({
      name: method,
      panel: choiceTitle(choice),
      x: spectra.sparsities,
      ...lineThrough(
        spectra.sparsities.map((sparsity) => metricOf(spectra, method, sparsity, choice, metric)),
      ),
    }))
  );
  return {
    name: metric.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    spec: linePlot({
      series,
      xLabel: "sparsity",
      yLabel: metrics[metric],
      xFormat: ".0%",
      xTicks: spectra.sparsities,
      width: 250,
      height: 170,
    }),
    caption: `The ${
      metrics[metric]
    } against sparsity; bands are one deviation over ${spectra.trials} trials.`,
  };
}

/** Whose numbers a table shows by method and sparsity. */
type Published = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A metric's table: a line for each method and choice, the paper's line above them where it has one. */
export function metricTable(
  spectra: Spectra,
  metric: Metric,
  digits: number,
  paper?: Published,
): ReportTable {
  const rows = spectra.methods.flatMap((method) => [
    ...(paper
      ? [[
        methodLabel(method),
        "the paper",
        ...spectra.sparsities.map((sparsity) => paper[method]?.[String(sparsity)]?.toFixed(4) ?? "—"),
      ]]
      : []),
    ...spectra.choices.map((choice) => [
      methodLabel(method),
      choiceTitle(choice),
      ...spectra.sparsities.map((sparsity) =>
        withDeviation(metricOf(spectra, method, sparsity, choice, metric), digits)
      ),
    ]),
  ]);
  const name = metrics[metric];
  return {
    caption:
      `${name[0].toUpperCase()}${name.slice(1)}, ${spectra.samples} samples × width ${spectra.width}: ` +
      `mean ± deviation over ${spectra.trials} trials.`,
    columns: [
      { title: "method" },
      { title: "masks of · kernel of" },
      ...spectra.sparsities.map((sparsity) => ({ title: percent(sparsity), align: "right" as const })),
    ],
    rows,
  };
}

/** The places of the largest eigenvalues, from 0. */
function placesOf({ samples }: Spectra): number[] {
  return Array.from({ length: Math.min(10, samples) }, (_, k) => k);
}

const eigenvalueColumns = (places: readonly number[]) =>
  places.map((k) => ({ title: String(k + 1), align: "right" as const }));

/** Natural logarithms of one eigenvalue, trial by trial. */
export function logEigenvalues(
  spectra: Spectra,
  method: string,
  choice: KernelChoice,
  place: number,
): number[] {
  const [sparsity] = spectra.sparsities;
  return spectra.of(method, sparsity, choice).map(({ eigenvalues }) => Math.log(eigenvalues[place]));
}

/** R7's table: the logarithms of the ten largest eigenvalues. */
export function eigenvalueTable(spectra: Spectra): ReportTable {
  const places = placesOf(spectra);
  const rows = spectra.methods.flatMap((method) => [
    [
      methodLabel(method),
      "the paper",
      ...places.map((k) => LOG_EIGENVALUES_R7[method]?.[k]?.toFixed(2) ?? "—"),
    ],
    ...spectra.choices.map((choice) => [
      methodLabel(method),
      choiceTitle(choice),
      ...places.map((k) => estimate(logEigenvalues(spectra, method, choice, k)).mean.toFixed(2)),
    ]),
  ]);
  return {
    caption: `Natural logarithms of the largest eigenvalues at ${
      percent(spectra.sparsities[0])
    }, ${spectra.samples} samples × width ${spectra.width}, mean over ${spectra.trials} trials.`,
    columns: [{ title: "method" }, { title: "masks of · kernel of" }, ...eigenvalueColumns(places)],
    rows,
  };
}

/** R7's figure. */
export function eigenvalueFigure(spectra: Spectra): ExperimentFigure {
  const places = placesOf(spectra);
  return {
    name: "log-eigenvalues",
    spec: linePlot({
      series: spectra.choices.flatMap((choice) =>
        spectra.methods.map((method): PlotSeries => ({
          name: method,
          panel: choiceTitle(choice),
          x: places.map((k) => k + 1),
          ...lineThrough(places.map((k) => estimate(logEigenvalues(spectra, method, choice, k)))),
        }))
      ),
      xLabel: "eigenvalue",
      yLabel: "natural logarithm",
      width: 250,
      height: 170,
    }),
    caption: `Logarithms of the ten largest eigenvalues at ${
      percent(spectra.sparsities[0])
    }; bands are one deviation.`,
  };
}

/** How far a method's logarithms lie above random's: the paper's, as measured, and as the limit predicts where it does. */
export function shiftTable(
  spectra: Spectra,
  method: string,
  predicted: readonly { readonly initialiser: Initialiser; readonly result: ShiftResult }[],
): ReportTable {
  const places = placesOf(spectra);
  const published = LOG_EIGENVALUES_R7;
  const limit = predicted.length === 0
    ? ""
    : " The limit's prediction rests on the second moments of the weights that magnitude pruning keeps (weights drawn " +
      "anew: none).";
  return {
    caption: `Logarithms under ${methodLabel(method)} less those under random pruning at ${
      percent(spectra.sparsities[0])
    }, mean over ${spectra.trials} trials in pairs.${limit}`,
    columns: [{ title: "" }, ...eigenvalueColumns(places)],
    rows: [
      ["the paper", ...places.map((k) => (published[method][k] - published.random[k]).toFixed(2))],
      ...predicted.map(({ initialiser, result }) => [
        `${initialiserTitle(initialiser)} · predicted by the limit`,
        ...places.map((k) => result.shifts[k].toFixed(2)),
      ]),
      ...spectra.choices.map((choice) => [
        choiceTitle(choice),
        ...places.map((k) =>
          difference(
            logEigenvalues(spectra, method, choice, k),
            logEigenvalues(spectra, "random", choice, k),
          ).mean.toFixed(2)
        ),
      ]),
    ],
  };
}
