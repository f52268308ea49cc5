import { maskedMatmul } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import { type Device, formatBytes } from "@graphon-limit/runtime";
import {
  FolderStore,
  formatDuration,
  type Lab,
  type Plan,
  type PlannedTask,
  roughMemory,
  roughWork,
  type Task,
  taskKey,
  type TaskRecord,
  TimeModel,
} from "@graphon-limit/study";

/** What is known of a plan's tasks before they are done. */
export interface Forecast {
  /** Every task with the seconds that it is likely to take. */
  readonly tasks: readonly Required<PlannedTask>[];
  /** Those that are missing. */
  readonly missing: readonly Required<PlannedTask>[];
  readonly done: number;
  /** Seconds of all that is missing, one after the other. */
  readonly seconds: number;
  /** What the estimate rests on. */
  readonly basis: string;
}

/** Tasks whose times are looked at: more say little more. */
const SAMPLE = 200;

/** No task is taken to be shorter. */
const LEAST_SECONDS = 0.001;

/**
 * Looks at what is done of a plan, where there is a store, and estimates how long the rest takes.
 *
 * @param guess seconds of a task where nothing like it is done
 */
export async function forecast(
  { tasks }: Pick<Plan, "tasks">,
  store: FolderStore | undefined,
  guess: (task: Task) => number,
): Promise<Forecast> {
  const digests = store ? await store.digests() : new Set<string>();
  const done = tasks.filter(({ digest }) => digests.has(digest));
  const records: TaskRecord[] = [], step = Math.max(1, Math.ceil(done.length / SAMPLE));
  for (let at = 0; at < done.length; at += step) {
    const record = await store?.find(done[at].task);
    if (record) records.push(record);
  }
  const model = new TimeModel(guess, records);
  const timed = tasks.map(({ task, digest }) => {
    const seconds = Math.max(LEAST_SECONDS, Number(model.seconds(task).toPrecision(3)));
    return { task, digest, seconds };
  });
  const missing = timed.filter(({ digest }) => !digests.has(digest));
  const guessed = missing.filter(({ task }) => !model.knows(task)).length;
  return {
    tasks: timed,
    missing,
    done: done.length,
    seconds: missing.reduce((sum, { seconds }) => sum + seconds, 0),
    basis: guessed === 0
      ? "by the times of those that are done"
      : `${guessed} of them guessed: none of their kind is done`,
  };
}

/** A forecast for one device, and what is to be said of it. */
export interface DeviceForecast extends Forecast {
  /** Bytes that the greediest of what is missing takes. */
  readonly memory: number;
  /** One line on what is left to do; undefined where that is nothing. */
  readonly line: string | undefined;
}

/** The {@linkcode forecast} of tasks for a laboratory's device: where nothing is done, by how fast that multiplies. */
export async function forecastOn(
  lab: Lab,
  tasks: readonly PlannedTask[],
): Promise<DeviceForecast> {
  const store = lab.store instanceof FolderStore ? lab.store : undefined;
  const rate = await secondsPerProduct(lab.device);
  const found = await forecast({ tasks }, store, (task) => rate * roughWork(lab, task));
  const { missing, seconds, basis } = found;
  const memory = roughMemory(lab, missing.map(({ task }) => task), lab.device.info);
  const time = `about ${formatDuration(seconds)} one after the other (${basis})`;
  const line = `${missing.length} to do: ${time}, up to ${formatBytes(memory)} each`;
  return { ...found, memory, line: missing.length === 0 ? undefined : line };
}

/** The guess that a plan's file holds of its tasks; one that holds none has them all alike. */
export function plannedGuess({ tasks }: Plan): (task: Task) => number {
  const seconds = new Map(tasks.map((planned) => [taskKey(planned.task), planned.seconds]));
  return (task) => seconds.get(taskKey(task)) ?? 1;
}

/** Rows and columns of the layer that the device's speed is measured with, and samples in its batch. */
const WIDTH = 512, SAMPLES = 64;

/** Seconds a multiplication and addition takes on a device: the faster of two products, the first of which compiles. */
async function secondsPerProduct(device: Device): Promise<number> {
  using weights = device.upload(normalMatrix(1, WIDTH, WIDTH).data, WIDTH, WIDTH);
  using x = device.upload(normalMatrix(2, WIDTH, SAMPLES).data, WIDTH, SAMPLES);
  using out = device.matrix(WIDTH, SAMPLES);
  let fastest = Infinity;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    device.run(maskedMatmul, { weights, x, out }, { scale: 1, accumulate: 0 });
    await device.read(out, [0, 1]);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest / 1000 / (WIDTH * WIDTH * SAMPLES);
}
