/**
 * What the host has to do with a launch, a wait and a spectrum, by each implementation of WebGPU; a step of `bench/gpu.sh`.
 *
 *     deno run … bench/gpu_host.ts deno,dawn section.md
 *
 * @module
 */
import { writeFileAtomically } from "@graphon-limit/data";
import { symmetricEigenvalues } from "@graphon-limit/ntk";
import { addScaled, maskedMatmul } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import type { Device } from "@graphon-limit/runtime";
import { formatNumber } from "./case.ts";
import { median } from "./contest.ts";
import { openAdapter } from "./gpu_device.ts";

/** Launches that are recorded together, fewer than are submitted by themselves; and how often. */
const LAUNCHES = 100, TIMES = 50;

/** Rows whose eigenvalues are found, and how often. */
const SPECTRA = [[1024, 5], [4096, 1]] as const;

/** Milliseconds of some runs of something, the middle one; of several, after one that is not counted. */
async function timed(times: number, run: () => void | Promise<unknown>, after = async () => {}) {
  const taken: number[] = [];
  for (let i = times === 1 ? 1 : 0; i <= times; i++) {
    const start = performance.now();
    await run();
    if (i > 0) taken.push(performance.now() - start);
    await after();
  }
  return median(taken);
}

const WHAT = [
  "recording a launch with three matrices",
  "recording a launch with two matrices",
  "a launch, submitted and waited for",
  "the same, and its result read",
] as const;

/** Milliseconds of each of these that the host does with a device, as they come. */
async function* hostTimes(device: Device): AsyncGenerator<number> {
  using x = device.upload(new Float32Array(16), 4, 4);
  using y = device.upload(new Float32Array(16), 4, 4);
  using out = device.matrix(4, 4);
  const three = () => device.run(maskedMatmul, { weights: x, x: y, out }, { scale: 1, accumulate: 0 });
  const two = () => device.run(addScaled, { x, y }, { scale: 1 });
  const recording = async (launch: () => void) => {
    const record = () => {
      for (let i = 0; i < LAUNCHES; i++) launch();
    };
    return await timed(TIMES, record, () => device.idle()) / LAUNCHES;
  };
  const waiting = (wait: () => Promise<unknown>) =>
    timed(TIMES, () => {
      two();
      return wait();
    });
  yield await recording(three);
  yield await recording(two);
  yield await waiting(() => device.idle());
  yield await waiting(() => device.read(y));
}

/** Milliseconds of finding all eigenvalues of so many rows, which no device has a part in. */
async function spectrum(size: number, times: number): Promise<number> {
  const { data } = normalMatrix(1, size, size);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) data[j * size + i] = data[i * size + j];
  return await timed(times, () => symmetricEigenvalues(data, size));
}

const [, section] = Deno.args, backends = Deno.args[0].split(",");

/** The column of a backend: what is there of its times. */
const columns = backends.map((): string[] => []);
const failures: string[] = [], spectra: string[] = [];

/** Writes what there is: nothing of it is lost where the time is up. */
function write(): void {
  const lines = [
    `| the host's time, medians | ${backends.join(" | ")} |`,
    `| --- |${" ---: |".repeat(backends.length)}`,
    ...WHAT.map((what, row) => `| ${what} | ${columns.map((column) => column[row] ?? "–").join(" | ")} |`),
    ...spectra,
    ...(failures.length > 0 ? ["", ...failures] : []),
  ];
  writeFileAtomically(section, `${lines.join("\n")}\n`);
}

for (const [i, backend] of backends.entries()) {
  try {
    using device = await openAdapter(backend);
    for await (const milliseconds of hostTimes(device)) {
      columns[i].push(timeText(milliseconds));
      write();
    }
  } catch (error) {
    columns[i].push("failed");
    failures.push(`**${backend} failed:** ${error instanceof Error ? error.message : error}`);
    write();
  }
}
for (const [size, times] of SPECTRA) {
  const columnsLeft = " |".repeat(backends.length - 1);
  spectra.push(
    `| all eigenvalues of ${size} rows | ${timeText(await spectrum(size, times))} |${columnsLeft}`,
  );
  write();
}
if (failures.length > 0) Deno.exit(1);

function timeText(milliseconds: number): string {
  return milliseconds < 0.1 ? `${formatNumber(1000 * milliseconds)} µs` : `${formatNumber(milliseconds)} ms`;
}
