import type { AnyOp, Device, DeviceArray } from "@graphon-limit/runtime";
import { Bench } from "tinybench";
import { type OpCase, place } from "../test/ops/harness.ts";

/** Times of one case on one device, in milliseconds. */
export interface Timing {
  readonly median: number;
  readonly fastest: number;
  readonly samples: number;
}

/**
 * Measures an op: recording one run, submitting it, and waiting until it is done, with matrices that are on the device
 * already. The first runs, which compile the shader and fill the caches, are not counted.
 *
 * @param budget milliseconds to spend; at least three runs are measured whatever they take
 */
export async function measure(
  device: Device,
  op: AnyOp,
  { args, settings }: OpCase,
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
    const bench = new Bench({
      time: budget,
      iterations: 3,
      warmupTime: budget / 5,
      warmupIterations: 1,
      throws: true,
    });
    bench.add(op.name, async () => {
      run(op, live, settings ?? {});
      await device.idle();
    }, { async: true });
    const [{ result }] = await bench.run();
    if (result.state !== "completed") throw new Error(`${op.name} was not measured: ${result.state}`);
    const { p50, min, samplesCount } = result.latency;
    return { median: p50, fastest: min, samples: samplesCount };
  } finally {
    for (const name in live) live[name].dispose();
  }
}
