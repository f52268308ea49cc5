import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import { findExperiments } from "../reproduce/catalogue.ts";
import type { Scale } from "../reproduce/scale.ts";
import { canonicalJson, digestOf, type Json } from "../tasks/json.ts";
import { distinctTasks } from "../tasks/run_tasks.ts";
import { type Task, taskDigest } from "../tasks/task.ts";
import { type Grid, gridTasks } from "./grid.ts";

/** Which images a sweep works on, and how they are found again on another machine. */
export type PlanImages = {
  readonly dataset: string;
  /** The first so many; null for all. */
  readonly count: number | null;
  /** Which digits are generated. */
  readonly seed: number;
  readonly normalise: Json;
  /** Whether they are from a folder of the user's, which is to be named on each machine. */
  readonly local: boolean;
};

/** What is asked of a sweep: experiments of the paper, a grid, or both, on the same images. */
export interface SweepQuestion {
  readonly images: PlanImages;
  readonly experiments: readonly string[];
  /** How large the experiments are, and on what; what networks of the grid have in common, too. */
  readonly scale: Scale;
  readonly grid: Grid | null;
}

/** A sweep: its question, and each of its tasks with the digest that its result is kept under. */
export interface Plan extends SweepQuestion {
  readonly tasks: readonly PlannedTask[];
  /** SHA-256 of the question and the tasks, in hexadecimal: two plans of one digest are the same. */
  readonly digest: string;
}

/** A task and what its result is kept under. */
export interface PlannedTask {
  readonly task: Task;
  readonly digest: string;
  /** Seconds that it is likely to take, by which work is shared out; no part of what the plan is. */
  readonly seconds?: number;
}

/** The plan of a question: the tasks of its experiments, then those of its grid, each once. */
export async function planSweep(question: SweepQuestion): Promise<Plan> {
  const { experiments, scale, grid } = question;
  const tasks = [
    ...(experiments.length === 0 ? [] : findExperiments(experiments)).flatMap((one) => one.tasks(scale)),
    ...(grid ? gridTasks(grid, scale.common) : []),
  ];
  return await planOf(question, await plannedTasks(tasks));
}

/** Tasks with what their results are kept under, each once. */
export function plannedTasks(tasks: readonly Task[]): Promise<PlannedTask[]> {
  return Promise.all(distinctTasks(tasks).map(withDigest));
}

/** The plan of the same question with some of its tasks alone, or with what is known of their times. */
export function partOfPlan(plan: Plan, tasks: readonly PlannedTask[]): Promise<Plan> {
  return planOf(plan, tasks);
}

async function planOf({ images, experiments, scale, grid }: SweepQuestion, tasks: readonly PlannedTask[]) {
  const question: SweepQuestion = { images, experiments, scale, grid };
  return { ...question, tasks, digest: await digestOfPlan(question, tasks) };
}

async function withDigest({ kind, version, params }: Task): Promise<PlannedTask> {
  const task = { kind, version, params };
  return { task, digest: await taskDigest(task) };
}

function digestOfPlan({ images, experiments, scale, grid }: SweepQuestion, tasks: readonly PlannedTask[]) {
  const question = { images, experiments, scale, grid, tasks: tasks.map(({ digest }) => digest) };
  return digestOf(canonicalJson(question as unknown as Json));
}

/** The version of the file's form. */
const FORM = 1;

/** A plan as JSON lines: the first says what is asked, every other one is a task. */
export function formatPlan({ tasks, digest, images, experiments, scale, grid }: Plan): string {
  const head = { plan: FORM, digest, tasks: tasks.length, images, experiments, grid, scale };
  const lines = tasks.map(({ task, digest, seconds }) => JSON.stringify({ digest, seconds, ...task }));
  return [JSON.stringify(head), ...lines].join("\n") + "\n";
}

/**
 * Reads what {@linkcode formatPlan} wrote.
 *
 * @param name how messages name the text
 * @throws {InvalidArgumentError} with the line that is not what it was when it was written
 */
export async function parsePlan(text: string, name: string): Promise<Plan> {
  const fail = (line: number, expected: string, found: string) =>
    new InvalidArgumentError(`${name}, line ${line}: expected ${expected} but found ${found}`);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const values = lines.map((line, at): unknown => {
    try {
      return JSON.parse(line);
    } catch {
      throw fail(at + 1, "JSON", show(line.slice(0, 40)));
    }
  });
  const head = values[0] as Record<string, unknown> | undefined | null;
  if (typeof head !== "object" || head === null || !("plan" in head)) {
    throw fail(
      1,
      'what `sweep plan` writes first, {"plan":1,…}',
      values.length === 0 ? "nothing" : "another thing",
    );
  }
  if (head.plan !== FORM) throw fail(1, `a plan of form ${FORM}`, show(head.plan));
  const tasks = await Promise.all(
    values.slice(1).map(async (value, at) => {
      const { digest, seconds, ...task } = (value ?? {}) as Task & { digest?: unknown; seconds?: unknown };
      const planned = await withDigest(task);
      if (planned.digest !== digest) {
        throw fail(at + 2, "the task that its digest is of", "that it was changed");
      }
      if (seconds === undefined) return planned;
      if (typeof seconds === "number" && seconds > 0) return { ...planned, seconds };
      throw fail(at + 2, "seconds above 0", show(seconds));
    }),
  );
  if (tasks.length !== head.tasks) throw fail(lines.length, `${show(head.tasks)} tasks`, `${tasks.length}`);
  const question = head as unknown as SweepQuestion;
  if (await digestOfPlan(question, tasks).catch(() => undefined) !== head.digest) {
    throw fail(1, "the question that its digest is of", "that it, or a task, was changed");
  }
  return await planOf(question, tasks);
}
