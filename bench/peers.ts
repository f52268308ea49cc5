/**
 * End-to-end jobs beside NumPy and PyTorch doing the same in the same run, turn by turn: medians and their ratio. Results are
 * compared before anything is timed.
 *
 *     deno run … bench/peers.ts [--device cpu|webgpu|auto] [--widths 1024,2000] [--runs 5] [--python /usr/bin/python3] [job…]
 *
 * Jobs: product, snip, grasp, synflow, ntk, histogram.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { initialise, type Mlp, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { maskedMatmul, normalMatrix, sampleMask } from "@graphon-limit/ops";
import { grasp, prune, type Pruner, random, snip, synflow } from "@graphon-limit/pruners";
import { type Device, type DeviceKind, openDevice, seedFrom, unpackBits } from "@graphon-limit/runtime";
import { Peer } from "./peer.ts";

/** One job: what the peer is asked, our side of it, and how far apart the results are. */
interface Job {
  readonly name: string;
  readonly request: Record<string, unknown>;
  run(): Promise<void>;
  /** Compares with what the peer gave; the largest difference, or the fraction of entries that differ. */
  difference(theirs: Uint8Array): Promise<number>;
  readonly tolerance: number;
}

const SPARSITY = 0.8, IMAGES = 100, CLASSES = 10;

function asFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

/** The largest difference, as a part of the largest number. */
function relativeDifference(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Infinity;
  let most = 0, scale = 0;
  for (let i = 0; i < ours.length; i++) {
    most = Math.max(most, Math.abs(ours[i] - theirs[i]));
    scale = Math.max(scale, Math.abs(theirs[i]));
  }
  return most / scale;
}

async function productJob(device: Device, peer: Peer, n: number): Promise<Job> {
  const a = normalMatrix(1, n, n), b = normalMatrix(2, n, n);
  await peer.put("a", a.data as Float32Array);
  await peer.put("b", b.data as Float32Array);
  const weights = device.upload(a.data as Float32Array, n, n),
    x = device.upload(b.data as Float32Array, n, n);
  const out = device.matrix(n, n);
  return {
    name: `matrix product ${n}`,
    request: { job: "product", n },
    async run() {
      device.run(maskedMatmul, { weights, x, out }, { scale: 1, accumulate: 0 });
      await device.idle();
    },
    difference: async (theirs) => relativeDifference(await device.read(out), asFloats(theirs)),
    tolerance: 1e-5,
  };
}

/** The network that a width's jobs share, its weights where the peer finds them. */
async function network(device: Device, peer: Peer, width: number, samples: number) {
  const widths = [784, width, width, width, width, CLASSES];
  const mlp = initialise(device, widths, "he", { seed: seedFrom(1) });
  for (const [layer, weights] of mlp.weights.entries()) {
    await peer.put(`w${layer}`, await device.read(weights));
  }
  const x = normalMatrix(3, samples, widths[0]).data as Float32Array;
  await peer.put("x", x);
  const batch = uploadBatch(device, x, Uint32Array.from({ length: samples }, (_, i) => i % CLASSES));
  return { widths, mlp, batch };
}

async function maskBytes(mlp: Mlp): Promise<Uint8Array[]> {
  return await Promise.all(mlp.masks.map(async (mask, layer) => {
    const { rows, cols } = mlp.weights[layer];
    return mask
      ? unpackBits(await mlp.device.readBits(mask), rows, cols)
      : new Uint8Array(rows * cols).fill(1);
  }));
}

async function maskJob(device: Device, peer: Peer, pruner: Pruner, width: number): Promise<Job> {
  const { widths, mlp, batch } = await network(device, peer, width, IMAGES);
  return {
    name: `${pruner.name} masks, width ${width}`,
    request: { job: "masks", method: pruner.name, sparsity: SPARSITY, widths, samples: IMAGES },
    async run() {
      for (const layer of mlp.masks.keys()) mlp.setMask(layer, undefined);
      await prune(mlp, pruner, { sparsity: SPARSITY, batch, seed: seedFrom(2) });
      await device.idle();
    },
    async difference(theirs) {
      let at = 0, different = 0;
      for (const layer of await maskBytes(mlp)) {
        for (const entry of layer) different += entry === theirs[at++] ? 0 : 1;
      }
      return at === theirs.length ? different / at : 1;
    },
    tolerance: 1e-3,
  };
}

