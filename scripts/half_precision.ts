// Would weights stored in half precision give the same masks? Prunes networks with their weights and with the same rounded to
// float16, and counts the mask entries that differ. Writes a Markdown table.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/half_precision.ts \
//     --data-dir <folder with MNIST> --out docs/results/half_precision.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { buildNetwork, initialise, type Network, uploadBatch } from "@graphon-limit/model";
import { grasp, magnitude, prune, snip, synflow } from "@graphon-limit/pruners";
import { type BitMatrix, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "half_precision.md" },
    widths: { type: "string", default: "500,1000,2000" },
  },
});
const widths = flags.widths.split(",").map(Number), seed = seedFrom(0), sparsity = 0.8;

using device = await openDevice({ kind: "cpu" });
const images = await loadDataset("mnist", { dataDir: flags["data-dir"] });
const samples = balancedBatch(images, 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

/** The same network, each weight rounded to the nearest number of 11 bits. */
async function rounded({ parameters, architecture }: Network): Promise<Network> {
  const halved = await Promise.all(parameters.map(async ({ name, role, matrix }) => {
    const halves = Float16Array.from(await device.read(matrix));
    return { name, role, matrix: device.upload(Float32Array.from(halves), matrix.rows, matrix.cols) };
  }));
  return buildNetwork(device, halved, architecture);
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
for (const method of [magnitude, snip, grasp, synflow]) {
  const cells: string[] = [];
  for (const width of widths) {
    const shape = [images.dimension, width, width, width, width, images.classes];
    using network = initialise(device, shape, "he", { seed });
    using low = await rounded(network);
    let changed = 0, total = 0;
    for (const each of [network, low]) await prune(each, method, { sparsity, batch, seed });
    for (const [layer, { mask, count }] of network.weights.entries()) {
      changed += await differences(mask!, low.weights[layer].mask!);
      total += count;
    }
    cells.push((changed / total).toExponential(1));
  }
  lines.push(`| ${method.name} | ${cells.join(" | ")} |`);
}
await Deno.writeTextFile(flags.out, lines.join("\n") + "\n");
