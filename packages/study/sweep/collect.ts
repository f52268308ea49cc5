import { findExperiments } from "../reproduce/catalogue.ts";
import { type Finding, runExperiments, type RunResult } from "../reproduce/findings.ts";
import type { Scale } from "../reproduce/scale.ts";
import type { Lab } from "../tasks/lab.ts";
import { secondsOf } from "../tasks/run_tasks.ts";
import type { Task } from "../tasks/task.ts";
import type { Experiment } from "../reproduce/experiment.ts";
import { type Grid, gridCells } from "./grid.ts";
import type { Plan } from "./plan.ts";

/** What a store says of a plan's experiments. */
export interface Gathered extends RunResult {
  /** A line for each experiment that is there in part, or not at all. */
  readonly notices: readonly string[];
}

/** Whether a task is done, and its record what it should be. */
type IsDone = (task: Task) => boolean;

/**
 * Evaluates a plan's experiments by what is done, and computes nothing: an experiment of which not every trial is there is evaluated
 * with as many trials as are, and one that lacks more is left out; either is said.
 */
export async function gatherExperiments(
  lab: Lab,
  { experiments, scale }: Pick<Plan, "experiments" | "scale">,
  isDone: IsDone,
): Promise<Gathered> {
  const findings: Finding[] = [], notices: string[] = [], all: Task[] = [];
  for (const experiment of experiments.length === 0 ? [] : findExperiments(experiments)) {
    const tasks = experiment.tasks(scale), missing = tasks.filter((task) => !isDone(task)).length;
    const trials = missing === 0 ? mostTrials(scale) : trialsThere(experiment, scale, isDone);
    const of = `${missing} of ${tasks.length} tasks are missing`;
    if (trials === 0) {
      notices.push(`${experiment.id} is left out: ${of}`);
      continue;
    }
    if (missing > 0) notices.push(`${experiment.id} rests on the first ${trials} trials: ${of}`);
    const capped = withTrials(scale, trials);
    findings.push(...(await runExperiments(lab, [experiment], capped)).findings);
    all.push(...experiment.tasks(capped));
  }
  return { findings, notices, seconds: await secondsOf(lab, all) };
}

const TRIALS = ["graphonTrials", "kernelTrials", "trainingTrials", "learningRateTrials"] as const;

function mostTrials(scale: Scale): number {
  return Math.max(...TRIALS.map((name) => scale[name]));
}

/** The same scale with no more than so many trials of anything. */
function withTrials(scale: Scale, most: number): Scale {
  return { ...scale, ...Object.fromEntries(TRIALS.map((name) => [name, Math.min(scale[name], most)])) };
}

/** How many trials there are of all that an experiment looks at. */
function trialsThere(experiment: Experiment, scale: Scale, isDone: IsDone): number {
  let least = 0, most = mostTrials(scale);
  while (most > least) {
    const trials = Math.ceil((least + most) / 2);
    if (experiment.tasks(withTrials(scale, trials)).every(isDone)) least = trials;
    else most = trials - 1;
  }
  return least;
}

/** A row of a grid's table: the configuration, what came of it, and how that was made. */
export type GridRow = Readonly<Record<string, string | number | null>>;

/** The rows of a grid whose tasks are done. */
export async function gatherGrid(
  lab: Lab,
  grid: Grid,
  { common }: Scale,
  isDone: IsDone,
): Promise<GridRow[]> {
  const rows: GridRow[] = [];
  for (const { parameters, task, columns } of gridCells(grid, common)) {
    if (!isDone(task)) continue;
    const { result, seconds, device } = await lab.record(task);
    rows.push({ kind: grid.kind, ...parameters as GridRow, ...columns(result), seconds, device });
  }
  return rows;
}