async function kernelJob(device: Device, peer: Peer, width: number): Promise<Job> {
  const { widths, mlp, batch } = await network(device, peer, width, width);
  await prune(mlp, random, { sparsity: SPARSITY, seed: seedFrom(2) });
  for (const [layer, bytes] of (await maskBytes(mlp)).entries()) await peer.put(`m${layer}`, bytes);
  let kernel: Float32Array = new Float32Array();
  return {
    name: `masked NTK, ${width} inputs × width ${width}`,
    request: { job: "tangent_kernel", widths, samples: width },
    async run() {
      using matrix = await empiricalKernel(mlp, batch.inputs, { output: "sum" });
      kernel = await device.read(matrix);
    },
    difference: (theirs) => Promise.resolve(relativeDifference(kernel, asFloats(theirs))),
    tolerance: 1e-4,
  };
}

async function histogramJob(device: Device, peer: Peer, n: number): Promise<Job> {
  const mask = device.bits(n, n), grid = 64;
  using probabilities = device.upload(Float32Array.from({ length: 16 }, (_, i) => (i + 1) / 40), 4, 4);
  const seed = { seedLow: 1, seedHigh: 0, layer: 0, totalRows: n };
  device.run(sampleMask, { probabilities, mask }, seed);
  await peer.put("mask", unpackBits(await device.readBits(mask), n, n));
  let values: Float32Array = new Float32Array();
  return {
    name: `sort-and-smooth histogram, width ${n}`,
    request: { job: "histogram", n, grid },
    async run() {
      values = Float32Array.from((await sortAndSmooth(mask, grid)).graphon.values);
    },
    difference: (theirs) => Promise.resolve(relativeDifference(values, asFloats(theirs))),
    tolerance: 1e-6,
  };
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}

/** One line of the table: compared first, then timed in turns. */
async function measure(job: Job, peer: Peer, runs: number): Promise<string> {
  await job.run();
  await peer.time(job.request);
  const difference = await job.difference(await peer.result());
  if (!(difference <= job.tolerance)) {
    return `| ${job.name} | results differ by ${difference.toExponential(1)}: not timed | | |`;
  }
  const ours: number[] = [], theirs: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await job.run();
    ours.push(performance.now() - start);
    theirs.push(await peer.time(job.request));
  }
  const [us, them] = [median(ours), median(theirs)];
  return `| ${job.name} | ${us.toFixed(1)} ms | ${them.toFixed(1)} ms | ${(us / them).toFixed(2)} |`;
}

async function main(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      device: { type: "string", default: "cpu" },
      widths: { type: "string", default: "1024,2000" },
      runs: { type: "string", default: "5" },
      python: { type: "string", default: "/usr/bin/python3" },
    },
  });
  const started = await Peer.start(values.python);
  if (!started) {
    console.log(`${values.python} with NumPy and PyTorch is not installed: no peer to compare with`);
    return;
  }
  await using peer = started.peer;
  using device = await openDevice({ kind: values.device as DeviceKind });
  const widths = values.widths.split(",").map(Number), runs = Number(values.runs);
  // Made one after another: they share the peer's folder.
  const jobs: Record<string, (() => Promise<Job>)[]> = {
    product: widths.map((width) => () => productJob(device, peer, width)),
    snip: widths.map((width) => () => maskJob(device, peer, snip, width)),
    grasp: widths.map((width) => () => maskJob(device, peer, grasp, width)),
    synflow: widths.map((width) => () => maskJob(device, peer, synflow, width)),
    ntk: [() => kernelJob(device, peer, Math.min(...widths))],
    histogram: [() => histogramJob(device, peer, 10_000)],
  };
  console.log(`${device.info.name}; ${started.versions}\n`);
  console.log("| job | graphon-limit | peer | ratio |\n| --- | ---: | ---: | ---: |");
  for (const name of positionals.length > 0 ? positionals : Object.keys(jobs)) {
    for (const make of jobs[name] ?? []) console.log(await measure(await make(), peer, runs));
  }
}

await main(Deno.args);
