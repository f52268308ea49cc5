// Why GraSP's masks are off their computed limit: a weight is correlated with the scale (H g)_ij of its own score, which the limit
// takes as independent of it. Here the scores of finite networks are taken with their own weights, and with weights drawn anew
// beside the same scales; both masks are compared with the limit. Writes a Markdown table.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/grasp_correlation.ts \
//     --data-dir <folder with MNIST> --out docs/results/grasp_correlation.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { frobeniusDistance, GraphonTrials, sampleFromGraphon, sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, type LimitLayer } from "@graphon-limit/limit";
import {
  crossEntropyLoss,
  gradients,
  hessianVectorProduct,
  initialise,
  type Network,
  uploadBatch,
} from "@graphon-limit/model";
import { addScaled, kthSmallest, maskFromThreshold, multiplyElements, NO_TIES } from "@graphon-limit/ops";
import { GRASP_TEMPERATURE } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "grasp_correlation.md" },
    widths: { type: "string", default: "500,1000,2000" },
    sparsities: { type: "string", default: "0.5,0.8,0.95" },
    trials: { type: "string", default: "12" },
  },
});
const HIDDEN = 3, GRID = 64, seed = seedFrom(0), trials = Number(flags.trials);

using device = await openDevice({ kind: "cpu" });
const images = await loadDataset("mnist", { dataDir: flags["data-dir"] });
const samples = balancedBatch(images, 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

/** What a layer's masks are like over the networks: histograms of the hidden→hidden ones, densities of all. */
class Gathered {
  readonly trials = Array.from({ length: HIDDEN + 1 }, () => new GraphonTrials(GRID));
  readonly densities = new Float64Array(HIDDEN + 1);

  /** Masks the scores `scales ⊙ weights` of a network. */
  async add(
    network: Network,
    scales: ReturnType<typeof hessianVectorProduct>,
    sparsity: number,
  ): Promise<void> {
    const scores = scales.map((x, layer) => {
      const y = device.matrix(x.rows, x.cols);
      device.clear(y);
      device.run(addScaled, { x, y }, { scale: 1 });
      device.run(multiplyElements, { x: network.weights[layer].matrix, y });
      return y;
    });
    const total = scores.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
    using state = kthSmallest(device, scores, Math.floor(sparsity * total));
    for (const [layer, matrix] of scores.entries()) {
      using mask = device.bits(matrix.rows, matrix.cols);
      device.run(maskFromThreshold, { scores: matrix, state, mask }, NO_TIES);
      const { graphon, kept } = await sortAndSmooth(mask, GRID);
      this.trials[layer].add(graphon);
      this.densities[layer] += kept / (matrix.rows * matrix.cols) / trials;
      matrix.dispose();
    }
  }
}

async function gather(width: number, sparsity: number): Promise<Gathered[]> {
  const kept = new Gathered(),
    redrawn = new Gathered(),
    loss = crossEntropyLoss({ temperature: GRASP_TEMPERATURE });
  const widths = [images.dimension, ...new Array<number>(HIDDEN).fill(width), images.classes];
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seed, width, trial);
    using network = initialise(device, widths, "he", { seed: own });
    using other = initialise(device, widths, "he", { seed: deriveSeed(own, 1) });
    using gradient = gradients(network, batch, loss);
    const scales = hessianVectorProduct(network, batch, loss, gradient.matrices);
    await kept.add(network, scales, sparsity);
    await redrawn.add(other, scales, sparsity);
    for (const matrix of scales) matrix.dispose();
  }
  return [kept, redrawn];
}

/** The distance to as many masks drawn from the limit, its noise floor in brackets. */
async function distance(finite: GraphonTrials, limit: LimitLayer, width: number): Promise<string> {
  const seen = new GraphonTrials(GRID);
  for (let trial = 0; trial < trials; trial++) {
    using mask = sampleFromGraphon(device, limit.graphon, width, width, { seed: deriveSeed(seed, 7, trial) });
    seen.add((await sortAndSmooth(mask, GRID)).graphon);
  }
  const squares = limit.standardError!.reduce((sum, error) => sum + error * error, 0);
  const floor = Math.sqrt(squares + finite.squaredError! + seen.squaredError!);
  return `${frobeniusDistance(finite.mean, seen.mean).toFixed(2)} (${floor.toFixed(2)})`;
}

const lines = [
  "# What GraSP's limit leaves out",
  "",
  `GraSP, MNIST, ${samples.count} samples, ${HIDDEN} hidden layers, ReLU, He. Euclidean distance over ${GRID}×${GRID} cells ` +
  `between the average sort-and-smooth histogram of ${trials} networks and that of as many masks drawn from the limit at their ` +
  "width, for the first (1) and the last (2) hidden→hidden layer, the noise floor in brackets; and the fraction kept in the " +
  "outputs' layer (3). *Redrawn*: the same networks' (H g), multiplied with weights drawn anew, as the limit assumes.",
  "",
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/grasp_correlation.ts " +
  "--data-dir … --out docs/results/grasp_correlation.md`",
  "",
  "| sparsity | width | 1, own weights | 1, redrawn | 2, own weights | 2, redrawn | 3, own weights | 3, redrawn | 3, limit |",
  "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
];
for (const sparsity of flags.sparsities.split(",").map(Number)) {
  for (const width of flags.widths.split(",").map(Number)) {
    const network = { inputs: images.dimension, hidden: HIDDEN, classes: images.classes, width };
    const limit = await limitGraphon(device, "grasp", network, {
      sparsity,
      batch,
      types: 2000,
      outputDraws: trials,
      order: "strict",
      seed,
    });
    const [own, redrawn] = await gather(width, sparsity);
    const cells: string[] = [];
    for (const layer of [1, 2]) {
      for (const { trials } of [own, redrawn]) cells.push(await distance(trials[layer], limit[layer], width));
    }
    const densities = [own.densities[HIDDEN], redrawn.densities[HIDDEN], limit[HIDDEN].density];
    lines.push(`| ${[sparsity, width, ...cells, ...densities.map((x) => x.toFixed(3))].join(" | ")} |`);
    console.error(lines[lines.length - 1]);
    await Deno.writeTextFile(flags.out, lines.join("\n") + "\n");
  }
}
