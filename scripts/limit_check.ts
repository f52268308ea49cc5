// Compares the masks of finite networks with the computed limit: the average histogram of several networks against the
// limit at their width and at n = ∞, for the first and the last hidden→hidden layer. Writes a Markdown table, row by row: what
// is in the file already, made with the same numbers of networks and types, is not computed again.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_check.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { frobeniusDistance, GraphonTrials, sampleFromGraphon, sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, type LimitLayer, limitNamed, LIMITS } from "@graphon-limit/limit";
import { type Batch, initialise, uploadBatch } from "@graphon-limit/model";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, type Device, openDevice, seedFrom } from "@graphon-limit/runtime";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "limit_check.md" },
    methods: { type: "string", default: "random,magnitude,snip,grasp,synflow" },
    widths: { type: "string", default: "250,500,1000,2000" },
    sparsities: { type: "string", default: "0.5,0.8,0.95" },
    trials: { type: "string", default: "16" },
    draws: { type: "string", default: "16" },
    types: { type: "string", default: "2000" },
  },
});
const HIDDEN = 3, LAYERS = [1, 2], GRID = 64, seed = seedFrom(0);
const trials = Number(flags.trials), draws = Number(flags.draws), types = Number(flags.types);
const methods = flags.methods.split(",");
const widths = flags.widths.split(",").map(Number), sparsities = flags.sparsities.split(",").map(Number);

using device = await openDevice({ kind: "cpu" });
const images = await loadDataset("mnist", { dataDir: flags["data-dir"] });
const samples = balancedBatch(images, 10, seed);
using batch = uploadBatch(device, samples.x, samples.y);

/** A limit, and the same as sort-and-smooth sees it in masks of a given width. */
function limitAt(method: string, width: number, sparsity: number): Promise<LimitLayer[]> {
  const network = { inputs: images.dimension, hidden: HIDDEN, classes: images.classes, width };
  return limitGraphon(device, method, network, {
    sparsity,
    batch,
    outputDraws: draws,
    types: Math.min(types, limitNamed(method).types),
    seed,
  });
}

async function finiteTrials(method: string, width: number, sparsity: number): Promise<GraphonTrials[]> {
  const gathered = LAYERS.map(() => new GraphonTrials(GRID));
  for (let trial = 0; trial < trials; trial++) {
    await addTrial(device, batch, method, width, sparsity, trial, gathered);
  }
  return gathered;
}

async function addTrial(
  device: Device,
  batch: Batch,
  method: string,
  width: number,
  sparsity: number,
  trial: number,
  gathered: GraphonTrials[],
): Promise<void> {
  const own = deriveSeed(seed, width, trial);
  const shape = [images.dimension, ...new Array<number>(HIDDEN).fill(width), images.classes];
  using network = initialise(device, shape, "he", { seed: own });
  await prune(network, limitNamed(method).method, { sparsity, batch, seed: own });
  for (const [index, layer] of LAYERS.entries()) {
    gathered[index].add((await sortAndSmooth(network.weights[layer].mask!, GRID)).graphon);
  }
}

/** The average histogram of masks drawn from the limit itself: it has sort-and-smooth's own bias and no other. */
async function seenThroughSorting({ graphon }: LimitLayer, width: number): Promise<GraphonTrials> {
  const seen = new GraphonTrials(GRID);
  for (let trial = 0; trial < trials; trial++) {
    using mask = sampleFromGraphon(device, graphon, width, width, { seed: deriveSeed(seed, 7, trial) });
    seen.add((await sortAndSmooth(mask, GRID)).graphon);
  }
  return seen;
}

const HEADER = [
  "method",
  "sparsity",
  "layer",
  "width",
  "to the limit at this width",
  "floor",
  "ratio",
  "to n = ∞",
  "to masks of the limit",
  "floor",
  "ratio",
  "density",
  "limit",
];
/** Where a limit's own number of types is less than asked for: `, of half as many for SynFlow`. */
const fewer = [...LIMITS.values()].filter((limit) => !limit.exact && limit.types < types)
  .map(({ method, types: own }) => `, of ${2 * own === types ? "half as many" : own} for ${method.label}`)
  .join("");
