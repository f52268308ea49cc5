// What is left of the distance between networks' masks and their limit where more of both are compared than limit_check.ts has: of sets of 16
// trials, which differ by modes that many cells share, and of all. A study, whose finished sets are found again in --tasks; writes
// Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_power.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_power.md
import { parseArgs } from "node:util";
import { graphonDifference, GraphonTrials, StepGraphon } from "@graphon-limit/graphon";
import { symmetricEigenvalues } from "@graphon-limit/ntk";
import { decodeCells } from "@graphon-limit/study";
import { type Differences, differences, type SetParams } from "./limit_studies/mask_check.ts";
import {
  findings,
  GRID,
  HIDDEN,
  LAYERS,
  meanOf,
  SAMPLES_PER_CLASS,
  standardError,
  STUDY_FLAGS,
  table,
} from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    ...STUDY_FLAGS,
    out: { type: "string", default: "limit_power.md" },
    tasks: { type: "string", default: "out/limit_power" },
    // method:sparsity:width:trials, one after another; trials fill sets.
    cases: {
      type: "string",
      default:
        "synflow:0.8:500:96,synflow:0.8:1000:128,synflow:0.8:2000:16,synflow:0.95:500:64,synflow:0.95:1000:48,grasp:0.5:2000:96",
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

/** A case's lines, from its sets, for each layer between hidden ones. */
async function compare(
  { method, sparsity, width }: SetParams,
  found: readonly Differences[],
): Promise<string[][]> {
  const trials = found.length * SET, lines: string[][] = [];
  for (const [index, layer] of LAYERS.entries()) {
    const off = found.flatMap(({ layers }) =>
      layers[index].map((cells) => new StepGraphon(GRID, GRID, decodeCells(cells)))
    );
    const all = trialsOf(off), floor = Math.sqrt(all.squaredError! * trials / SET);
    const sets = Array.from(
      found,
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
  return lines;
}

const cases = flags.cases.split(",").map((text) => {
  const [method, ...numbers] = text.split(":"), [sparsity, width, trials] = numbers.map(Number);
  if (!(trials > 0 && trials % SET === 0)) {
    throw new Error(`Expected sets of ${SET} trials but found ${text}`);
  }
  return { method, sparsity, width, sets: trials / SET };
});
const found = await findings(
  differences,
  (data) =>
    cases.flatMap(({ sets, ...params }) =>
      Array.from({ length: sets }, (_, set) => ({
        ...{ data, seed: 0, ...params, hidden: HIDDEN, grid: GRID, trials: SET, types, set },
        samplesPerClass: SAMPLES_PER_CLASS,
      }))
    ),
  flags,
);
const groups = Map.groupBy(found, ([{ method, sparsity, width }]) => [method, sparsity, width].join());
const lines: string[][] = [];
for (const group of groups.values()) {
  lines.push(...await compare(group[0][0], group.map(([, result]) => result)));
}
await Deno.writeTextFile(flags.out, document(lines));

function document(lines: readonly string[][]): string {
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
