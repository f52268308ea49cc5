import { maskedMatmul, normalMatrix, saliency } from "@graphon-limit/ops";
import { type Device, type DeviceKind, openDevice } from "@graphon-limit/runtime";

/** A device and why it was taken. */
export interface ChosenDevice {
  readonly device: Device;
  readonly why: string;
}

/** Rows and columns of the layer that the calibration multiplies with, and samples in its batch. */
const WIDTH = 768, SAMPLES = 100;

/**
 * Opens the device a command asks for. `auto` takes a hardware adapter; where only a software adapter answers, which may
 * be faster or slower than the plain CPU device, both do a forward product and a scoring of one layer, and the faster
 * one is taken.
 */
export async function chooseDevice(wanted: DeviceKind): Promise<ChosenDevice> {
  const device = await openDevice({ kind: wanted });
  if (wanted !== "auto") return { device, why: `asked for with --device ${wanted}` };
  if (device.info.kind === "cpu") return { device, why: "no WebGPU adapter answers" };
  if (!device.info.software) return { device, why: "a hardware adapter answers" };

  const cpu = await openDevice({ kind: "cpu" });
  const adapterTime = await calibrate(device), cpuTime = await calibrate(cpu);
  const times = `${adapterTime.toFixed(0)} ms against the plain CPU device's ${cpuTime.toFixed(0)} ms`;
  const [taken, other] = adapterTime <= cpuTime ? [device, cpu] : [cpu, device];
  other[Symbol.dispose]();
  return { device: taken, why: `only a software adapter answers; on a sample layer it takes ${times}` };
}

/** Milliseconds of the sample job, the faster of two runs after one that compiles. */
async function calibrate(device: Device): Promise<number> {
  using weights = device.upload(normalMatrix(1, WIDTH, WIDTH).data, WIDTH, WIDTH);
  using x = device.upload(normalMatrix(2, WIDTH, SAMPLES).data, WIDTH, SAMPLES);
  using product = device.matrix(WIDTH, SAMPLES);
  using scores = device.matrix(WIDTH, WIDTH);
  let fastest = Infinity;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    device.run(maskedMatmul, { weights, x, out: product }, { scale: 1, accumulate: 0 });
    device.run(saliency, { a: product, x, weights, out: scores }, { scale: 1, pruned: 0, kind: "snip" });
    await device.read(scores, [0, 1]);
    if (run > 0) fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}
