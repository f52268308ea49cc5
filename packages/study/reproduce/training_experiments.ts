import type { ReportTable } from "../report/report.ts";
import type { ClaimVerdict, Experiment, ExperimentFigure, Outcome } from "./experiment.ts";
import type { Lab } from "../tasks/lab.ts";
import type { PaperGap } from "./paper_gap.ts";
import { BASELINE, LOSSES_R5_R6, LOSSES_R8 } from "./paper.ts";
import type { Scale } from "./scale.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import { difference, estimate } from "../statistics/estimate.ts";
import {
  aheadVerdict,
  betweenVerdict,
  fasterVerdicts,
  growthVerdicts,
  unlessCut,
} from "./training_claims.ts";
import {
  collectCurves,
  type Contender,
  type Curves,
  cutSentence,
  distinct,
  FINAL_STEPS,
  findContender,
  meanLosses,
  repeats,
  type TrainingProtocol,
  trainingRecords,
  trainingTasks,
} from "./training_curves.ts";
import { curveGaps, finalGaps } from "./training_gaps.ts";
import { adamRate, protocols, rateProtocols } from "./training_protocols.ts";
import {
  curvesFigures,
  everyTenth,
  finalLossFigure,
  finalLossTable,
  learningRateTable,
  type RateChoice,
} from "./training_tables.ts";

function setting(protocol: TrainingProtocol, scale: Scale): string {
  const { learningRate, steps, freshSteps, contenders } = protocol;
  const names = distinct(contenders, ({ initialiser }) => initialiser).map(initialiserTitle);
  return `Networks of ${scale.hidden} hidden layers of width ${scale.width}, trained with the weights that made their ` +
    `masks by Adam at ${learningRate} for ${steps} steps on batches of ${scale.batchSize} images, cross-entropy; the loss ` +
    "is each step's batch's, before the update. In a trial every method and sparsity starts from the same weights and " +
    "sees the same batches, so that differences are taken in pairs. The paper gives neither its batch size nor its " +
    `initialisation; networks initialised by ${names.join(" and by ")} stand side by side.\n\n` +
    "“Random, SNIP's layer counts” is random pruning that keeps as many weights in each layer as SNIP does: what is left of " +
    "SNIP's lead over it is not the layers' sizes." +
    (repeats(protocol)
      ? `\n\nThe ${scale.common.data.images} images at hand are seen a second time from step ${
        freshSteps + 1
      } on, and their ` +
        "losses fall there at once, since networks have been trained on them. The paper's 60000 last for all its steps: losses of " +
        `the last steps before that, ${
          freshSteps - FINAL_STEPS + 1
        } to ${freshSteps}, are on new images as ` +
        "its are, and stand beside those of the end."
      : "");
}

function textOf(curves: Curves, scale: Scale): string {
  return [setting(curves, scale), cutSentence(curves, curves.contenders)].filter((text) => text !== "")
    .join("\n\n");
}

/** An experiment that trains the networks of a protocol. */
function trainingExperiment(
  id: keyof typeof protocols | "F11",
  title: string,
  question: string,
  conclude: (curves: Curves) => {
    verdicts: ClaimVerdict[];
    figures: ExperimentFigure[];
    tables: ReportTable[];
    gaps?: PaperGap[];
  },
): Experiment {
  const protocol = protocols[id === "F11" ? "F2" : id];
  return {
    id,
    title,
    question,
    tasks: (scale) => trainingTasks(protocol(scale), scale),
    evaluate: async (lab, scale): Promise<Outcome> => {
      const curves = await collectCurves(lab, protocol(scale), scale);
      return { text: textOf(curves, scale), ...conclude(curves), records: trainingRecords(curves) };
    },
  };
}

/** R5 or R6: is SNIP ahead at another learning rate? */
function otherRateExperiment(id: "R5" | "R6", rate: string, times: string): Experiment {
  const published = LOSSES_R5_R6[rate];
  return trainingExperiment(
    id,
    `Training at learning rate ${rate}`,
    `Is SNIP still ahead of random pruning at ${times} times the learning rate?`,
    (curves) => ({
      verdicts: fasterVerdicts(curves, ["snip"], 7),
      figures: curvesFigures(curves, "loss", false),
      tables: [everyTenth(curves, published)],
      gaps: curveGaps(id, curves, published),
    }),
  );
}

