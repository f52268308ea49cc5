import { assertCount, type DeviceInfo, type LongCallOptions } from "@graphon-limit/runtime";
import type { Lab } from "./lab.ts";
import type { TaskRecord } from "./store.ts";
import { describeTask, heldBy } from "./kind.ts";
import { type Task, taskKey } from "./task.ts";

/** How {@linkcode runTasks} is watched; progress counts the tasks that were missing. */
export interface RunTasksOptions extends LongCallOptions {
  /**
   * Most tasks computed side by side, so that one records its work while another waits for the device; those that take much of its
   * memory, or do not say how much, are computed with nothing beside them. By the device unless given (see `tasksInFlight`).
   */
  readonly inFlight?: number | undefined;
  /** Told before the first task is computed how many there are to compute and how many were found. */
  readonly onStart?: ((missing: number, found: number) => void) | undefined;
  /** Told before each task that is computed what it is. */
  readonly onTask?: ((done: number, description: string) => void) | undefined;
  /** Told each task's result as it comes, with what is known of how it was made. */
  readonly onResult?: ((task: Task, record: TaskRecord) => void) | undefined;
}

/** Tasks side by side on an adapter: each brings its own host work, of which there is one thread. */
const SIDE_BY_SIDE = 4;

/** Bytes that a task may hold to have others beside it: with as many as there are, a small adapter's memory is not full. */
const HELD_BYTES = 2 ** 28;

/** How many tasks a device is given at a time: one where it computes on the host's processor, which has no rest meanwhile. */
export function tasksInFlight({ kind, software }: Pick<DeviceInfo, "kind" | "software">): number {
  return kind === "cpu" || software ? 1 : SIDE_BY_SIDE;
}

/** Each task once, in the order of their first mention. */
export function distinctTasks(tasks: readonly Task[]): Task[] {
  return [...new Map(tasks.map((task) => [taskKey(task), task])).values()];
}

/**
 * Computes the tasks that the laboratory's store lacks, each once, several of them at a time where that gains something. Results are
 * the same. When one fails, the others are ended, and it rejects with that one's error when none is under way any more.
 */
export async function runTasks(
  lab: Lab,
  tasks: readonly Task[],
  { signal, inFlight = tasksInFlight(lab.device.info), ...told }: RunTasksOptions = {},
): Promise<void> {
  assertCount("inFlight", inFlight, 1);
  const { onStart, onTask, onResult, onProgress } = told;
  const missing: Task[] = [], all = distinctTasks(tasks);
  for (const task of all) {
    if (!await lab.store.find(task)) missing.push(task);
  }
  onStart?.(missing.length, all.length - missing.length);
  const ended = AbortSignal.any([lab.signal, signal].filter((one) => one !== undefined));
  let done = 0;
  const compute = async (lane: Lab, task: Task) => {
    ended.throwIfAborted();
    onTask?.(done, describeTask(task));
    const record = await lane.record(task);
    onResult?.(task, record);
    done++;
    onProgress?.(done, missing.length);
  };
  const stretches = inFlight === 1 ? [{ lanes: 1, rows: [missing] }] : stretchesOf(lab, missing, inFlight);
  for (const { lanes, rows } of stretches) await inLanes({ lab, lanes, rows, ended, compute });
}

/** Rows of tasks that are computed side by side, the tasks of each in turn. */
interface Stretch {
  readonly lanes: number;
  readonly rows: Task[][];
}

/** Tasks in their order: in one row those that share something with the one before, in one stretch those that go side by side. */
function stretchesOf(lab: Lab, tasks: readonly Task[], inFlight: number): Stretch[] {
  const stretches: Stretch[] = [];
  let before: string | undefined;
  for (const task of tasks) {
    const held = heldBy(lab, task), lanes = held && held.bytes <= HELD_BYTES ? inFlight : 1;
    let stretch = stretches.at(-1);
    if (stretch?.lanes !== lanes) stretches.push(stretch = { lanes, rows: [] });
    const row = stretch.rows.at(-1);
    if (row && (lanes === 1 || held?.shared === before)) row.push(task);
    else stretch.rows.push([task]);
    before = held?.shared;
  }
  return stretches;
}

/** Computes rows of tasks, as many at a time as there are lanes. */
async function inLanes({ lab, lanes, rows, ended, compute }: Stretch & {
  readonly lab: Lab;
  readonly ended: AbortSignal;
  readonly compute: (lane: Lab, task: Task) => Promise<void>;
}): Promise<void> {
  const stop = new AbortController(), queue = rows.values();
  const work = async () => {
    using lane = lab.lane(ended, stop.signal);
    try {
      for (const row of queue) {
        for (const task of row) {
          stop.signal.throwIfAborted();
          await compute(lane, task);
        }
      }
    } catch (error) {
      // Of the first to fail; what ends all of them they hear by themselves, and keep what they have done.
      if (!ended.aborted) stop.abort(error);
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(lanes, rows.length) }, work));
  stop.signal.throwIfAborted();
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** Seconds that tasks took when they were computed, in this run or an earlier one, each counted once. */
export async function secondsOf(lab: Lab, tasks: readonly Task[]): Promise<number> {
  let seconds = 0;
  for (const task of distinctTasks(tasks)) seconds += (await lab.record(task)).seconds;
  return seconds;
}
