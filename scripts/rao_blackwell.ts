// The errors of two estimates of SNIP's graphon from one network: sort-and-smooth of its mask, and the closed form on its
// neurons' types. The truth is the limit at the network's width given the outputs it has. Writes a Markdown table.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/rao_blackwell.ts \
//     --data-dir <folder with MNIST> --out docs/results/rao_blackwell.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { frobeniusDistance, sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, raoBlackwell } from "@graphon-limit/limit";
import { initialise, predict, uploadBatch } from "@graphon-limit/model";
import { prune, snip } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "rao_blackwell.md" },
    widths: { type: "string", default: "500,1000,2000,5000" },
    networks: { type: "string", default: "3" },
    sparsity: { type: "string", default: "0.8" },
  },
});
const HIDDEN = 3, LAYER = 1, seed = seedFrom(0), sparsity = Number(flags.sparsity);
const networks = Number(flags.networks);
// Cells as the mask's histogram has them.
const masks = { sparsity, cells: "neurons" } as const;

using device = await openDevice({ kind: "cpu" });
const images = await loadDataset("mnist", { dataDir: flags["data-dir"] });
const samples = balancedBatch(images, 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

const lines = [
  "# Sort-and-smooth and Rao–Blackwell",
  "",
  `SNIP at sparsity ${sparsity}, MNIST, ${samples.count} samples, ${HIDDEN} hidden layers, ReLU, He; first hidden→hidden ` +
  `layer. Euclidean distance over 64×64 cells to the limit at the network's width given its outputs (4 repetitions of 4,000 ` +
  `types, whose own error is beside it); root mean square over ${networks} networks. What it says: ` +
  "[mathematics.md](../mathematics.md), section 5.",
  "",
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/rao_blackwell.ts --data-dir … " +
  "--out docs/results/rao_blackwell.md`",
  "",
  "| width | sort-and-smooth | Rao–Blackwell | error of the limit |",
  "|---|---|---|---|",
];
for (const width of flags.widths.split(",").map(Number)) {
  const squares = { sorted: 0, smooth: 0, limit: 0 };
  for (let index = 0; index < networks; index++) {
    const own = deriveSeed(seed, width, index);
    const shape = [images.dimension, ...new Array<number>(HIDDEN).fill(width), images.classes];
    using network = initialise(device, shape, "he", { seed: own });
    using logits = predict(network, batch.inputs);
    const outputs = await device.read(logits.out);
    const smooth = await raoBlackwell(network, "snip", { ...masks, batch });
    await prune(network, snip, { sparsity, batch, seed: own });
    const sorted = await sortAndSmooth(network.weights[LAYER].mask!);
    const law = { inputs: images.dimension, hidden: HIDDEN, classes: images.classes, width };
    const settings = { ...masks, batch, outputs, order: "strict", seed } as const;
    const limit = (await limitGraphon(device, "snip", law, settings))[LAYER];
    squares.sorted += frobeniusDistance(sorted.graphon, limit.graphon) ** 2 / networks;
    squares.smooth += frobeniusDistance(smooth[LAYER].graphon, limit.graphon) ** 2 / networks;
    squares.limit += limit.standardError!.reduce((sum, error) => sum + error * error, 0) / networks;
  }
  const cells = [squares.sorted, squares.smooth, squares.limit].map((square) => Math.sqrt(square).toFixed(3));
  lines.push(`| ${[width, ...cells].join(" | ")} |`);
  console.error(lines[lines.length - 1]);
}
await Deno.writeTextFile(flags.out, lines.join("\n") + "\n");
