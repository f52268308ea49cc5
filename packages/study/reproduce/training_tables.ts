import type { Initialiser } from "@graphon-limit/model";
import { linePlot, type PlotSeries } from "@graphon-limit/figures";
import type { ReportTable } from "../report/report.ts";
import type { ExperimentFigure } from "./experiment.ts";
import { LOSS_R4 } from "./paper.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import { DENSE, percent } from "../kinds/network.ts";
import { estimate, lineThrough, withDeviation } from "../statistics/estimate.ts";
import {
  type Contender,
  contenderLabel,
  type Curves,
  distinct,
  FINAL_STEPS,
  finalLosses,
  findContender,
  lastFreshLosses,
  publishedKey,
  repeats,
} from "./training_curves.ts";

/** A line for each contender: the mean over trials, a band of one deviation. */
function lines(curves: Curves, contenders: readonly Contender[], panel: string, firstStep = 0): PlotSeries[] {
  return contenders.map((contender): PlotSeries => {
    const trials = curves.of(contender);
    const estimates = trials[0].map((_, step) => estimate(trials.map((losses) => losses[step])));
    return {
      name: contenderLabel(contender),
      panel,
      x: estimates.map((_, step) => step + firstStep),
      ...lineThrough(estimates),
    };
  });
}

/** Loss against step, a figure for each initialiser, a panel for each sparsity, the dense network in all of them. */
export function curvesFigures(curves: Curves, name: string, logarithmic: boolean): ExperimentFigure[] {
  const initialisers = distinct(curves.contenders, ({ initialiser }) => initialiser);
  const sparsities = distinct(curves.contenders, ({ sparsity }) => sparsity).filter((s) => s > 0);
  return initialisers.map((initialiser) => ({
    name: `${name}-${initialiser}`,
    spec: linePlot({
      series: sparsities.flatMap((sparsity) =>
        lines(
          curves,
          curves.contenders.filter((one) =>
            one.initialiser === initialiser && (one.sparsity === sparsity || one.method === DENSE)
          ),
          percent(sparsity),
          logarithmic ? 1 : 0,
        )
      ),
      xLabel: logarithmic ? "step + 1" : "step",
      yLabel: "training loss",
      logX: logarithmic,
      logY: logarithmic,
      points: false,
      width: 260,
      height: 220,
    }),
    caption: `Training loss by sparsity, networks initialised by ${initialiserTitle(initialiser)}${
      logarithmic ? ", both axes logarithmic" : ""
    }; bands are one deviation over ${curves.trials} trials.`,
  }));
}

/** Mean losses at every tenth step, the paper's line above ours where it has one. */
export function everyTenth(
  curves: Curves,
  published: Readonly<Record<string, readonly number[] | undefined>>,
): ReportTable {
  const steps = stepsShown(curves);
  const rows = distinct(curves.contenders, ({ initialiser: _, ...one }) => one).flatMap((one) => {
    const { initialiser, ...rest } = curves.contenders[0],
      name = [contenderLabel(one), percent(one.sparsity)];
    const paper = published[publishedKey({ initialiser, ...rest, ...one })];
    const initialisers = distinct(curves.contenders, (contender) => contender.initialiser);
    return [
      ...(paper ? [[...name, "the paper", ...steps.map((_, i) => paper[i]?.toFixed(2) ?? "—")]] : []),
      ...initialisers.flatMap((own) => {
        const contender = findContender(curves, { ...one, initialiser: own });
        if (!contender) return [];
        const trials = curves.of(contender);
        return [[
          ...name,
          initialiserTitle(own),
          ...steps.map((step) => estimate(trials.map((losses) => losses[step])).mean.toFixed(2)),
        ]];
      }),
    ];
  });
  return {
    caption:
      `Training loss at every tenth step, learning rate ${curves.learningRate}, mean over ${curves.trials} trials.`,
    columns: [
      { title: "method" },
      { title: "sparsity" },
      { title: "" },
      ...steps.map((step) => ({ title: String(step), align: "right" as const })),
    ],
    rows,
  };
}

/** Every tenth step. */
export function stepsShown({ steps }: Curves): number[] {
  return Array.from({ length: Math.ceil(steps / 10) }, (_, i) => 10 * i);
}

/** The paper's loss at the end of a contender, and its deviation. */
export function publishedFinalLoss(
  { method, quota, sparsity }: Omit<Contender, "initialiser">,
): readonly [number, number] | undefined {
  return quota === undefined ? LOSS_R4[method]?.[String(sparsity)] : undefined;
}

