/**
 * What the host has to do with a launch, a wait and a spectrum; a step of `bench/gpu.sh`.
 *
 *     deno run … bench/gpu_host.ts section.md
 *
 * @module
 */
import { symmetricEigenvalues } from "@graphon-limit/ntk";
import { addScaled, maskedMatmul } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import { openDevice } from "@graphon-limit/runtime";
import { formatNumber } from "./case.ts";
import { median } from "./contest.ts";

/** Launches that are recorded together, fewer than are submitted by themselves; and how often. */
const LAUNCHES = 100, TIMES = 50;

/** Rows whose eigenvalues are found, and how often. */
const SPECTRA = [[1024, 5], [4096, 1]] as const;

/** Milliseconds of some runs of something, the middle one. */
async function timed(times: number, run: () => void | Promise<unknown>, after = async () => {}) {
  const taken: number[] = [];
  for (let i = 0; i <= times; i++) {
    const start = performance.now();
    await run();
    if (i > 0) taken.push(performance.now() - start);
    await after();
  }
  return median(taken);
}

using device = await openDevice({ kind: "webgpu" });
using x = device.upload(new Float32Array(16), 4, 4);
using y = device.upload(new Float32Array(16), 4, 4);
using out = device.matrix(4, 4);
const launches = {
  "three matrices": () => device.run(maskedMatmul, { weights: x, x: y, out }, { scale: 1, accumulate: 0 }),
  "two matrices": () => device.run(addScaled, { x, y }, { scale: 1 }),
};
const rows: string[] = [];
for (const [name, launch] of Object.entries(launches)) {
  const record = () => {
    for (let i = 0; i < LAUNCHES; i++) launch();
  };
  const milliseconds = await timed(TIMES, record, () => device.idle());
  rows.push(`| recording a launch with ${name} | ${formatNumber(1000 * milliseconds / LAUNCHES)} µs |`);
}
const waited = await timed(TIMES, () => {
  launches["two matrices"]();
  return device.idle();
});
rows.push(`| a launch, submitted and waited for | ${formatNumber(waited)} ms |`);
const read = await timed(TIMES, () => {
  launches["two matrices"]();
  return device.read(y);
});
rows.push(`| the same, and its result read | ${formatNumber(read)} ms |`);
for (const [size, times] of SPECTRA) {
  const { data } = normalMatrix(1, size, size);
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) data[j * size + i] = data[i * size + j];
  const milliseconds = await timed(times, () => symmetricEigenvalues(data, size));
  rows.push(`| all eigenvalues of ${size} rows | ${formatNumber(milliseconds)} ms |`);
}
await Deno.writeTextFile(
  Deno.args[0],
  ["| the host's time | median |", "| --- | ---: |", ...rows, ""].join("\n"),
);
