import { linePlot, type PlotSeries } from "../figures/line_plot.ts";
import { methodLabel } from "../figures/palette.ts";
import type { ReportTable, ReportVerdict } from "../report/report.ts";
import type { Experiment, ExperimentFigure, Outcome, OutcomeRecord } from "./experiment.ts";
import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import { LOSS_R4, LOSSES_R5_R6, LOSSES_R8 } from "./paper.ts";
import type { Scale } from "./scale.ts";
import { percent } from "./spectrum_units.ts";
import { estimate, lineThrough, withDeviation } from "./statistics.ts";
import { betweenVerdict, fasterVerdicts, growthVerdicts } from "./training_claims.ts";
import { trainingUnit } from "./training_units.ts";
import type { Unit } from "./unit.ts";

/** A pruned network to train; `dense` has sparsity 0. */
export interface Contender {
  readonly method: string;
  readonly sparsity: number;
}

/** Which networks an experiment trains, and how. */
interface Protocol {
  readonly contenders: readonly Contender[];
  readonly learningRate: number;
  readonly steps: number;
}

/** Losses of a protocol's networks, by trial and step. */
export interface Curves extends Protocol {
  readonly trials: number;
  of(contender: Contender): readonly (readonly number[])[];
}

/** The last so many losses stand for the loss at the end: a single batch's loss is mostly noise. */
export const FINAL_STEPS = 10;

const dense: Contender = { method: "dense", sparsity: 0 };
const adamRate = 0.001;

const cross = (methods: readonly string[], sparsities: readonly number[]): Contender[] =>
  sparsities.flatMap((sparsity) => methods.map((method) => ({ method, sparsity })));

const protocols = {
  F2: ({ trainingSparsities: sparsities, steps }: Scale): Protocol => ({
    contenders: [dense, ...cross(["random", "snip", "synflow"], sparsities)],
    learningRate: adamRate,
    steps,
  }),
  R4: ({ trainingSparsities: sparsities, steps }: Scale): Protocol => ({
    contenders: [
      dense,
      ...cross(
        ["random", "snip", "synflow"],
        sparsities.filter((sparsity) => sparsity >= 0.6 && sparsity <= 0.9),
      ),
    ],
    learningRate: adamRate,
    steps,
  }),
  R5: ({ steps }: Scale): Protocol => ({
    contenders: cross(["random", "snip"], [0.8, 0.9]),
    learningRate: 0.01,
    steps: Math.ceil(steps / 2) + 1,
  }),
  R6: ({ steps }: Scale): Protocol => ({
    contenders: cross(["random", "snip"], [0.8, 0.9]),
    learningRate: 0.005,
    steps: Math.ceil(steps / 2) + 1,
  }),
  R8: ({ steps }: Scale): Protocol => ({
    contenders: cross(["random", "magnitude", "snip"], [0.8]),
    learningRate: adamRate,
    steps,
  }),
};

function networkSpec({ method, sparsity }: Contender, trial: number, scale: Scale): NetworkSpec {
  const { width, hidden, initialiser } = scale;
  return { method, width, hidden, sparsity, trial, initialiser, activation: "relu" };
}

function unitOf(contender: Contender, trial: number, { learningRate, steps }: Protocol, scale: Scale) {
  return trainingUnit(networkSpec(contender, trial, scale), {
    learningRate,
    batchSize: scale.batchSize,
    steps,
  });
}

function unitsOf(protocol: Protocol, scale: Scale): Unit[] {
  return protocol.contenders.flatMap((contender) =>
    Array.from({ length: scale.trainingTrials }, (_, trial) => unitOf(contender, trial, protocol, scale))
  );
}

const keyOf = ({ method, sparsity }: Contender) => `${method} ${sparsity}`;

async function collect(lab: Laboratory, protocol: Protocol, scale: Scale): Promise<Curves> {
  const curves = new Map<string, (readonly number[])[]>();
  for (const contender of protocol.contenders) {
    const trials: (readonly number[])[] = [];
    for (let trial = 0; trial < scale.trainingTrials; trial++) {
      trials.push((await lab.get(unitOf(contender, trial, protocol, scale))).losses);
    }
    curves.set(keyOf(contender), trials);
  }
  return { ...protocol, trials: scale.trainingTrials, of: (contender) => curves.get(keyOf(contender))! };
}

