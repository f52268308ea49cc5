import { generateDigits } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { adam, initialise, type Network, uploadBatch } from "@graphon-limit/model";
import { train } from "@graphon-limit/training";
import { empiricalKernel, symmetricEigenvalues } from "@graphon-limit/ntk";
import { maskedMatmul, maskedMatmulTransposed, sampleMask } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import { methodNamed, prune, random } from "@graphon-limit/pruners";
import { type Device, seedFrom, unpackBits } from "@graphon-limit/runtime";
import {
  absolutelyWithin,
  type Comparison,
  nearReference,
  type Numbers,
  relativelyWithin,
  sameEntries,
} from "./agreement.ts";
import type { JobKind, PrunedKind } from "./bars.ts";
import { measureOverhead, runsPerBatch, timeBatch } from "./measure.ts";
import type { Exchange, Request } from "./peer.ts";

/** One job: what the peers are asked, our side of it, and how results are compared. */
export interface Job extends Disposable {
  readonly kind: JobKind;
  readonly size: number;
  readonly name: string;
  /** How often a run does the work, where waiting for the device would outweigh doing it once; times are one's share. */
  readonly repeats: number;
  readonly request: Request;
  /** What the reference in float64 is asked, once and not timed. */
  readonly reference?: Request | undefined;
  /** Whether jax-js does it too. */
  readonly jax: boolean;
  /** Undoes what the last run changed; not timed. */
  reset(): Promise<void>;
  run(): Promise<void>;
  result(): Promise<Numbers>;
  readonly type: "f32" | "u8";
  readonly agrees: Comparison;
}

/** Makes a job on a device, its inputs left where the peers find them: one at a time, since they share names. */
export type MakeJob = (device: Device, exchange: Exchange) => Promise<Job>;

/** The share of weights that goes, and the images that scores are taken on. */
export const SPARSITY = 0.8, IMAGES = 100;

const CLASSES = 10, INPUTS = 784, HIDDEN_LAYERS = 4;

const nothing = () => Promise.resolve();

