import type { LongCallOptions } from "@graphon-limit/runtime";
import type { Lab } from "./lab.ts";
import type { TaskRecord } from "./store.ts";
import { describeTask } from "./kind.ts";
import { type Task, taskKey } from "./task.ts";

/** How {@linkcode runTasks} is watched; progress counts the tasks that were missing. */
export interface RunTasksOptions extends LongCallOptions {
  /** Told before the first task is computed how many there are to compute and how many were found. */
  readonly onStart?: ((missing: number, found: number) => void) | undefined;
  /** Told before each task that is computed what it is. */
  readonly onTask?: ((done: number, description: string) => void) | undefined;
  /** Told each task's result as it comes, with what is known of how it was made. */
  readonly onResult?: ((task: Task, record: TaskRecord) => void) | undefined;
}

/** Each task once, in the order of their first mention. */
export function distinctTasks(tasks: readonly Task[]): Task[] {
  return [...new Map(tasks.map((task) => [taskKey(task), task])).values()];
}

/** Computes the tasks that the laboratory's store lacks, each once. */
export async function runTasks(
  lab: Lab,
  tasks: readonly Task[],
  { signal = lab.signal, onProgress, onStart, onTask, onResult }: RunTasksOptions = {},
): Promise<void> {
  const missing: Task[] = [], all = distinctTasks(tasks);
  for (const task of all) {
    if (!await lab.store.find(task)) missing.push(task);
  }
  onStart?.(missing.length, all.length - missing.length);
  for (const [done, task] of missing.entries()) {
    signal?.throwIfAborted();
    onTask?.(done, describeTask(task));
    const record = await lab.record(task);
    onResult?.(task, record);
    onProgress?.(done + 1, missing.length);
    // The CPU device never waits for anything, and signals are heard while something waits.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Seconds that tasks took when they were computed, in this run or an earlier one, each counted once. */
export async function secondsOf(lab: Lab, tasks: readonly Task[]): Promise<number> {
  let seconds = 0;
  for (const task of distinctTasks(tasks)) seconds += (await lab.record(task)).seconds;
  return seconds;
}
