import type { Device } from "./device.ts";
import type { DeviceInfo } from "./device_info.ts";

/** How long the sample job took on two devices, in milliseconds; a job that was not done in time took Infinity. */
export interface Calibration {
  readonly adapter: number;
  readonly cpu: number;
}

/** Where calibrations are kept from one run of a program to the next, by what was measured. */
export interface CalibrationStore {
  get(key: string): Calibration | undefined;
  set(key: string, calibration: Calibration): void;
}

/** A device and why it was taken. */
export interface ChosenDevice {
  readonly device: Device;
  readonly why: string;
}

/** A little of what devices are opened for, by which two of them are compared. */
export interface SampleJob {
  /** What calibrations are kept under beside the devices' names: it changes when the job, or what it measures, does. */
  readonly version: string;
  /** Makes a device ready for the job. */
  prepare(device: Device): Disposable & { run(): Promise<void> };
}

let sampleJob: SampleJob | undefined;

/** Says by what job a software adapter and the CPU device are compared: `@graphon-limit/ops` does, with ops of its own. */
export function setSampleJob(job: SampleJob | undefined): void {
  sampleJob = job;
}

/** What this process measured. */
const measured = new Map<string, Calibration>();

/**
 * Milliseconds that an adapter has for its first run, in which shaders are compiled, beyond those the CPU device takes: in a browser
 * a software adapter takes many seconds to compile what pruning needs, however fast it computes after that.
 */
const PATIENCE_MS = 1500;

/** Runs after the first, of which the fastest counts. */
const RUNS = 4;

/** The key of a comparison. */
function keyOf(adapter: DeviceInfo, cpu: DeviceInfo, { version }: SampleJob): string {
  return `${adapter.name} | ${cpu.name} | ${version}`;
}

/**
 * The faster of a software adapter and the CPU device, by a sample job that both do, and that is remembered. The other one is
 * disposed of. Where there is no job the adapter is taken: then the program uses no ops but its own, of which the CPU
 * device has plain twins alone.
 */
export async function fasterOf(
  adapter: Device,
  cpu: Device,
  store: CalibrationStore | undefined,
): Promise<ChosenDevice> {
  if (sampleJob === undefined) {
    cpu[Symbol.dispose]();
    return { device: adapter, why: "only a software adapter answers" };
  }
  const key = keyOf(adapter.info, cpu.info, sampleJob);
  const known = measured.get(key) ?? store?.get(key);
  const times = known ?? await compare(adapter, cpu, sampleJob);
  measured.set(key, times);
  if (known === undefined) store?.set(key, times);
  const [taken, other] = times.adapter <= times.cpu ? [adapter, cpu] : [cpu, adapter];
  other[Symbol.dispose]();
  return { device: taken, why: `only a software adapter answers; ${describe(times, known === undefined)}` };
}

function describe({ adapter, cpu }: Calibration, now: boolean): string {
  if (adapter === Infinity) {
    const limit = `${PATIENCE_MS / 1000} s to compile it`;
    return now
      ? `it fails at a sample layer or takes more than ${limit}`
      : `when it was measured, it failed at a sample layer or took more than ${limit}`;
  }
  const verb = now ? "takes" : "took, when it was measured,";
  return `on a sample layer it ${verb} ${adapter.toFixed(0)} ms against the CPU device's ${
    cpu.toFixed(0)
  } ms`;
}

async function compare(adapter: Device, cpu: Device, job: SampleJob): Promise<Calibration> {
  const onCpu = await timeOf(cpu, job);
  const limit = PATIENCE_MS + 2 * onCpu;
  // An adapter that fails at the job is none to take, whatever the reason.
  const onAdapter = await timeOf(adapter, job, limit).catch(() => Infinity);
  return { adapter: onAdapter, cpu: onCpu };
}

/** Milliseconds of the job; Infinity where its first run is not done within a limit. */
async function timeOf(device: Device, job: SampleJob, limit = Infinity): Promise<number> {
  using ready = job.prepare(device);
  if (!await isDoneWithin(ready.run(), limit)) return Infinity;
  let fastest = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await ready.run();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

async function isDoneWithin(run: Promise<void>, limit: number): Promise<boolean> {
  if (limit === Infinity) return await run.then(() => true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), limit));
  try {
    const done = await Promise.race([run.then(() => true), late]);
    // The device is disposed of while its work is under way, which fails then, and nobody waits for it.
    if (!done) run.catch(() => {});
    return done;
  } finally {
    clearTimeout(timer);
  }
}
