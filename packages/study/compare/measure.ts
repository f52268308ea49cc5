import { adam, type Batch, gatherBatch, type Network } from "@graphon-limit/model";
import { empiricalKernel, spectralMetrics, symmetricEigenvalues, traceOf } from "@graphon-limit/ntk";
import type { LongCallOptions, Seed } from "@graphon-limit/runtime";
import { evaluate, train } from "@graphon-limit/training";

/** A masked network's tangent kernel in numbers. */
export interface KernelFacts {
  readonly trace: number;
  readonly energy5: number;
  readonly energy10: number;
  readonly effectiveRank: number;
  /** All of them, the largest first. */
  readonly eigenvalues: readonly number[];
  /** How far the kernel knows the labels already: the cosine of it and of `1{y = y'}`, both centred (Cortes et al. 2012). */
  readonly alignment: number;
}

/** What some steps of training did to a masked network. */
export interface TrainingFacts {
  /** Each step's mean loss before its update. */
  readonly losses: readonly number[];
  /** Afterwards, on all of the data. */
  readonly loss: number;
  readonly accuracy: number;
}

/** The kernel of a network as it stands, on a batch. */
export async function kernelFacts(
  network: Network,
  { inputs, labels }: Batch,
  options: LongCallOptions,
): Promise<KernelFacts> {
  const { device } = network, size = inputs.cols;
  using kernel = await empiricalKernel(network, inputs, options);
  const [values, classes] = await Promise.all([device.read(kernel), device.read(labels)]);
  const eigenvalues = Array.from(await symmetricEigenvalues(values, size, { signal: options.signal }));
  const { trace, energy5, energy10, effectiveRank } = spectralMetrics(eigenvalues, traceOf(values, size));
  return { trace, energy5, energy10, effectiveRank, eigenvalues, alignment: alignment(values, classes) };
}

/** `⟨K_c, Y_c⟩ / (‖K_c‖ ‖Y_c‖)` with `Y = 1{y = y'}` and both centred; NaN where either is nothing. */
export function alignment(kernel: ArrayLike<number>, classes: ArrayLike<number>): number {
  const size = classes.length;
  const same = Float64Array.from(
    { length: size * size },
    (_, at) => classes[Math.floor(at / size)] === classes[at % size] ? 1 : 0,
  );
  const k = centred(kernel, size), y = centred(same, size);
  let product = 0, kSquares = 0, ySquares = 0;
  for (let at = 0; at < k.length; at++) {
    product += k[at] * y[at];
    kSquares += k[at] ** 2;
    ySquares += y[at] ** 2;
  }
  return product / Math.sqrt(kSquares * ySquares);
}

/** A symmetric matrix less its rows' and columns' means. */
function centred(matrix: ArrayLike<number>, size: number): Float64Array {
  const means = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) means[i] += matrix[i * size + j] / size;
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / size;
  return Float64Array.from(
    { length: size * size },
    (_, at) => matrix[at] - means[Math.floor(at / size)] - means[at % size] + mean,
  );
}

/** Steps of Adam from the weights that a network has, which are its own again afterwards. */
export async function trainingFacts(
  network: Network,
  data: Batch,
  { steps, batchSize, learningRate, seed, signal }: {
    readonly steps: number;
    readonly batchSize: number;
    readonly learningRate: number;
    readonly seed: Seed;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<TrainingFacts> {
  const { device, parameters } = network;
  const before = await Promise.all(parameters.map(({ matrix }) => device.read(matrix)));
  try {
    const { losses } = await train(network, data, {
      ...{ steps, batchSize, learningRate, seed, signal },
      optimiser: adam(),
    });
    return { losses, ...await evaluate(network, data, { signal }) };
  } finally {
    parameters.forEach(({ matrix }, at) => device.write(matrix, before[at], 0));
  }
}

/** The first samples of a batch, or all where there are no more; the caller's to dispose of. */
export function firstSamples(batch: Batch, count: number): Batch & Disposable {
  const { device } = batch.inputs, taken = Math.min(count, batch.inputs.cols);
  using columns = device.upload(Uint32Array.from({ length: taken }, (_, at) => at), 1, taken);
  return gatherBatch(batch, columns, 0, taken);
}