const INTRODUCTION = "# Finite networks and the limit\n\n" +
  `MNIST, ${samples.count} samples, the same for all; ${HIDDEN} hidden layers, ReLU, He; global threshold. The average ` +
  `sort-and-smooth histogram of ${trials} networks, Euclidean distance over ${GRID}×${GRID} cells, for the first (1) and the ` +
  `last (2) hidden→hidden layer; the limit from ${draws} repetitions of at most ${types} types${fewer}. The floor is the distance ` +
  "expected from the spread of the trials and of the limit's repetitions; *masks of the limit* are histograms of as many " +
  "masks drawn from the limit at that width, so that sorting by a noisy degree blurs both sides alike, and their own noise is " +
  "in the floor beside it. What is not at the floor, and why: [mathematics.md](../mathematics.md), section 5.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts " +
  `--trials ${trials} --draws ${draws} --types ${types} --data-dir … --out docs/results/limit_check.md\`\n`;

/** Rows by method, sparsity, layer and width. */
const rows = await readRows();

async function readRows(): Promise<Map<string, string[]>> {
  let text: string;
  try {
    text = await Deno.readTextFile(flags.out);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
  if (!text.startsWith(INTRODUCTION)) return new Map();
  const cells = text.split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | ")).filter(({ length }) => length === HEADER.length);
  return new Map(cells.slice(1).map((row) => [row.slice(0, 4).join(), row]));
}

function table(lines: readonly (readonly (string | number)[])[]): string {
  const [header, ...rest] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [header, header.replaceAll(/[^|]+/g, "---"), ...rest].join("\n") + "\n";
}

/** What the rows of a method, a sparsity and a layer come to. */
function summary(): (string | number)[][] {
  const lines: (string | number)[][] = [];
  for (const method of methods) {
    for (const sparsity of sparsities) {
      for (const layer of LAYERS) {
        const measured = widths.map((width) => rows.get([method, sparsity, layer, width].join()))
          .filter((row) => row !== undefined);
        const last = measured.at(-1);
        if (measured.length < 2 || !last) continue;
        const distances = measured.map((row) => Number(row[4]));
        const falls = distances.every((distance, i) => i === 0 || distance < distances[i - 1]);
        const trend = distances.map((distance) => distance.toFixed(2)).join(" → ");
        const within = Number(last[6]) <= 1.5
          ? "yes"
          : Number(last[10]) <= 1.5
          ? "of masks of the limit"
          : "no";
        lines.push([
          method,
          sparsity,
          layer,
          trend,
          falls ? "yes" : "no",
          last[3],
          last[6],
          last[10],
          within,
        ]);
      }
    }
  }
  return lines;
}

async function write(): Promise<void> {
  const head = ["method", "sparsity", "layer", "distance by width", "falls", "largest width", "ratio"];
  const sections = [
    INTRODUCTION,
    table([[...head, "ratio, masks of the limit", "within 1.5 × the floor"], ...summary()]),
    "## Every width\n",
    table([HEADER, ...rows.values()]),
  ];
  await Deno.writeTextFile(flags.out, sections.join("\n"));
}

const squared = (layer: LimitLayer) => layer.standardError!.reduce((sum, error) => sum + error * error, 0);
for (const method of methods) {
  for (const sparsity of sparsities) {
    const missing = widths.filter((width) =>
      LAYERS.some((layer) => !rows.has([method, sparsity, layer, width].join()))
    );
    if (missing.length === 0) continue;
    const endless = await limitAt(method, Infinity, sparsity);
    for (const width of missing) {
      const limit = await limitAt(method, width, sparsity),
        finite = await finiteTrials(method, width, sparsity);
      for (const [index, layer] of LAYERS.entries()) {
        const { mean, squaredError } = finite[index], seen = await seenThroughSorting(limit[layer], width);
        const distance = frobeniusDistance(mean, limit[layer].graphon);
        const floor = Math.sqrt((squaredError ?? NaN) + squared(limit[layer]));
        const seenDistance = frobeniusDistance(mean, seen.mean);
        const seenFloor = Math.sqrt(floor ** 2 + (seen.squaredError ?? NaN));
        const row = [
          ...[method, sparsity, layer, width].map(String),
          distance.toFixed(3),
          floor.toFixed(3),
          (distance / floor).toFixed(2),
          frobeniusDistance(mean, endless[layer].graphon).toFixed(3),
          seenDistance.toFixed(3),
          seenFloor.toFixed(3),
          (seenDistance / seenFloor).toFixed(2),
          mean.density.toFixed(4),
          limit[layer].density.toFixed(4),
        ];
        rows.set(row.slice(0, 4).join(), row);
        console.error(row.join(" "));
      }
      await write();
    }
  }
}
