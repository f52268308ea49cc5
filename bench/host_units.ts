// What a mask's histogram, the unit of the paper's convergence studies, takes the host: every launch is recorded and submitted, but of
// no workgroups, so that the adapter has nothing to do and a program that is one takes no time from the host. Writes Markdown.
//   XDG_RUNTIME_DIR=/tmp DENO_WEBGPU_BACKEND=vulkan deno run --no-prompt --allow-read --allow-write=bench/results \
//     --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND --allow-sys=systemMemoryInfo bench/host_units.ts bench/results/host-units.md
import { loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { openDevice } from "@graphon-limit/runtime";
import {
  COMMON,
  dataRef,
  distinctTasks,
  EXPERIMENTS,
  FULL_SCALE,
  Laboratory,
  MemoryStore,
} from "@graphon-limit/study";
import { median } from "./contest.ts";
import { watchHost } from "./host_profile.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { sortOf } from "./paper_tasks.ts";

/** Units of each sort that are timed, after some that compile shaders and make buffers; and the width of the networks. */
const TIMED = 40, BEFORE = 10, WIDTH = 1000;

const [out] = Deno.args;
const { prototype } = GPUComputePassEncoder, { dispatchWorkgroups } = prototype;
prototype.dispatchWorkgroups = function (this: GPUComputePassEncoder) {
  return dispatchWorkgroups.call(this, 0, 1, 1);
};

const dataset = await loadDataset("digits"), ref = await dataRef(dataset);
const scale = { ...FULL_SCALE, common: { ...COMMON, data: ref, seed: 0 } };
const tasks = distinctTasks(EXPERIMENTS.flatMap((experiment) => experiment.tasks(scale)));
const sorts = Map.groupBy(
  tasks.filter((task) =>
    sortOf(task).startsWith("mask-histogram") && sortOf(task).endsWith(`width ${WIDTH}`)
  ),
  sortOf,
);
using device = await openDevice({ kind: "webgpu", backend: "deno" });
using lab = new Laboratory({ device, store: new MemoryStore(), data: { ref, dataset } });
const asked = watchHost(device), rows: string[] = [], medians: number[] = [];
for (const [sort, list] of sorts) {
  const taken: number[] = [];
  let launches = 0, waits = 0;
  for (const [index, task] of list.slice(0, BEFORE + TIMED).entries()) {
    const before = asked(), start = performance.now();
    await lab.record(task);
    const milliseconds = performance.now() - start, now = asked();
    if (index >= BEFORE) taken.push(milliseconds - (now.waited - before.waited));
    [launches, waits] = [now.launches - before.launches, now.waits - before.waits];
  }
  medians.push(median(taken));
  rows.push(
    `| ${
      [sort, taken.length, median(taken).toFixed(1), Math.min(...taken).toFixed(1), launches, waits].join(
        " | ",
      )
    } |`,
  );
}
writeFileAtomically(
  out,
  [
    `# A histogram unit on the host: ${machineLine(describeMachine())}`,
    "",
    `\`deno run … bench/host_units.ts\`, Deno ${Deno.version.deno}, ${device.info.name}. Milliseconds in which the host did not wait for ` +
    "the device, every launch being of no workgroups: drawing samples, recording, submitting, writing down the result. " +
    `The mean of the medians: **${
      (medians.reduce((sum, each) => sum + each, 0) / medians.length).toFixed(1)
    } ms**.`,
    "",
    "| unit | timed | median | least | launches | waits |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n"),
);
