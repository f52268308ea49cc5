import type { Initialiser } from "@graphon-limit/model";
import { methodLabel } from "../method_styles.ts";
import type { OutcomeRecord } from "./outcome_record.ts";
import type { Lab } from "../tasks/lab.ts";
import type { Scale } from "./scale.ts";
import { estimate } from "../statistics/estimate.ts";
import { percent } from "../kinds/network.ts";
import { initialiserTitle } from "./spectrum_choices.ts";
import { trainingLosses } from "../kinds/training.ts";
import type { Task } from "../tasks/task.ts";

/** A pruned network to train; `dense` has sparsity 0. */
export interface Contender {
  readonly initialiser: Initialiser;
  readonly method: string;
  /** The method whose masks say how many weights each layer keeps, where that is not `method`. */
  readonly quota?: string;
  readonly sparsity: number;
}

/** Which networks an experiment trains, and how. */
export interface TrainingProtocol {
  readonly contenders: readonly Contender[];
  readonly learningRate: number;
  readonly steps: number;
  /** The first so many steps, whose images have not been trained on before: all of them where the set is large enough. */
  readonly freshSteps: number;
  readonly trials: number;
}

/** How many steps a set of images feeds before one comes back. */
export function freshStepsOf({ batchSize, common }: Scale, steps: number): number {
  return Math.min(steps, Math.floor(common.data.images / batchSize));
}

/** Losses of a protocol's networks, by trial and step. */
export interface Curves extends TrainingProtocol {
  of(contender: Contender): readonly (readonly number[])[];
}

/** The last so many losses stand for the loss at the end: a single batch's loss is mostly noise. */
export const FINAL_STEPS = 10;

/** Each initialiser's contenders. */
export function contendersOf(
  initialisers: readonly Initialiser[],
  contenders: readonly Omit<Contender, "initialiser">[],
): Contender[] {
  return initialisers.flatMap((initialiser) => contenders.map((one) => ({ initialiser, ...one })));
}

/** Every method at every sparsity. */
export function cross(
  methods: readonly Pick<Contender, "method" | "quota">[],
  sparsities: readonly number[],
): Omit<Contender, "initialiser">[] {
  return sparsities.flatMap((sparsity) => methods.map((method) => ({ ...method, sparsity })));
}

/** The tasks of a protocol. */
export function trainingTasks(protocol: TrainingProtocol, scale: Scale): Task[] {
  return protocol.contenders.flatMap((contender) =>
    Array.from({ length: protocol.trials }, (_, trial) => taskOf(contender, trial, protocol, scale))
  );
}

/** A protocol's finished tasks. */
export async function collectCurves(
  lab: Lab,
  protocol: TrainingProtocol,
  scale: Scale,
): Promise<Curves> {
  const curves = new Map<string, (readonly number[])[]>();
  for (const contender of protocol.contenders) {
    const trials: (readonly number[])[] = [];
    for (let trial = 0; trial < protocol.trials; trial++) {
      trials.push((await lab.get(taskOf(contender, trial, protocol, scale))).losses);
    }
    curves.set(contenderKey(contender), trials);
  }
  return { ...protocol, of: (contender) => curves.get(contenderKey(contender))! };
}

/** A method as tables and legends name it: `Random, SNIP's layer counts`. */
export function contenderLabel({ method, quota }: Pick<Contender, "method" | "quota">): string {
  return quota === undefined
    ? methodLabel(method)
    : `${methodLabel(method)}, ${methodLabel(quota)}'s layer counts`;
}

/** The same, short, for the paper's numbers: `snip 0.8`. Random pruning by another method's layer counts is not in the paper. */
export function publishedKey({ method, quota, sparsity }: Contender): string {
  return quota === undefined ? `${method} ${sparsity}` : "";
}

/** The contenders that differ in nothing but what `part` leaves out, one of each. */
export function distinct<T>(contenders: readonly Contender[], part: (contender: Contender) => T): T[] {
  const found = new Map(contenders.map((contender) => {
    const one = part(contender);
    return [JSON.stringify(one), one];
  }));
  return [...found.values()];
}

/** The contender of some curves that is like another one but for what is given, if it is among them. */
export function findContender(
  { contenders }: Pick<Curves, "contenders">,
  wanted: Contender,
): Contender | undefined {
  return contenders.find((one) => contenderKey(one) === contenderKey(wanted));
}

/** The mean of the last losses of each trial. */
export function finalLosses(curves: Curves, contender: Contender): number[] {
  return curves.of(contender).map((losses) => estimate(losses.slice(-FINAL_STEPS)).mean);
}

/** The mean of each trial's last losses on images that it had not been trained on. */
export function lastFreshLosses(curves: Curves, contender: Contender): number[] {
  return curves.of(contender).map((losses) =>
    estimate(losses.slice(0, curves.freshSteps).slice(-FINAL_STEPS)).mean
  );
}

/** Of how many trials pruning cut the network in two: no weight moves an output, and all losses are one number. */
export function cutTrials(curves: Curves, contender: Contender): number {
  return curves.of(contender).filter((losses) =>
    losses.length > 1 && losses.every((loss) => loss === losses[0])
  ).length;
}

/** Which of some contenders pruning cut in two, in a sentence; empty where none is. */
export function cutSentence(curves: Curves, contenders: readonly Contender[]): string {
  const cut = contenders.flatMap((contender) => {
    const count = cutTrials(curves, contender);
    const place = `at ${percent(contender.sparsity)} from ${
      initialiserTitle(contender.initialiser)
    }'s weights`;
    return count === 0
      ? []
      : [`${contenderLabel(contender)} ${place} in ${count} of ${curves.trials} trials`];
  });
  return cut.length === 0
    ? ""
    : `Pruning cut networks of this size in two, which then cannot be trained: ${cut.join("; ")}.`;
}

/** Whether images come back before the end, which no longer is the loss on new ones then. */
export function repeats({ freshSteps, steps }: TrainingProtocol): boolean {
  return freshSteps < steps && freshSteps >= FINAL_STEPS;
}

/** Each trial's mean loss over all steps: how fast a network trains, with far less noise than any one step's loss. */
export function meanLosses(curves: Curves, contender: Contender): number[] {
  return curves.of(contender).map((losses) => estimate(losses).mean);
}

/** A line of numbers for each contender, trial and step. */
export function trainingRecords(curves: Curves): OutcomeRecord[] {
  return curves.contenders.flatMap(({ initialiser, method, quota = "", sparsity }, index) =>
    curves.of(curves.contenders[index]).flatMap((losses, trial) =>
      losses.map((loss, step) => ({
        initialiser,
        method,
        quota,
        sparsity,
        learningRate: curves.learningRate,
        trial,
        step,
        loss,
      }))
    )
  );
}

function contenderKey({ initialiser, method, quota = "", sparsity }: Contender): string {
  return [initialiser, method, quota, sparsity].join(" ");
}

function taskOf(
  { initialiser, method, quota, sparsity }: Contender,
  trial: number,
  { learningRate, steps }: TrainingProtocol,
  { width, hidden, batchSize, common }: Scale,
) {
  return trainingLosses.task({
    ...common,
    ...{ method, width, hidden, sparsity, trial, initialiser },
    ...(quota === undefined ? {} : { quota }),
    ...{ learningRate, batchSize, steps },
  });
}
