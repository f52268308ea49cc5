// What is left of the distance between networks' masks and their limit where more of both are compared than limit_check.ts has: of sets of 16
// trials, which differ by modes that many cells share, and of all. Writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_power.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_power.md
import { parseArgs } from "node:util";
import { graphonDifference, GraphonTrials, type StepGraphon } from "@graphon-limit/graphon";
import { symmetricEigenvalues } from "@graphon-limit/ntk";
import { type CheckParams, limitMasks, networkMasks, samplesOf } from "./limit_studies/mask_check.ts";
import {
  GRID,
  HIDDEN,
  inLaboratory,
  LAYERS,
  meanOf,
  SAMPLES_PER_CLASS,
  standardError,
  table,
} from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "limit_power.md" },
    tasks: { type: "string", default: "out/limit_power" },
    // method:sparsity:width:trials, one after another.
    cases: {
      type: "string",
      default:
        "synflow:0.8:500:96,synflow:0.8:1000:64,synflow:0.8:2000:16,synflow:0.95:500:64,synflow:0.95:1000:48,grasp:0.5:2000:96",
    },
    types: { type: "string", default: "2000" },
  },
});
const SET = 16, types = Number(flags.types);

function trialsOf(histograms: readonly StepGraphon[]): GraphonTrials {
  const trials = new GraphonTrials(GRID);
  for (const histogram of histograms) trials.add(histogram);
  return trials;
}

function size({ values }: StepGraphon): number {
  return Math.hypot(...values);
}

/** The share of the histograms' variance that their largest mode has: of the products of their deviations. */
async function largestMode(histograms: readonly StepGraphon[]): Promise<number> {
  const { mean } = trialsOf(histograms);
  const off = histograms.map((histogram) => graphonDifference(histogram, mean).values);
  const gram = off.flatMap((a) => off.map((b) => a.reduce((sum, value, cell) => sum + value * b[cell], 0)));
  const modes = await symmetricEigenvalues(gram, off.length);
  return Math.max(...modes) / modes.reduce((sum, value) => sum + value, 0);
}

const lines: string[][] = [];

/** A case's lines, for each layer between hidden ones. */
async function compare(
  { method, sparsity, width, trials }: CheckParams,
  networks: readonly StepGraphon[][],
  limits: readonly StepGraphon[][],
): Promise<void> {
  for (const [index, layer] of LAYERS.entries()) {
    const off = networks.map((found, trial) => graphonDifference(found[index], limits[trial][index]));
    const all = trialsOf(off), floor = Math.sqrt(all.squaredError! * trials / SET);
    const sets = Array.from(
      { length: Math.floor(trials / SET) },
      (_, set) => size(trialsOf(off.slice(set * SET, (set + 1) * SET)).mean) / floor,
    );
    const squares = sets.map((ratio) => ratio ** 2), ratio = Math.sqrt(meanOf(squares));
    const left = Math.max(size(all.mean) ** 2 - all.squaredError!, 0);
    // The other trials know what a set's distance has of a fault, but for their own error.
    const others = trialsOf(off.slice(SET)), first = trialsOf(off.slice(0, SET)).mean;
    const apart = others.count > 1 && size(graphonDifference(first, others.mean)) ** 2 - others.squaredError!;
    const faultless = apart === false ? "" : `, ${(Math.sqrt(Math.max(apart, 0)) / floor).toFixed(2)}`;
    lines.push([
      ...[method, sparsity, width, layer, trials].map(String),
      sets.toSorted((a, b) => a - b).map((value) => value.toFixed(2)).join(" "),
      ratio.toFixed(2) + (sets.length > 1 ? ` ± ${(standardError(squares) / (2 * ratio)).toFixed(2)}` : ""),
      `${size(all.mean).toFixed(3)} (${Math.sqrt(all.squaredError!).toFixed(3)})`,
      `${Math.sqrt(left).toFixed(3)}, ${Math.sqrt(1 + left / floor ** 2).toFixed(2)}`,
      sets[0].toFixed(2) + faultless,
      `${(100 * await largestMode(off)).toFixed(0)} %`,
    ]);
  }
}

await inLaboratory(flags, async (lab) => {
  for (const text of flags.cases.split(",")) {
    const [method, ...numbers] = text.split(":"), [sparsity, width, trials] = numbers.map(Number);
    const params: CheckParams = {
      ...{ data: lab.data, seed: 0, method, sparsity, width, hidden: HIDDEN, grid: GRID, trials, types },
      samplesPerClass: SAMPLES_PER_CLASS,
    };
    using batch = samplesOf(lab, params);
    const { histograms, outputs } = await networkMasks(lab, params, batch);
    const drawn = await limitMasks(lab, params, batch, "finite", outputs);
    await compare(params, histograms, drawn.histograms);
    await Deno.writeTextFile(flags.out, document());
  }
});

function document(): string {
  return "# Distances to limits, by more networks\n\n" +
    "The average sort-and-smooth histogram of networks' masks against that of as many limits of their width in the order *finite*, as in " +
    `[limit_check.md](limit_check.md): Euclidean distance over ${GRID}×${GRID} cells. Of *sets* of ${SET} networks and ${SET} limits, over the floor ` +
    "that all of them give such a set; their root mean square, and the error of it that they show; of *all*, with their floor; and what is " +
    "*left* of that without chance, and what a set's distance over its floor would be with so much on average. The *first set* is " +
    "limit_check.md's: its ratio here, and what it would be from a limit without *fault*, of which the others say where it is. The *mode* is " +
    "the largest share of the variance that one pattern of cells has: sets differ by it.\n\n" +
    "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_power.ts --data-dir … --out docs/results/limit_power.md`\n\n" +
    table([
      [
        ...["method", "sparsity", "width", "layer", "trials", "sets", "root mean square", "all (floor)"],
        ...["left, ratio", "first set, faultless", "mode"],
      ],
      ...lines,
    ]);
}
