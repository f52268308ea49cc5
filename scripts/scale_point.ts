// One point of the scale curve, for scripts/scale.ts, which starts it with the point's parameters and, where its images are from
// files, their folder: prunes a network, takes the histograms of its hidden masks, and prints time and memory as JSON.

import process from "node:process";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { initialise, type Initialiser, uploadBatch, type WeightStorage } from "@graphon-limit/model";
import { methodNamed, planMemory, prune } from "@graphon-limit/pruners";
import {
  type Device,
  type DeviceKind,
  GraphonLimitError,
  openDevice,
  seedFrom,
} from "@graphon-limit/runtime";
import type { DataRef } from "@graphon-limit/study";

/** All that time and memory depend on. */
export type PointParams = {
  readonly device: { readonly kind: DeviceKind; readonly name: string };
  readonly data: DataRef;
  readonly seed: number;
  readonly method: string;
  readonly rounds: number;
  readonly sparsity: number;
  readonly width: number;
  /** Hidden layers, all of one width. */
  readonly hidden: number;
  readonly initialiser: Initialiser;
  readonly weights: WeightStorage;
  readonly samplesPerClass: number;
};

/** What was measured. */
export type PointResult = {
  /** From weights to histograms, and to the masks. */
  readonly seconds: number;
  readonly pruneSeconds: number;
  /** The most memory the process had, and its matrices took on the device. */
  readonly residentBytes: number;
  readonly deviceBytes: number;
  readonly plannedBytes: number;
  readonly maskBytes: number;
  readonly kept: number;
  /** Of the hidden→hidden masks. */
  readonly densities: readonly number[];
};

async function measure(
  device: Device,
  params: PointParams,
  dataDir: string | undefined,
): Promise<PointResult> {
  const { data, rounds, sparsity, hidden, weights, samplesPerClass } = params;
  const method = methodNamed(params.method), seed = seedFrom(params.seed);
  const dataset = await loadDataset(data.name, {
    count: data.images,
    ...(dataDir === undefined ? { seed: 0 } : { dataDir }),
  });
  const host = balancedBatch(dataset, samplesPerClass, seed);
  const widths = [dataset.dimension, ...new Array<number>(hidden).fill(params.width), dataset.classes];
  const started = performance.now(), seconds = () => (performance.now() - started) / 1000;
  using network = initialise(device, widths, params.initialiser, { seed, weights });
  using batch = uploadBatch(device, host.x, host.y);
  const { kept } = await prune(network, method, { sparsity, rounds, batch, seed });
  const pruneSeconds = seconds(), densities: number[] = [];
  for (const { mask } of network.weights.slice(1, -1)) {
    densities.push((await sortAndSmooth(mask!)).graphon.density);
  }
  const whole = seconds();
  const plan = planMemory({ network: widths, method, samples: host.count, rounds, weights }, device.info);
  return {
    seconds: whole,
    pruneSeconds,
    residentBytes: process.resourceUsage().maxRSS * 1024,
    deviceBytes: device.memory.peak,
    plannedBytes: plan.peak,
    maskBytes: plan.masks,
    kept: kept.reduce((sum, count) => sum + count, 0),
    densities,
  };
}

const params: PointParams = JSON.parse(Deno.args[0]), { kind, name } = params.device;
using device = await openDevice({ kind });
if (device.info.name !== name) {
  throw new GraphonLimitError(`Expected the device ${name} but found ${device.info.name}`);
}
console.log(JSON.stringify(await measure(device, params, Deno.args[1])));
