import { maskedMatmul, saliency } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import { type Device, type DeviceKind, openDevice } from "@graphon-limit/runtime";
import { CalibrationCache } from "./calibration_cache.ts";

/** A device and why it was taken. */
export interface ChosenDevice {
  readonly device: Device;
  readonly why: string;
}

/** Rows and columns of the layer that the calibration multiplies with, and samples in its batch. */
const WIDTH = 768, SAMPLES = 100;

/** What a calibration is kept under beside the devices' names: it changes when the ops or the sample job do. */
const VERSION = "0.1.0, sample job 2, ops 2";

/**
 * Opens the device a command asks for. `auto` takes a hardware adapter; where only a software adapter answers, which may
 * be faster or slower than the CPU device, both do a forward product and a scoring of one layer, and the faster one is
 * taken. What was measured is kept in the user's cache folder. The environment's `GRAPHON_LIMIT_BLAS` names a library that
 * the CPU device is to multiply with.
 */
export async function chooseDevice(
  wanted: DeviceKind,
  cache: CalibrationCache = new CalibrationCache(),
): Promise<ChosenDevice> {
  const blas = chosenBlas();
  const device = await openDevice({ kind: wanted, blas });
  if (wanted !== "auto") return { device, why: `asked for with --device ${wanted}` };
  if (device.info.kind === "cpu") return { device, why: "no WebGPU adapter answers" };
  if (!device.info.software) return { device, why: "a hardware adapter answers" };

  const cpu = await openDevice({ kind: "cpu", blas });
  const key = `${device.info.name} | ${cpu.info.name} | ${VERSION}`;
  let times = cache.get(key);
  const measured = times === undefined;
  if (times === undefined) {
    times = { adapter: await calibrate(device), cpu: await calibrate(cpu) };
    cache.set(key, times);
  }
  const [taken, other] = times.adapter <= times.cpu ? [device, cpu] : [cpu, device];
  other[Symbol.dispose]();
  const verb = measured ? "takes" : "took, when it was measured,";
  const comparison = `${times.adapter.toFixed(0)} ms against the CPU device's ${times.cpu.toFixed(0)} ms`;
  return {
    device: taken,
    why: `only a software adapter answers; on a sample layer it ${verb} ${comparison}`,
  };
}

/** The library that the user wants the CPU device to multiply with; none where the environment is not to be read. */
function chosenBlas(): string | undefined {
  try {
    return Deno.env.get("GRAPHON_LIMIT_BLAS") || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Milliseconds of the sample job, the fastest of some runs after one that compiles. */
async function calibrate(device: Device): Promise<number> {
  using weights = device.upload(normalMatrix(1, WIDTH, WIDTH).data, WIDTH, WIDTH);
  using x = device.upload(normalMatrix(2, WIDTH, SAMPLES).data, WIDTH, SAMPLES);
  using product = device.matrix(WIDTH, SAMPLES);
  using scores = device.matrix(WIDTH, WIDTH);
  let fastest = Infinity;
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    device.run(maskedMatmul, { weights, x, out: product }, { scale: 1, accumulate: 0 });
    device.run(saliency, { a: product, x, weights, out: scores }, { scale: 1, pruned: 0, kind: "snip" });
    await device.read(scores, [0, 1]);
    if (run > 0) fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}