/** An n×n product in float32, the matrices on the device before and after. */
export function productJob(n: number): MakeJob {
  return async (device, exchange) => {
    const stack = new DisposableStack();
    const upload = async (name: string, seed: number) => {
      const { data } = normalMatrix(seed, n, n);
      await exchange.put(name, data);
      return stack.use(device.upload(data, n, n));
    };
    const weights = await upload("a", 1), x = await upload("b", 2), out = stack.use(device.matrix(n, n));
    const product = () => device.run(maskedMatmul, { weights, x, out }, { scale: 1, accumulate: 0 });
    const repeats = device.info.kind === "cpu"
      ? 1
      : await runsPerBatch(device, product, await measureOverhead(device));
    return {
      kind: "product",
      size: n,
      name: `matrix product ${n}${repeats > 1 ? `, of ${repeats} in a row` : ""}`,
      repeats,
      request: { job: "product", n, repeats },
      jax: true,
      reset: nothing,
      async run() {
        await timeBatch(device, product, repeats);
      },
      result: () => device.read(out),
      type: "f32",
      agrees: relativelyWithin(1e-5),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}

/** A network with four hidden layers of a width, its weights where the peers find them as `w0` and so on. */
async function denseNetwork(device: Device, exchange: Exchange, width: number) {
  const widths = [INPUTS, ...new Array<number>(HIDDEN_LAYERS).fill(width), CLASSES];
  const network = initialise(device, widths, "he", { seed: seedFrom(1) });
  for (const [layer, { matrix }] of network.weights.entries()) {
    await exchange.put(`w${layer}`, await device.read(matrix));
  }
  return { widths, network };
}

/** Normal inputs, the labels in turn. */
async function normalBatch(device: Device, exchange: Exchange, samples: number) {
  const { data } = normalMatrix(3, samples, INPUTS);
  await exchange.put("x", data);
  return uploadBatch(device, data, Uint32Array.from({ length: samples }, (_, i) => i % CLASSES));
}

/** The bytes of all masks of a network. */
export async function maskBytes({ weights, device }: Network): Promise<Uint8Array[]> {
  const layers: Uint8Array[] = [];
  for (const { mask, rows, cols, count } of weights) {
    layers.push(mask ? unpackBits(await device.readBits(mask), rows, cols) : new Uint8Array(count).fill(1));
  }
  return layers;
}

/** Several arrays as one. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The methods that `jax_side.ts` has. */
const JAX_METHODS: readonly PrunedKind[] = ["snip"];

/** The masks at 80 % of the method of that name, from weights on the device to masks on the device. */
export function maskJob(kind: PrunedKind, width: number): MakeJob {
  return async (device, exchange) => {
    const stack = new DisposableStack(), method = methodNamed(kind);
    const { widths, network } = await denseNetwork(device, exchange, width);
    stack.use(network);
    const batch = stack.use(await normalBatch(device, exchange, IMAGES));
    const rounds = method.rounds ?? 1, repeated = rounds > 1;
    const request = { job: "masks", method: kind, sparsity: SPARSITY, widths, samples: IMAGES, rounds };
    return {
      kind,
      size: width,
      repeats: 1,
      name: `${method.label} masks${repeated ? `, ${rounds} rounds` : ""}, width ${width}`,
      request: { ...request, precision: "float32" },
      reference: repeated ? { ...request, precision: "float64" } : undefined,
      jax: JAX_METHODS.includes(kind),
      reset() {
        for (const weight of network.weights) weight.setMask(undefined);
        return Promise.resolve();
      },
      async run() {
        await prune(network, method, { sparsity: SPARSITY, batch, seed: seedFrom(2) });
        await device.idle();
      },
      result: async () => concatenate(await maskBytes(network)),
      type: "u8",
      agrees: repeated ? nearReference(1e-3) : sameEntries(1e-3),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}

/** A network with random masks at 80 %, weights and masks where the peers find them. */
async function maskedNetwork(device: Device, exchange: Exchange, width: number) {
  const { widths, network } = await denseNetwork(device, exchange, width);
  await prune(network, random, { sparsity: SPARSITY, seed: seedFrom(2) });
  for (const [layer, bytes] of (await maskBytes(network)).entries()) await exchange.put(`m${layer}`, bytes);
  return { widths, network };
}

/** The tangent kernel of the outputs' sum between as many inputs as the network is wide. */
export function kernelJob(width: number): MakeJob {
  return async (device, exchange) => {
    const stack = new DisposableStack();
    const { widths, network } = await maskedNetwork(device, exchange, width);
    stack.use(network);
    const batch = stack.use(await normalBatch(device, exchange, width));
    let kernel: Float32Array = new Float32Array();
    return {
      kind: "ntk",
      size: width,
      repeats: 1,
      name: `masked NTK, ${width} inputs × width ${width}, sum of outputs`,
      request: { job: "tangent_kernel", widths, samples: width },
      jax: false,
      reset: nothing,
      async run() {
        using matrix = await empiricalKernel(network, batch.inputs, { output: "sum" });
        kernel = await device.read(matrix);
      },
      result: () => Promise.resolve(kernel),
      type: "f32",
      agrees: relativelyWithin(1e-4),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}

/** All eigenvalues of a symmetric matrix, by both in float64: half of it is as a kernel has them, the others are zero. */
export function spectrumJob(n: number): MakeJob {
  return async (device, exchange) => {
    using factor = device.upload(normalMatrix(4, n >> 1, n).data, n >> 1, n);
    using product = device.matrix(n, n);
    device.run(maskedMatmulTransposed, { weights: factor, x: factor, out: product }, {
      scale: 1,
      accumulate: 0,
    });
    const matrix = await device.read(product);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j];
    await exchange.put("kernel", matrix);
    let values: Float64Array = new Float64Array();
    return {
      kind: "spectrum",
      size: n,
      repeats: 1,
      name: `all eigenvalues, ${n} rows, in float64`,
      request: { job: "spectrum", n },
      jax: false,
      reset: nothing,
      async run() {
        values = await symmetricEigenvalues(matrix, n);
      },
      result: () => Promise.resolve(Float32Array.from(values)),
      type: "f32",
      agrees: relativelyWithin(1e-6),
      [Symbol.dispose]() {},
    };
  };
}

/** Sort-and-smooth of one n×n mask on a 64×64 grid. */
export function histogramJob(n: number): MakeJob {
  return async (device, exchange) => {
    const grid = 64, stack = new DisposableStack();
    const mask = stack.use(device.bits(n, n));
    using probabilities = device.upload(Float32Array.from({ length: 16 }, (_, i) => (i + 1) / 40), 4, 4);
    device.run(sampleMask, { probabilities, mask }, { seedLow: 1, seedHigh: 0, layer: 0, totalRows: n });
    await exchange.put("mask", unpackBits(await device.readBits(mask), n, n));
    let values: Float32Array = new Float32Array();
    return {
      kind: "histogram",
      size: n,
      repeats: 1,
      name: `sort-and-smooth histogram, width ${n}`,
      request: { job: "histogram", n, grid },
      jax: false,
      reset: nothing,
      async run() {
        values = Float32Array.from((await sortAndSmooth(mask, grid)).graphon.values);
      },
      result: () => Promise.resolve(values),
      type: "f32",
      agrees: relativelyWithin(1e-6),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}

/** Steps of training after which rounding has grown to what can be seen, and losses are not compared any more. */
const COMPARED_STEPS = 30;

/** Adam's steps on batches of digits in order, masks random at 80 %; the losses before the first steps are the result. */
export function adamJob(width: number, steps: number): MakeJob {
  return async (device, exchange) => {
    const stack = new DisposableStack(), batch = 128, rate = 1e-3, samples = 1000;
    const { widths, network } = await maskedNetwork(device, exchange, width);
    stack.use(network);
    const initial: Float32Array[] = [];
    for (const { matrix } of network.weights) initial.push(await device.read(matrix));
    const { images, labels } = generateDigits({ count: samples });
    await exchange.put("x", images);
    await exchange.put("y", Float32Array.from(labels));
    const data = stack.use(uploadBatch(device, images, labels));
    let losses: readonly number[] = [];
    return {
      kind: "adam",
      size: width,
      repeats: 1,
      name: `${steps} Adam steps, batch ${batch}, width ${width}`,
      request: { job: "adam", widths, samples, steps, batch, rate, compared: COMPARED_STEPS },
      jax: false,
      async reset() {
        for (const [layer, { matrix }] of network.weights.entries()) device.write(matrix, initial[layer], 0);
        await device.idle();
      },
      async run() {
        const options = { steps, batchSize: batch, optimiser: adam(), learningRate: rate, shuffle: false };
        losses = (await train(network, data, options)).losses;
        await device.idle();
      },
      result: () => Promise.resolve(Float32Array.from(losses.slice(0, COMPARED_STEPS))),
      type: "f32",
      agrees: absolutelyWithin(5e-3),
      [Symbol.dispose]: () => stack.dispose(),
    };
  };
}
