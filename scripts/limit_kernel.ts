// How the tangent kernels of finite pruned networks approach the kernel of their method's limit graphons, for weights kept
// and for weights redrawn, and what the second moments predict of magnitude pruning's eigenvalues. Writes Markdown.
//
//   deno run --allow-read --allow-write=docs/results --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND \
//     scripts/limit_kernel.ts ../shared/data/mnist docs/results/limit_kernel.md

import { balancedBatch, type Dataset, loadDataset, writeFileAtomically } from "@graphon-limit/data";
import { type Limit, LIMITS } from "@graphon-limit/limit";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, limitKernel, type LimitWeights, symmetricEigen } from "@graphon-limit/ntk";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, type Device, openDevice, seedFrom } from "@graphon-limit/runtime";

const WIDTHS = [128, 512, 2048], TRIALS = [24, 12, 6], SPARSITY = 0.8, HIDDEN = 3, SAMPLES = 64;
const REPETITIONS = 6, TYPES = 500;
const seed = seedFrom(0);

async function finiteKernel(
  device: Device,
  dataset: Dataset,
  { method }: Limit,
  weights: LimitWeights,
  width: number,
  trials: number,
): Promise<Float64Array> {
  const widths = [dataset.dimension, ...new Array<number>(HIDDEN).fill(width), dataset.classes];
  const samples = balancedBatch(dataset, 10, seed);
  using batch = uploadBatch(device, samples.x, samples.y);
  using inputs = kernelInputs(device, dataset);
  const mean = new Float64Array(SAMPLES ** 2);
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seed, width, trial), law = { weightVariance: 2 };
    using network = initialise(device, widths, "ntk", { ...law, seed: own });
    await prune(network, method, { sparsity: SPARSITY, batch, seed: own });
    using fresh = initialise(device, widths, "ntk", { ...law, seed: deriveSeed(own, 1) });
    const used = weights === "kept" ? network : fresh;
    if (used === fresh) {
      network.weights.forEach((weight, layer) =>
        fresh.weights[layer].setMask(weight.exchangeMask(undefined))
      );
    }
    using kernel = await empiricalKernel(used, inputs.inputs, { output: "trace" });
    (await device.read(kernel)).forEach((value, i) => mean[i] += value / trials);
  }
  return mean;
}

function kernelInputs(device: Device, dataset: Dataset) {
  const drawn = balancedBatch(dataset, Math.ceil(SAMPLES / dataset.classes), deriveSeed(seed, 7));
  return uploadBatch(device, drawn.x.slice(0, SAMPLES * dataset.dimension), drawn.y.slice(0, SAMPLES));
}

async function kernelInTheLimit(
  device: Device,
  dataset: Dataset,
  { method, exact, tellsSigns }: Limit,
  weights: LimitWeights,
  width: number,
) {
  const samples = balancedBatch(dataset, 10, seed);
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
  const repetitions = exact ? 1 : REPETITIONS;
  // Of weights whose signs are known all neurons are followed.
  const types = tellsSigns && weights === "kept" ? width : Math.min(TYPES, width);
  const options = { sparsity: SPARSITY, seed, batch, types, weights, repetitions };
  using kernel = await limitKernel(method.name, network, inputs.inputs, options);
  return Float64Array.from(await device.read(kernel));
}

function relativeError(found: Float64Array, expected: Float64Array): number {
  const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(found.map((value, i) => value - expected[i])) / squares(expected));
}

function logEigenvalues(kernel: Float64Array): number[] {
  return Array.from(symmetricEigen(kernel, SAMPLES).values.slice(0, 10), Math.log);
}

const [dataDir, out] = Deno.args;
const started = performance.now();
using device = await openDevice({ kind: "cpu" });
const dataset = await loadDataset("mnist", { dataDir });
const rows: string[] = [];
const wide = new Map<string, Float64Array>(), limits = new Map<string, Float64Array>();
for (const [method, known] of LIMITS) {
  for (const weights of ["redrawn", "kept"] as const) {
    const errors: string[] = [];
    for (const [index, width] of WIDTHS.entries()) {
      const limit = await kernelInTheLimit(device, dataset, known, weights, width);
      limits.set(`${method} ${weights}`, limit);
      const found = await finiteKernel(device, dataset, known, weights, width, TRIALS[index]);
      wide.set(`${method} ${weights}`, found);
      errors.push(relativeError(found, limit).toFixed(3));
    }
    rows.push(`| ${method} | ${weights} | ${errors.join(" | ")} |`);
    console.error(rows[rows.length - 1]);
  }
}
const shift = (kernels: Map<string, Float64Array>) => {
  const [magnitude, random] = ["magnitude kept", "random kept"].map((name) =>
    logEigenvalues(kernels.get(name)!)
  );
  return magnitude.map((value, k) => (value - random[k]).toFixed(2)).join(" | ");
};
const text = `# Tangent kernels in the limit

Relative Frobenius error of the average empirical kernel (mean over the outputs, \`ntk\` parametrization, σ_w² = 2) of
networks pruned to ${
  100 * SPARSITY
} % against the kernel of their method's limit at their width: ${HIDDEN} hidden layers, ${SAMPLES}
MNIST images, one batch of 100 images for the scores, ${TRIALS.join(", ")} trials at widths ${
  WIDTHS.join(", ")
}; the limit with
at most ${TYPES} types (all neurons for kept weights of SNIP and GraSP, of which it knows the signs) and ${REPETITIONS} repetitions.

| method | weights | ${WIDTHS.map((width) => `n = ${width}`).join(" | ")} |
|---|---|${WIDTHS.map(() => "---:").join("|")}|
${rows.join("\n")}

## Magnitude's eigenvalues above random's

The second moments of magnitude pruning's kept weights predict how much larger its eigenvalues are than random pruning's at
the same sparsity (kept weights). Differences of the natural logarithms of the ten largest eigenvalues:

| | ${Array.from({ length: 10 }, (_, k) => k + 1).join(" | ")} |
|---|${"---:|".repeat(10)}
| predicted by the limit | ${shift(limits)} |
| networks of width ${WIDTHS[WIDTHS.length - 1]} | ${shift(wide)} |
| the paper (R7, four hidden layers) | 4.07 | 4.08 | 4.11 | 4.13 | 4.14 | 4.15 | 4.16 | 4.08 | 4.11 | 4.15 |

${((performance.now() - started) / 60000).toFixed(1)} minutes on the CPU device.
`;
writeFileAtomically(out, text);
