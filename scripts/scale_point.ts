// One point of the scale curve, for scripts/scale.ts, which starts it: prunes a network of four hidden layers of one width and
// takes the histograms of its hidden masks; prints time and memory as JSON.

import process from "node:process";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { initialise, uploadBatch, type WeightStorage } from "@graphon-limit/model";
import { planMemory, prune, PRUNERS } from "@graphon-limit/pruners";
import { type DeviceKind, openDevice, seedFrom } from "@graphon-limit/runtime";

const [method, width, storage, kind, dataDir] = Deno.args;
const weights = storage as WeightStorage, pruner = PRUNERS[method], seed = seedFrom(0);
const dataset = await loadDataset(dataDir ? "mnist" : "digits", { dataDir, seed: 0 });
const host = balancedBatch(dataset, 10, seed);
const widths = [dataset.dimension, ...new Array<number>(4).fill(Number(width)), dataset.classes];
using device = await openDevice({ kind: kind as DeviceKind });
const started = performance.now();
using mlp = initialise(device, widths, "he", { seed, weights });
using batch = uploadBatch(device, host.x, host.y);
const { kept } = await prune(mlp, pruner, { sparsity: 0.8, batch, seed });
const pruned = performance.now();
const densities: number[] = [];
for (const layer of [1, 2, 3]) densities.push((await sortAndSmooth(mlp.masks[layer]!)).graphon.density);
const ended = performance.now();
const plan = planMemory(
  { widths, method, samples: host.y.length, rounds: pruner.rounds, weights },
  device.info,
);
console.log(JSON.stringify({
  method,
  width: Number(width),
  weights,
  device: device.info.name,
  seconds: (ended - started) / 1000,
  pruneSeconds: (pruned - started) / 1000,
  residentBytes: process.resourceUsage().maxRSS * 1024,
  deviceBytes: device.memory.peak,
  plannedBytes: plan.peak,
  maskBytes: plan.masks,
  kept: kept.reduce((sum, count) => sum + count, 0),
  densities,
}));
