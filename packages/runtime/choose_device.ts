import type { Device } from "./device.ts";
import type { DeviceInfo } from "./device_info.ts";

/** How long the sample job took on two devices, in milliseconds; a job that was not done in time took Infinity. */
export interface Calibration {
  readonly first: number;
  readonly second: number;
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

/** Says by what job devices are compared: `@graphon-limit/ops` does, with ops of its own. */
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

/**
 * How much faster than the CPU device a software adapter must be at the sample job: both are programs on the same processor, and it
 * compiles every shader anew in each run.
 */
export const SOFTWARE_MARGIN = 2;

/** Runs after the first, of which the fastest counts. */
const RUNS = 4;

/** What a device is called where two of one adapter are told apart. */
function nameOf({ name, backend }: DeviceInfo): string {
  return backend === "dawn" ? `${name} (Dawn)` : name;
}

/** The key of a comparison. */
function keyOf(first: DeviceInfo, second: DeviceInfo, { version }: SampleJob): string {
  return `${nameOf(first)} | ${nameOf(second)} | ${version}`;
}

/**
 * The faster of two devices, by a sample job that both do, and that is remembered. The other one is disposed of. The first
 * has only so long to compile it, and is taken only if it is faster by a margin. Where there is no job the first is taken, and there is nothing to say of that: then the
 * program uses no ops but its own, of which the CPU device has plain twins alone.
 */
export async function fasterOf(
  first: Device,
  second: Device,
  store: CalibrationStore | undefined,
  margin = 1,
): Promise<ChosenDevice> {
  if (sampleJob === undefined) {
    second[Symbol.dispose]();
    return { device: first, why: "" };
  }
  const key = keyOf(first.info, second.info, sampleJob);
  const known = measured.get(key) ?? store?.get(key);
  const times = known ?? await compare(first, second, sampleJob);
  measured.set(key, times);
  if (known === undefined) store?.set(key, times);
  const [taken, other] = margin * times.first <= times.second ? [first, second] : [second, first];
  other[Symbol.dispose]();
  const why = describe(times, [first.info, second.info], known === undefined);
  const tooClose = taken === second && times.first <= times.second;
  return {
    device: taken,
    why: tooClose ? `${why}, and is not taken for less than ${margin} times the speed` : why,
  };
}

/** `it`, the adapter, or which implementation of WebGPU where both are adapters. */
function subjectOf({ kind, backend }: DeviceInfo, other: DeviceInfo): string {
  if (kind === "cpu") return "the CPU device";
  if (other.kind === "cpu") return "it";
  return backend === "dawn" ? "Dawn" : "the host's own WebGPU";
}

function describe(
  times: Calibration,
  [first, second]: readonly [DeviceInfo, DeviceInfo],
  now: boolean,
): string {
  const subject = subjectOf(first, second), other = subjectOf(second, first);
  if (times.first === Infinity) {
    const limit = `${PATIENCE_MS / 1000} s to compile it`;
    return now
      ? `${subject} fails at a sample layer or takes more than ${limit}`
      : `when it was measured, ${subject} failed at a sample layer or took more than ${limit}`;
  }
  const verb = now ? "takes" : "took, when it was measured,";
  const [ms, otherMs] = [times.first, times.second].map((time) => `${time.toFixed(time < 10 ? 1 : 0)} ms`);
  return `on a sample layer ${subject} ${verb} ${ms} against ${other}'s ${otherMs}`;
}

async function compare(first: Device, second: Device, job: SampleJob): Promise<Calibration> {
  const onSecond = await timeOf(second, job);
  const limit = PATIENCE_MS + 2 * onSecond;
  // A device that fails at the job is none to take, whatever the reason.
  const onFirst = await timeOf(first, job, limit).catch(() => Infinity);
  return { first: onFirst, second: onSecond };
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
