/**
 * SNIP at one width end to end on the WebGPU adapter: weights drawn, 100 digits uploaded, four hidden layers scored, masks
 * and the histograms of all layers; a step of `bench/gpu.sh`.
 *
 *     deno run … bench/gpu_snip.ts 10000 deno|dawn section.md
 *
 * @module
 */
import { balancedBatch, generateDigits } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { prune, snip } from "@graphon-limit/pruners";
import { type Device, formatBytes, seedFrom } from "@graphon-limit/runtime";
import { median } from "./contest.ts";
import { openAdapter } from "./gpu_device.ts";

/** Seconds the whole may take at the width the bar is set for. */
const BAR_WIDTH = 10_000, BAR_SECONDS = 2;

const RUNS = 5, SPARSITY = 0.8;

/** In the share of weights kept: whole weights and ties at the threshold. */
const LARGEST_ERROR = 1e-5;

/** Seconds until the masks are there, and until the histograms are. */
async function runOnce(
  device: Device,
  width: number,
  digits: { x: Float32Array; y: Uint32Array },
  run: number,
) {
  const start = performance.now(), seconds = () => (performance.now() - start) / 1000;
  using network = initialise(device, [784, width, width, width, width, 10], "he", { seed: seedFrom(run) });
  using batch = uploadBatch(device, digits.x, digits.y);
  const { kept } = await prune(network, snip, { sparsity: SPARSITY, batch, seed: seedFrom(run) });
  const masks = seconds();
  await Promise.all(network.weights.map(({ mask }) => mask && sortAndSmooth(mask, 64)));
  const whole = seconds();
  const total = network.weights.reduce((sum, { count }) => sum + count, 0);
  return { masks, whole, density: kept.reduce((sum, count) => sum + count, 0) / total };
}

const width = Number(Deno.args[0]);
const { x, y } = balancedBatch(generateDigits({ count: 1000 }), 10, 4);
using device = await openAdapter(Deno.args[1]);
const runs = [];
for (let run = 0; run <= RUNS; run++) {
  runs.push(await runOnce(device, width, { x, y: Uint32Array.from(y) }, run));
}
const [first, ...later] = runs;
const wrong = runs.find(({ density }) => Math.abs(density - (1 - SPARSITY)) > LARGEST_ERROR);
const whole = median(later.map(({ whole }) => whole)), masks = median(later.map(({ masks }) => masks));
const verdict = width !== BAR_WIDTH
  ? `the bar, ${BAR_SECONDS} s, is set at width ${BAR_WIDTH}`
  : `bar ${BAR_SECONDS} s: ${whole < BAR_SECONDS ? "met" : "**not met**"}`;
const lines = [
  `784 inputs, four hidden layers of ${width}, 10 outputs; 100 digits; 80 % removed; 64×64 histograms of all layers.`,
  `Median of ${RUNS} runs after one that compiles the shaders: **${
    whole.toFixed(3)
  } s** from drawing the weights to the ` +
  `histograms (${masks.toFixed(3)} s to the masks); the first run ${first.whole.toFixed(3)} s; ${verdict}. ` +
  `Peak device memory ${formatBytes(device.memory.peak)}.`,
  ...(wrong ? [`**A run kept ${wrong.density} of the weights, not ${1 - SPARSITY}.**`] : []),
];
await Deno.writeTextFile(Deno.args[2], `${lines.join("\n")}\n`);
if (wrong) Deno.exit(1);