/** The learning rate of the grid at which each method loses least on average. */
async function chooseRates(lab: Lab, scale: Scale): Promise<RateChoice[]> {
  const found: Curves[] = [];
  for (const protocol of rateProtocols(scale)) found.push(await collectCurves(lab, protocol, scale));
  return (found[0]?.contenders ?? []).map((contender) => {
    const rates = found.map((curves) => ({
      learningRate: curves.learningRate,
      losses: meanLosses(curves, contender),
    }));
    const means = rates.map(({ losses }) => estimate(losses).mean);
    return { contender, rates, best: means.indexOf(Math.min(...means)) };
  });
}

/** Claim 5 once more, every method at its best learning rate of the grid. */
function bestRateVerdicts(choices: readonly RateChoice[], curves: Curves): ClaimVerdict[] {
  const contenders = choices.map(({ contender }) => contender);
  const at = (wanted: Contender) => choices[contenders.indexOf(findContender({ contenders }, wanted)!)];
  return choices.filter(({ contender: { method } }) => method !== BASELINE).flatMap((own) =>
    [undefined, own.contender.method].map((quota) => {
      const { initialiser, sparsity } = own.contender;
      const other = at({
        initialiser,
        method: "random",
        sparsity,
        ...(quota === undefined ? {} : { quota }),
      });
      const best = ({ rates, best }: RateChoice) => rates[best];
      const ahead = difference(best(other).losses, best(own).losses);
      const verdict = aheadVerdict(5, own.contender, other.contender, ", each at its best learning rate", {
        ahead,
        what: `Mean loss at the best rates (${best(other).learningRate} and ${best(own).learningRate})`,
        trials: ahead.count,
      });
      return unlessCut(curves, [own.contender, other.contender], {
        ...verdict,
        choice: `${verdict.choice}, best rates`,
      });
    })
  );
}

const finalLossR4: Experiment = {
  id: "R4",
  title: "Loss at the end against sparsity",
  question: "How does the loss after the first steps grow with sparsity?",
  tasks: (scale) => [
    ...trainingTasks(protocols.R4(scale), scale),
    // The usual rate is among the others; its first trials are those of R4.
    ...rateProtocols(scale).filter(({ learningRate }) => learningRate !== adamRate)
      .flatMap((protocol) => trainingTasks(protocol, scale)),
  ],
  evaluate: async (lab, scale): Promise<Outcome> => {
    const curves = await collectCurves(lab, protocols.R4(scale), scale), { steps } = curves;
    const choices = await chooseRates(lab, scale);
    return {
      text: textOf(curves, scale),
      verdicts: [...growthVerdicts(curves), ...bestRateVerdicts(choices, curves)],
      figures: [finalLossFigure(curves)],
      tables: [
        finalLossTable(curves),
        ...(choices.length === 0
          ? []
          : [learningRateTable(choices, steps, choices[0].rates[0].losses.length)]),
      ],
      records: trainingRecords(curves),
      gaps: finalGaps(curves),
    };
  },
};

const publishedR8 = Object.fromEntries(
  Object.entries(LOSSES_R8).map(([method, losses]) => [`${method} 0.8`, losses]),
);

/** The experiments on training. */
export const TRAINING_EXPERIMENTS: readonly Experiment[] = [
  trainingExperiment(
    "F2",
    "Training loss of pruned networks",
    "Which pruned networks train faster than randomly pruned ones, and how does sparsity slow them?",
    (curves) => ({
      verdicts: [...fasterVerdicts(curves, ["snip", "synflow"], 5), ...growthVerdicts(curves)],
      figures: curvesFigures(curves, "loss", false),
      tables: [finalLossTable(curves)],
    }),
  ),
  trainingExperiment(
    "F11",
    "Training loss, both axes logarithmic",
    "The runs of F2 on logarithmic axes: does the loss fall as a power of the step?",
    (curves) => ({ verdicts: [], figures: curvesFigures(curves, "loss-log", true), tables: [] }),
  ),
  finalLossR4,
  otherRateExperiment("R5", "0.01", "ten"),
  otherRateExperiment("R6", "0.005", "five"),
  trainingExperiment(
    "R8",
    "Training under magnitude pruning",
    "Does magnitude pruning lie between random pruning and SNIP?",
    (curves) => ({
      verdicts: betweenVerdict(curves),
      figures: curvesFigures(curves, "loss", false),
      tables: [everyTenth(curves, publishedR8)],
      gaps: curveGaps("R8", curves, publishedR8),
    }),
  ),
];