/** Loss at the end against sparsity, beside the paper's where it has one. */
export function finalLossTable(curves: Curves): ReportTable {
  const sparsities = distinct(curves.contenders, ({ sparsity }) => sparsity).sort((a, b) => a - b);
  const initialisers = distinct(curves.contenders, ({ initialiser }) => initialiser);
  const methods = distinct(curves.contenders, ({ method, quota }) => ({
    method,
    ...(quota === undefined ? {} : { quota }),
  }));
  const ends = [
    { title: "", losses: finalLosses },
    ...(repeats(curves) ? [{ title: ", on new images", losses: lastFreshLosses }] : []),
  ];
  const rows = methods.flatMap((one) => {
    const line = (who: string, cell: (sparsity: number) => string | undefined) => [
      contenderLabel(one),
      who,
      ...sparsities.map((sparsity) => cell(sparsity) ?? ""),
    ];
    const paper = line(
      "the paper",
      (sparsity) => publishedFinalLoss({ ...one, sparsity })?.map((value) => value.toFixed(2)).join(" ± "),
    );
    return [
      ...(one.quota === undefined ? [paper] : []),
      ...initialisers.flatMap((initialiser) =>
        ends.map(({ title, losses }) =>
          line(`${initialiserTitle(initialiser)}${title}`, (sparsity) => {
            const found = findContender(curves, { ...one, sparsity, initialiser });
            return found && withDeviation(estimate(losses(curves, found)), 3);
          })
        )
      ),
    ];
  });
  return {
    caption: `Training loss at the end (mean of the last ${FINAL_STEPS} of ${curves.steps} steps` +
      `${repeats(curves) ? `; on new images: of the last ${FINAL_STEPS} of ${curves.freshSteps}` : ""}): ` +
      `mean ± deviation over ${curves.trials} trials.`,
    columns: [
      { title: "method" },
      { title: "" },
      ...sparsities.map((sparsity) => ({ title: percent(sparsity), align: "right" as const })),
    ],
    rows,
  };
}

/** Loss at the end against sparsity, a panel for each initialiser. */
export function finalLossFigure(curves: Curves): ExperimentFigure {
  const lines = distinct(
    curves.contenders.filter(({ method }) => method !== DENSE),
    ({ sparsity: _, ...one }) => one,
  );
  return {
    name: "final-loss",
    spec: linePlot({
      series: lines.map((line): PlotSeries => {
        const own = curves.contenders.filter((one) =>
          one.initialiser === line.initialiser && one.method === line.method && one.quota === line.quota
        );
        return {
          name: contenderLabel(line),
          panel: initialiserTitle(line.initialiser),
          x: own.map(({ sparsity }) => sparsity),
          ...lineThrough(own.map((contender) => estimate(finalLosses(curves, contender)))),
        };
      }),
      xLabel: "sparsity",
      yLabel: "training loss at the end",
      xFormat: ".0%",
      width: 320,
      height: 260,
    }),
    caption: `Mean of the last ${FINAL_STEPS} losses against sparsity; bands are one deviation.`,
  };
}

/** One method's losses at each learning rate, and the rate at which it loses least. */
export interface RateChoice {
  readonly contender: Contender;
  readonly rates: readonly { readonly learningRate: number; readonly losses: readonly number[] }[];
  /** The index of the least mean. */
  readonly best: number;
}

/** The mean loss of each method at each learning rate, the least in bold type's place marked. */
export function learningRateTable(
  choices: readonly RateChoice[],
  steps: number,
  trials: number,
): ReportTable {
  return {
    caption:
      `Training loss averaged over ${steps} steps by learning rate, the best marked: mean ± deviation over ${trials} trials.`,
    columns: [
      { title: "method" },
      { title: "" },
      { title: "sparsity" },
      ...choices[0].rates.map(({ learningRate }) => ({
        title: String(learningRate),
        align: "right" as const,
      })),
    ],
    rows: choices.map(({ contender, rates, best }) => [
      contenderLabel(contender),
      initialiserTitle(contender.initialiser as Initialiser),
      percent(contender.sparsity),
      ...rates.map(({ losses }, at) => `${at === best ? "▸ " : ""}${withDeviation(estimate(losses), 3)}`),
    ]),
  };
}
