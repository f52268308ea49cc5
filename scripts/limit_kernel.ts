// How the tangent kernels of finite pruned networks approach the kernel of their method's limit graphons, for weights kept
// and for weights redrawn, and what the second moments predict of magnitude pruning's eigenvalues. Writes Markdown.
//
//   deno run --allow-read --allow-write=docs/results --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \
//     scripts/limit_kernel.ts ../shared/data/mnist docs/results/limit_kernel.md

import { parseArgs } from "node:util";
import { balancedBatch, type Dataset, loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { type Limit, limitNamed, LIMITS } from "@graphon-limit/limit";
import { initialise, predict, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, limitKernel, type LimitWeights, symmetricEigenvalues } from "@graphon-limit/ntk";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, type Device, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags, positionals: [dataDir, out] } = parseArgs({
  allowPositionals: true,
  options: {
    methods: { type: "string", default: [...LIMITS.keys()].join(",") },
    widths: { type: "string", default: "128,512,2048" },
  },
});
const METHODS = flags.methods.split(","), WIDTHS = flags.widths.split(",").map(Number);
const SPARSITY = 0.8, HIDDEN = 3, SAMPLES = 64;
/** As many networks as say about the same: they differ less the wider they are. */
const TRIALS = WIDTHS.map((width) => width <= 256 ? 24 : width <= 1024 ? 12 : 6);
const TYPES = 500;
const seed = seedFrom(0);

/** The kernels of some networks, and their outputs on the scores' batch. */
async function finiteKernels(
  device: Device,
  dataset: Dataset,
  { method }: Limit,
  weights: LimitWeights,
  width: number,
  trials: number,
): Promise<{ kernels: Float64Array[]; outputs: Float32Array[] }> {
  const widths = [dataset.dimension, ...new Array<number>(HIDDEN).fill(width), dataset.classes];
  const samples = balancedBatch(dataset, 10, seed),
    kernels: Float64Array[] = [],
    outputs: Float32Array[] = [];
  using batch = uploadBatch(device, samples.x, samples.y);
  using inputs = kernelInputs(device, dataset);
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seed, width, trial), law = { weightVariance: 2 };
    using network = initialise(device, widths, "ntk", { ...law, seed: own });
    using predicted = predict(network, batch.inputs);
    outputs.push(await device.read(predicted.out));
    await prune(network, method, { sparsity: SPARSITY, batch, seed: own });
    using fresh = initialise(device, widths, "ntk", { ...law, seed: deriveSeed(own, 1) });
    const used = weights === "kept" ? network : fresh;
    if (used === fresh) {
      network.weights.forEach((weight, layer) =>
        fresh.weights[layer].setMask(weight.exchangeMask(undefined))
      );
    }
    using kernel = await empiricalKernel(used, inputs.inputs, { output: "trace" });
    kernels.push(Float64Array.from(await device.read(kernel)));
  }
  return { kernels, outputs };
}

function kernelInputs(device: Device, dataset: Dataset) {
  const drawn = balancedBatch(dataset, Math.ceil(SAMPLES / dataset.classes), deriveSeed(seed, 7));
  return uploadBatch(device, drawn.x.slice(0, SAMPLES * dataset.dimension), drawn.y.slice(0, SAMPLES));
}

/** One repetition of the limit for each network, given its outputs: their chance is most of a kernel's. */
async function limitKernels(
  device: Device,
  dataset: Dataset,
  { method, exact, tellsSigns }: Limit,
  weights: LimitWeights,
  width: number,
  outputs: readonly Float32Array[],
): Promise<Float64Array[]> {
  const samples = balancedBatch(dataset, 10, seed), kernels: Float64Array[] = [];
  using batch = uploadBatch(device, samples.x, samples.y);
  using inputs = kernelInputs(device, dataset);
  const network = {
    inputs: dataset.dimension,
    hidden: HIDDEN,
    classes: dataset.classes,
    width,
    initialiser: "ntk",
    weightVariance: 2,
  } as const;
  // Of weights whose signs are known all neurons are followed.
  const types = tellsSigns && weights === "kept" ? width : Math.min(TYPES, width);
  for (const [trial, given] of (exact ? outputs.slice(0, 1) : outputs).entries()) {
    using kernel = await limitKernel(method.name, network, inputs.inputs, {
      ...{ sparsity: SPARSITY, seed: deriveSeed(seed, 11, trial), batch, types, weights },
      ...(method.reads === "samples" ? { outputs: given } : {}),
    });
    kernels.push(Float64Array.from(await device.read(kernel)));
  }
  return kernels;
}