function setting({ learningRate, steps }: Protocol, scale: Scale): string {
  return `Networks of ${scale.hidden} hidden layers of width ${scale.width}, trained with the weights that made their ` +
    `masks by Adam at ${learningRate} for ${steps} steps on batches of ${scale.batchSize} images, cross-entropy; the loss ` +
    "is each step's batch's, before the update. In a trial every method and sparsity starts from the same weights and " +
    "sees the same batches, so that differences are taken in pairs. The paper gives neither its batch size nor its " +
    "initialisation.";
}

/** A line for each contender: the mean over trials, a band of one deviation. */
function lines(curves: Curves, contenders: readonly Contender[], panel: string, firstStep = 0): PlotSeries[] {
  return contenders.map((contender): PlotSeries => {
    const trials = curves.of(contender);
    const estimates = trials[0].map((_, step) => estimate(trials.map((losses) => losses[step])));
    return {
      name: contender.method,
      panel,
      x: estimates.map((_, step) => step + firstStep),
      ...lineThrough(estimates),
    };
  });
}

/** Loss against step, a panel for each sparsity, the dense network in all of them. */
function curvesFigure(curves: Curves, name: string, logarithmic: boolean): ExperimentFigure {
  const sparsities = [...new Set(curves.contenders.map(({ sparsity }) => sparsity))].filter((s) => s > 0);
  const series = sparsities.flatMap((sparsity) =>
    lines(
      curves,
      curves.contenders.filter((contender) =>
        contender.sparsity === sparsity || contender.method === "dense"
      ),
      percent(sparsity),
      logarithmic ? 1 : 0,
    )
  );
  return {
    name,
    spec: linePlot({
      series,
      xLabel: logarithmic ? "step + 1" : "step",
      yLabel: "training loss",
      logX: logarithmic,
      logY: logarithmic,
      points: false,
      width: 260,
      height: 220,
    }),
    caption:
      `Training loss by sparsity${
        logarithmic ? ", both axes logarithmic" : ""
      }; bands are one deviation over ` +
      `${curves.trials} trials.`,
  };
}

function records(curves: Curves): OutcomeRecord[] {
  return curves.contenders.flatMap((contender) =>
    curves.of(contender).flatMap((losses, trial) =>
      losses.map((loss, step) => ({ ...contender, learningRate: curves.learningRate, trial, step, loss }))
    )
  );
}

/** The mean of the last losses of each trial. */
export function finalLosses(curves: Curves, contender: Contender): number[] {
  return curves.of(contender).map((losses) => {
    const last = losses.slice(-FINAL_STEPS);
    return last.reduce((sum, loss) => sum + loss, 0) / last.length;
  });
}

