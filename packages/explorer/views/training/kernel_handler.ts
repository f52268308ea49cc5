import { digitBatch } from "@graphon-limit/data";
import { uploadBatch } from "@graphon-limit/model";
import {
  empiricalKernel,
  kernelTargetAlignment,
  spectralMetrics,
  symmetricEigenvalues,
  traceOf,
} from "@graphon-limit/ntk";
import { seedFrom } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { DIGITS } from "../../worker/networks.ts";
import { prunableNetwork } from "../../worker/pruned_network.ts";
import type { Call } from "../../worker/serve.ts";
import type { KernelParams, KernelPicture } from "./requests.ts";

/** The tangent kernel of a pruned network; of one that was asked for lately as it was. */
export async function drawKernel(lab: Lab, params: KernelParams, call: Call): Promise<KernelPicture> {
  const { method, width, hidden, sparsity, seed, perClass } = params;
  const key = JSON.stringify(["kernel", method, width, hidden, sparsity, seed, perClass]);
  const { kernel, eigenvalues, ...numbers } = await lab.known(key, () => computeKernel(lab, params, call));
  return { kernel: kernel.slice(), eigenvalues: eigenvalues.slice(), ...numbers };
}

async function computeKernel(lab: Lab, params: KernelParams, call: Call): Promise<KernelPicture> {
  const begun = performance.now(), { signal } = call;
  const pruned = await prunableNetwork(lab, params);
  await pruned.prune(params.sparsity, { signal, onProgress: () => {} });
  const { x, y, count } = digitBatch(params.perClass, seedFrom(params.seed), {
    ...{ seed: params.seed, split: "test" },
  });
  using batch = uploadBatch(lab.device, x, y);
  using theta = await empiricalKernel(pruned.network, batch.inputs, { output: "sum", ...call });
  const values = await lab.device.read(theta), trace = traceOf(values, count);
  const eigenvalues = await symmetricEigenvalues(values, count, { signal });
  const { effectiveRank, energy5, decayRate } = spectralMetrics(eigenvalues, trace);
  return {
    ...{ samples: count, kernel: byClass(values, y), eigenvalues: Float64Array.from(eigenvalues) },
    ...{ trace, effectiveRank, energy5, decayRate },
    alignment: kernelTargetAlignment(values, indicators(y)),
    milliseconds: performance.now() - begun,
  };
}

/** A column for each class, `[samples, classes]`: 1 where a sample is of it. */
function indicators(labels: Uint8Array): Uint8Array {
  const columns = new Uint8Array(labels.length * DIGITS.classes);
  labels.forEach((label, sample) => columns[sample * DIGITS.classes + label] = 1);
  return columns;
}

/** A kernel whose samples stand class by class. */
function byClass(kernel: Float32Array, labels: Uint8Array): Float32Array<ArrayBuffer> {
  const size = labels.length,
    order = Uint32Array.from(labels.keys()).sort((a, b) => labels[a] - labels[b] || a - b);
  const sorted = new Float32Array(size ** 2);
  order.forEach((row, i) => order.forEach((column, j) => sorted[i * size + j] = kernel[row * size + column]));
  return sorted;
}