function meanOf(kernels: readonly Float64Array[]): Float64Array {
  return kernels[0].map((_, at) => kernels.reduce((sum, kernel) => sum + kernel[at], 0) / kernels.length);
}

/** The error that chance makes expected of the difference of two means, trial by trial. */
function noiseOf(networks: readonly Float64Array[], limits: readonly Float64Array[]): number {
  const differences = networks.map((kernel, trial) => {
    const limit = limits[Math.min(trial, limits.length - 1)];
    return kernel.map((value, at) => value - limit[at]);
  });
  const mean = meanOf(differences), count = differences.length;
  const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  const spread = differences.reduce(
    (sum, each) => sum + squares(each.map((value, at) => value - mean[at])),
    0,
  );
  return Math.sqrt(spread / (count - 1) / count / squares(meanOf(limits)));
}

function relativeError(found: Float64Array, expected: Float64Array): number {
  const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(found.map((value, i) => value - expected[i])) / squares(expected));
}

async function logEigenvalues(kernel: Float64Array): Promise<number[]> {
  return Array.from((await symmetricEigenvalues(kernel, SAMPLES)).slice(0, 10), Math.log);
}

const started = performance.now();
using device = await openDevice({ kind: "cpu" });
const dataset = await loadDataset("mnist", { dataDir });
const rows: string[] = [];
const wide = new Map<string, Float64Array>(), limits = new Map<string, Float64Array>();
for (const method of METHODS) {
  const known = limitNamed(method);
  for (const weights of ["kept", "redrawn"] as const) {
    const errors: string[] = [];
    for (const [index, width] of WIDTHS.entries()) {
      const networks = await finiteKernels(device, dataset, known, weights, width, TRIALS[index]);
      const found = await limitKernels(device, dataset, known, weights, width, networks.outputs);
      const [kernel, limit] = [meanOf(networks.kernels), meanOf(found)];
      limits.set(`${method} ${weights}`, limit);
      wide.set(`${method} ${weights}`, kernel);
      const noise = noiseOf(networks.kernels, found);
      errors.push(`${relativeError(kernel, limit).toFixed(3)} (${noise.toFixed(3)})`);
    }
    rows.push(`| ${method} | ${weights} | ${errors.join(" | ")} |`);
    console.error(rows[rows.length - 1]);
  }
}
const shift = async (kernels: Map<string, Float64Array>) => {
  const magnitude = await logEigenvalues(kernels.get("magnitude kept")!);
  const random = await logEigenvalues(kernels.get("random kept")!);
  return magnitude.map((value, k) => (value - random[k]).toFixed(2)).join(" | ");
};
const shifts = async () =>
  `## Magnitude's eigenvalues above random's

The second moments of magnitude pruning's kept weights predict how much larger its eigenvalues are than random pruning's at
the same sparsity (kept weights). Differences of the natural logarithms of the ten largest eigenvalues:

| | ${Array.from({ length: 10 }, (_, k) => k + 1).join(" | ")} |
|---|${"---:|".repeat(10)}
| predicted by the limit | ${await shift(limits)} |
| networks of width ${WIDTHS[WIDTHS.length - 1]} | ${await shift(wide)} |
| the paper (R7, four hidden layers) | 4.07 | 4.08 | 4.11 | 4.13 | 4.14 | 4.15 | 4.16 | 4.08 | 4.11 | 4.15 |
`;
const text = `# Tangent kernels in the limit

Relative Frobenius error of the average empirical kernel (mean over the outputs, \`ntk\` parametrization, σ_w² = 2) of
networks pruned to ${
  100 * SPARSITY
} % against the kernel of their method's limit at their width, in brackets what chance alone makes expected: ${HIDDEN} hidden layers, ${SAMPLES}
MNIST images, one batch of 100 images for the scores, ${TRIALS.join(", ")} trials at widths ${
  WIDTHS.join(", ")
}; the limit with
at most ${TYPES} types (all neurons for kept weights of SNIP and GraSP, whose signs it knows), one repetition for each network,
given the network's outputs where the method reads samples.

\`deno run --allow-read --allow-write=docs/results --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_kernel.ts … docs/results/limit_kernel.md --methods ${METHODS.join()} --widths ${WIDTHS.join()}\`

| method | weights | ${WIDTHS.map((width) => `n = ${width}`).join(" | ")} |
|---|---|${WIDTHS.map(() => "---:").join("|")}|
${rows.join("\n")}

${METHODS.includes("magnitude") && METHODS.includes("random") ? await shifts() : ""}
${((performance.now() - started) / 60000).toFixed(1)} minutes on the CPU device.
`;
writeFileAtomically(out, text);
