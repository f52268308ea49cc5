import type { AnyOp, Device, DeviceArray } from "@graphon-limit/runtime";
import { Bench } from "tinybench";
import { type OpCase, place } from "../test/ops/harness.ts";

/** Times of one run of a case on one device, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly fastest: number;
  /** Batches measured, and runs in each. */
  readonly samples: number;
  readonly runs: number;
}

/** A batch lasts this many times as long as submitting and waiting alone, which then adds a twentieth at most. */
const OVERHEADS_PER_BATCH = 20;

/** Runs in one batch, at most. */
const MOST_RUNS = 4096;

/** Milliseconds that submitting next to nothing and waiting until it is done takes: the least of some attempts. */
export async function measureOverhead(device: Device): Promise<number> {
  using matrix = device.matrix(1, 4);
  let least = Infinity;
  for (let attempt = 0; attempt < 8; attempt++) {
    least = Math.min(least, await timeBatch(device, () => device.clear(matrix), 1));
  }
  return least;
}

/** Milliseconds that recording some runs, submitting them and waiting until they are done takes. */
export async function timeBatch(device: Device, record: () => void, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) record();
  await device.idle();
  return performance.now() - start;
}

/** How many runs make a batch that lasts long enough, found by making some, which compile the shader and fill the caches. */
export async function runsPerBatch(device: Device, record: () => void, overhead: number): Promise<number> {
  await timeBatch(device, record, 1);
  let runs = 1;
  while (runs < MOST_RUNS && await timeBatch(device, record, runs) < OVERHEADS_PER_BATCH * overhead) {
    runs *= 2;
  }
  return runs;
}

/**
 * Measures an op with matrices that are on the device already. Runs are recorded in batches so large that submitting and
 * waiting, which cost milliseconds on a WebGPU device however small the work, hardly count; a time is a batch's divided
 * by its runs. The batches that find the right size also compile the shader and fill the caches; they are not counted.
 *
 * @param overhead what {@linkcode measureOverhead} found
 * @param budget milliseconds to spend; at least three batches are measured whatever they take
 */
export async function measure(
  device: Device,
  op: AnyOp,
  { args, settings }: OpCase,
  overhead: number,
  budget: number,
): Promise<Timing> {
  const live: Record<string, DeviceArray> = {};
  try {
    for (const name in args) {
      const arg = args[name];
      if (arg) live[name] = place(device, arg);
    }
    // The op's types are erased here; the runtime checks arguments and settings again.
    const run = device.run.bind(device) as (op: AnyOp, args: object, settings: object) => void;
    const record = () => run(op, live, settings ?? {});
    const runs = await runsPerBatch(device, record, overhead);
    const bench = new Bench({ time: budget, iterations: 3, warmup: false, throws: true });
    bench.add(op.name, async () => {
      const elapsed = await timeBatch(device, record, runs);
      return { overriddenDuration: elapsed / runs, overriddenIterationCost: elapsed };
    }, { async: true });
    const [{ result }] = await bench.run();
    if (result.state !== "completed") throw new Error(`${op.name} was not measured: ${result.state}`);
    const { p50, min, samplesCount } = result.latency;
    return { median: p50, fastest: min, samples: samplesCount, runs };
  } finally {
    for (const name in live) live[name].dispose();
  }
}
