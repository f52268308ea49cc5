import { maskedMatmul } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import type { Device } from "@graphon-limit/runtime";
import {
  type FolderStore,
  type Lab,
  type Plan,
  type PlannedTask,
  type TaskRecord,
  TimeModel,
} from "@graphon-limit/study";

/** What is known of a plan's tasks before they are done. */
export interface Forecast {
  readonly missing: readonly PlannedTask[];
  readonly done: number;
  /** Seconds that a task is likely to take. */
  readonly secondsOf: (planned: PlannedTask) => number;
  /** Seconds of all that is missing, one after the other. */
  readonly seconds: number;
  /** What the estimate rests on. */
  readonly basis: string;
}

/** Tasks whose times are looked at: more say little more. */
const SAMPLE = 200;

/** Looks at what is done of a plan, where there is a store, and estimates how long the rest takes. */
export async function forecast(lab: Lab, plan: Plan, store: FolderStore | undefined): Promise<Forecast> {
  const digests = store ? await store.digests() : new Set<string>();
  const done = plan.tasks.filter(({ digest }) => digests.has(digest));
  const missing = plan.tasks.filter(({ digest }) => !digests.has(digest));
  const records: TaskRecord[] = [], step = Math.max(1, Math.ceil(done.length / SAMPLE));
  for (let at = 0; at < done.length; at += step) {
    const record = await store?.find(done[at].task);
    if (record) records.push(record);
  }
  const model = new TimeModel(lab, records, await secondsPerProduct(lab.device));
  const known = missing.filter(({ task }) => model.knows(task)).length;
  const secondsOf = ({ task }: PlannedTask) => model.seconds(task);
  return {
    missing,
    done: done.length,
    secondsOf,
    seconds: missing.reduce((sum, planned) => sum + secondsOf(planned), 0),
    basis: known === missing.length
      ? "by the times of those that are done"
      : `${missing.length - known} of them guessed from this machine's speed: none of their kind is done`,
  };
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
