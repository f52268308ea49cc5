import { DeviceLostError, nextTurn, NoDeviceError } from "@graphon-limit/runtime";
import { describeTask, kindOf } from "../tasks/kind.ts";
import type { Lab } from "../tasks/lab.ts";
import type { Failures } from "./failures.ts";
import type { PlannedTask } from "./plan.ts";

/** How {@linkcode runPlanned} is watched and ended. */
export interface RunPlannedOptions {
  /** Where tasks that fail are noted. */
  readonly failures: Failures;
  /** Whether no further task is to be begun; asked before each. */
  readonly ending?: (() => boolean) | undefined;
  /** Told before each task what it is, and how many are behind it. */
  readonly onTask?: ((behind: number, description: string) => void) | undefined;
}

/** What came of some tasks: how many were computed, found, failed, and not come to. */
export interface RunOutcome {
  readonly computed: number;
  readonly found: number;
  readonly failed: number;
  readonly left: number;
}

/**
 * Computes those of some tasks that are missing, each looked for just before its turn, so that what another worker has done since
 * is not done again. A task that fails is noted, and the next one begun; only what would fail every task ends the run.
 *
 * @throws {DeviceLostError} or {NoDeviceError} if the device is gone; and the reason of the laboratory's signal
 * @throws {InvalidArgumentError} before anything is computed, if a task is of a kind or version there is not
 */
export async function runPlanned(
  lab: Lab,
  tasks: readonly PlannedTask[],
  { failures, ending = () => false, onTask }: RunPlannedOptions,
): Promise<RunOutcome> {
  for (const { task } of tasks) kindOf(task);
  let computed = 0, found = 0, failed = 0;
  for (const [at, { task, digest }] of tasks.entries()) {
    if (ending()) return { computed, found, failed, left: tasks.length - at };
    if (await lab.store.find(task)) {
      found++;
      continue;
    }
    onTask?.(at, describeTask(task));
    try {
      await lab.record(task);
      await failures.remove(digest);
      computed++;
    } catch (error) {
      if (lab.signal?.aborted || error instanceof DeviceLostError || error instanceof NoDeviceError) {
        throw error;
      }
      failures.add({ digest, task: describeTask(task), line: lineOf(error) });
      failed++;
    }
    // The CPU device never waits for anything, and signals are heard while something waits.
    await nextTurn();
  }
  return { computed, found, failed, left: 0 };
}

/** An error in one line. */
function lineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ").trim();
}