/** Mean losses at every tenth step, the paper's line above ours where it has one. */
function everyTenth(
  curves: Curves,
  published: (contender: Contender) => readonly number[] | undefined,
): ReportTable {
  const steps = Array.from({ length: Math.ceil(curves.steps / 10) }, (_, i) => 10 * i);
  const rows = curves.contenders.flatMap((contender) => {
    const paper = published(contender);
    const trials = curves.of(contender);
    const name = [methodLabel(contender.method), percent(contender.sparsity)];
    return [
      ...(paper ? [[...name, "the paper", ...steps.map((_, i) => paper[i]?.toFixed(2) ?? "—")]] : []),
      [
        ...name,
        "here",
        ...steps.map((step) => estimate(trials.map((losses) => losses[step])).mean.toFixed(2)),
      ],
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

/** An experiment that trains the networks of a protocol. */
function trainingExperiment(
  id: keyof typeof protocols | "F11",
  title: string,
  question: string,
  conclude: (curves: Curves) => Pick<Outcome, "verdicts" | "figures" | "tables">,
): Experiment {
  const protocol = protocols[id === "F11" ? "F2" : id];
  return {
    id,
    title,
    question,
    units: (scale) => unitsOf(protocol(scale), scale),
    evaluate: async (lab, scale) => {
      const curves = await collect(lab, protocol(scale), scale);
      return { text: setting(curves, scale), ...conclude(curves), records: records(curves) };
    },
  };
}

/** Loss at the end against sparsity, beside the paper's where it has one. */
function finalLossTable(curves: Curves): ReportTable {
  const sparsities = [...new Set(curves.contenders.map(({ sparsity }) => sparsity))].sort((a, b) => a - b);
  const methods = [...new Set(curves.contenders.map(({ method }) => method))];
  const rows = methods.flatMap((method) => {
    const cell = (show: (contender: Contender) => string | undefined) =>
      sparsities.map((sparsity) => {
        const found = curves.contenders.find((one) => one.method === method && one.sparsity === sparsity);
        return (found && show(found)) ?? "";
      });
    const published = (contender: Contender) => LOSS_R4[method]?.[String(contender.sparsity)];
    return [
      [
        methodLabel(method),
        "the paper",
        ...cell((one) => published(one)?.map((value) => value.toFixed(2)).join(" ± ") ?? "—"),
      ],
      [
        methodLabel(method),
        "here",
        ...cell((one) => withDeviation(estimate(finalLosses(curves, one)), 3)),
      ],
    ];
  });
  return {
    caption:
      `Training loss at the end (mean of the last ${FINAL_STEPS} of ${curves.steps} steps): mean ± deviation over ` +
      `${curves.trials} trials.`,
    columns: [
      { title: "method" },
      { title: "" },
      ...sparsities.map((sparsity) => ({ title: percent(sparsity), align: "right" as const })),
    ],
    rows,
  };
}

const learningRateTable = (curves: Curves) =>
  everyTenth(curves, (contender) => LOSSES_R5_R6[String(curves.learningRate)]?.[keyOf(contender)]);

/** The claim that SNIP is ahead of random pruning at another learning rate. */
const survives = (curves: Curves): ReportVerdict[] => fasterVerdicts(curves, ["snip"], 7);

/** The experiments on training. */
export const TRAINING_EXPERIMENTS: readonly Experiment[] = [
  trainingExperiment(
    "F2",
    "Training loss of pruned networks",
    "Which pruned networks train faster than randomly pruned ones, and how does sparsity slow them?",
    (curves) => ({
      verdicts: [...fasterVerdicts(curves, ["snip", "synflow"], 5), ...growthVerdicts(curves)],
      figures: [curvesFigure(curves, "loss", false)],
      tables: [finalLossTable(curves)],
    }),
  ),
  trainingExperiment(
    "F11",
    "Training loss, both axes logarithmic",
    "The runs of F2 on logarithmic axes: does the loss fall as a power of the step?",
    (curves) => ({ verdicts: [], figures: [curvesFigure(curves, "loss-log", true)], tables: [] }),
  ),
  trainingExperiment(
    "R4",
    "Loss at the end against sparsity",
    "How does the loss after the first steps grow with sparsity?",
    (curves) => ({
      verdicts: growthVerdicts(curves),
      figures: [finalLossFigure(curves)],
      tables: [finalLossTable(curves)],
    }),
  ),
  trainingExperiment(
    "R5",
    "Training at learning rate 0.01",
    "Is SNIP still ahead of random pruning at ten times the learning rate?",
    (curves) => ({
      verdicts: survives(curves),
      figures: [curvesFigure(curves, "loss", false)],
      tables: [learningRateTable(curves)],
    }),
  ),
  trainingExperiment(
    "R6",
    "Training at learning rate 0.005",
    "Is SNIP still ahead of random pruning at five times the learning rate?",
    (curves) => ({
      verdicts: survives(curves),
      figures: [curvesFigure(curves, "loss", false)],
      tables: [learningRateTable(curves)],
    }),
  ),
  trainingExperiment(
    "R8",
    "Training under magnitude pruning",
    "Does magnitude pruning lie between random pruning and SNIP?",
    (curves) => ({
      verdicts: betweenVerdict(curves),
      figures: [curvesFigure(curves, "loss", false)],
      tables: [everyTenth(curves, ({ method }) => LOSSES_R8[method])],
    }),
  ),
];

function finalLossFigure(curves: Curves): ExperimentFigure {
  const methods = [...new Set(curves.contenders.map(({ method }) => method))].filter((name) =>
    name !== "dense"
  );
  return {
    name: "final-loss",
    spec: linePlot({
      series: methods.map((method): PlotSeries => {
        const own = curves.contenders.filter((contender) => contender.method === method);
        const estimates = own.map((contender) => estimate(finalLosses(curves, contender)));
        return {
          name: method,
          x: own.map(({ sparsity }) => sparsity),
          ...lineThrough(estimates),
        };
      }),
      xLabel: "sparsity",
      yLabel: "training loss at the end",
      xFormat: ".0%",
    }),
    caption: `Mean of the last ${FINAL_STEPS} losses against sparsity; bands are one deviation.`,
  };
}
