import type { Lab } from "../tasks/lab.ts";
import { runTasks, type RunTasksOptions, secondsOf } from "../tasks/run_tasks.ts";
import type { Experiment, Outcome } from "./experiment.ts";
import type { Scale } from "./scale.ts";

/** What came of an experiment. */
export interface Finding {
  readonly experiment: Experiment;
  readonly outcome: Outcome;
  /** Seconds that its tasks took when they were computed, those shared with other experiments included. */
  readonly seconds: number;
  readonly tasks: number;
}

/** What came of a run. */
export interface RunResult {
  readonly findings: readonly Finding[];
  /** Seconds that all tasks took when they were computed, in this run or an earlier one, each counted once. */
  readonly seconds: number;
}

/** Carries out experiments: computes the tasks that are missing, each once, and evaluates. */
export async function runExperiments(
  lab: Lab,
  experiments: readonly Experiment[],
  scale: Scale,
  options: RunTasksOptions = {},
): Promise<RunResult> {
  const all = experiments.flatMap((experiment) => experiment.tasks(scale));
  await runTasks(lab, all, options);
  const findings: Finding[] = [];
  for (const experiment of experiments) {
    const tasks = experiment.tasks(scale);
    const outcome = await experiment.evaluate(lab, scale);
    findings.push({ experiment, outcome, seconds: await secondsOf(lab, tasks), tasks: tasks.length });
  }
  return { findings, seconds: await secondsOf(lab, all) };
}
