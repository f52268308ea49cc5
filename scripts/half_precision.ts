// Would weights stored in half precision give the same masks? Prunes networks with their weights and with the same rounded to
// float16, and counts the mask entries that differ. Writes a Markdown table.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/half_precision.ts \
//     --data-dir <folder with MNIST> --out docs/results/half_precision.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { initialise, Mlp, uploadBatch } from "@graphon-limit/model";
import { prune, PRUNERS } from "@graphon-limit/pruners";
import { type BitMatrix, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "half_precision.md" },
    widths: { type: "string", default: "500,1000,2000" },
  },
});
const widths = flags.widths.split(",").map(Number), seed = seedFrom(0), sparsity = 0.8;
const METHODS = ["magnitude", "snip", "grasp", "synflow"] as const;

using device = await openDevice({ kind: "cpu" });
const images = await loadDataset("mnist", { dataDir: flags["data-dir"] });
const samples = balancedBatch(images, 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

/** The same network, each weight rounded to the nearest number of 11 bits. */
async function rounded(mlp: Mlp): Promise<Mlp> {
  const weights = [];
  for (const matrix of mlp.weights) {
    const halves = Float16Array.from(await device.read(matrix));
    weights.push(device.upload(Float32Array.from(halves), matrix.rows, matrix.cols));
  }
  return Mlp.fromWeights(device, weights, { activation: "relu" });
}

/** How many entries differ: bits past a row's end are zero in both. */
async function differences(a: BitMatrix, b: BitMatrix): Promise<number> {
  const [left, right] = [await device.readBits(a), await device.readBits(b)];
  let count = 0;
  left.forEach((word, i) => {
    for (let bits = word ^ right[i]; bits !== 0; bits &= bits - 1) count++;
  });
  return count;
}

const lines = [
  "# Masks from weights in half precision",
  "",
  `The fraction of mask entries that change when the weights are rounded to float16 before they are pruned to ${
    100 * sparsity
  } %: ` +
  `four hidden layers, MNIST, ${samples.count} samples, He, one seed. Storage in half precision is not offered: it was to be, where ` +
  "it changes masks by no more than 1e-4.",
  "",
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/half_precision.ts --data-dir … " +
  "--out docs/results/half_precision.md`",
  "",
  `| method | ${widths.map((width) => `n = ${width}`).join(" | ")} |`,
  `| --- | ${widths.map(() => "---:").join(" | ")} |`,
];
for (const method of METHODS) {
  const cells: string[] = [];
  for (const width of widths) {
    const shape = [images.dimension, width, width, width, width, images.classes];
    using mlp = initialise(device, shape, "he", { seed });
    using low = await rounded(mlp);
    let changed = 0, total = 0;
    for (const network of [mlp, low]) await prune(network, PRUNERS[method], { sparsity, batch, seed });
    for (const [layer, { rows, cols }] of mlp.weights.entries()) {
      changed += await differences(mlp.masks[layer]!, low.masks[layer]!);
      total += rows * cols;
    }
    cells.push((changed / total).toExponential(1));
  }
  lines.push(`| ${method} | ${cells.join(" | ")} |`);
}
await Deno.writeTextFile(flags.out, lines.join("\n") + "\n");
