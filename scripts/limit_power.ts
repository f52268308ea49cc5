// What is left of the distance between SynFlow's masks and its limit where more networks are compared than limit_check.ts has: of sets of
// 16 networks, which differ by a mode that many cells share, and of all. Writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_power.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_power.md
import { parseArgs } from "node:util";
import {
  frobeniusDistance,
  graphonDifference,
  GraphonTrials,
  type StepGraphon,
} from "@graphon-limit/graphon";
import { symmetricEigenvalues } from "@graphon-limit/ntk";
import { type CheckParams, limitMasks, networkMasks, samplesOf } from "./limit_studies/mask_check.ts";
import {
  GRID,
  HIDDEN,
  inLaboratory,
  LAYERS,
  meanOf,
  SAMPLES_PER_CLASS,
  table,
} from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "limit_power.md" },
    tasks: { type: "string", default: "out/limit_power" },
    // sparsity:width:networks, one after another.
    cases: { type: "string", default: "0.8:1000:80,0.95:500:96" },
    limits: { type: "string", default: "16" },
  },
});
const limits = Number(flags.limits), SET = 16;

function trialsOf(histograms: readonly StepGraphon[]): GraphonTrials {
  const trials = new GraphonTrials(GRID);
  for (const histogram of histograms) trials.add(histogram);
  return trials;
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
  { sparsity, width, trials: networks }: CheckParams,
  found: readonly StepGraphon[][],
  drawn: readonly StepGraphon[][],
): Promise<void> {
  for (const [index, layer] of LAYERS.entries()) {
    const own = found.map((layers) => layers[index]), limit = trialsOf(drawn.map((layers) => layers[index]));
    const all = trialsOf(own);
    const sets = Array.from(
      { length: Math.floor(networks / SET) },
      (_, set) => frobeniusDistance(trialsOf(own.slice(set * SET, (set + 1) * SET)).mean, limit.mean),
    );
    const drawnSet = limit.squaredError! * limits / SET;
    const ofSet = Math.sqrt(all.squaredError! * networks / SET + drawnSet);
    // The other networks know where a limit without fault is, but for their own error.
    const others = trialsOf(own.slice(SET)),
      off = frobeniusDistance(trialsOf(own.slice(0, SET)).mean, others.mean);
    const faultless = Math.sqrt(Math.max(off ** 2 - others.squaredError!, 0) + drawnSet);
    const distance = frobeniusDistance(all.mean, limit.mean);
    const left = Math.sqrt(Math.max(distance ** 2 - all.squaredError! - limit.squaredError!, 0));
    lines.push([
      ...[sparsity, width, layer, networks].map(String),
      sets.toSorted((a, b) => a - b).map((value) => value.toFixed(3)).join(" "),
      `${ofSet.toFixed(3)}, ${(meanOf(sets) / ofSet).toFixed(2)}`,
      `${distance.toFixed(3)} (${Math.sqrt(all.squaredError! + limit.squaredError!).toFixed(3)})`,
      `${left.toFixed(3)}, ${(Math.hypot(left, ofSet) / ofSet).toFixed(2)}`,
      `${(sets[0] / ofSet).toFixed(2)}, ${(faultless / ofSet).toFixed(2)}`,
      `${(100 * await largestMode(own)).toFixed(0)} %`,
    ]);
  }
}

await inLaboratory(flags, async (lab) => {
  for (
    const [sparsity, width, trials] of flags.cases.split(",").map((text) => text.split(":").map(Number))
  ) {
    const params: CheckParams = {
      ...{ data: lab.data, seed: 0, method: "synflow", sparsity, width, hidden: HIDDEN, grid: GRID, trials },
      ...{ samplesPerClass: SAMPLES_PER_CLASS, types: width },
    };
    using batch = samplesOf(lab, params);
    const { histograms, outputs } = await networkMasks(lab, params, batch);
    const drawn = await limitMasks(lab, { ...params, trials: limits }, batch, "finite", outputs);
    await compare(params, histograms, drawn.histograms);
    await Deno.writeTextFile(flags.out, document());
  }
});

function document(): string {
  return "# SynFlow's distance to its limit, by more networks\n\n" +
    `The average sort-and-smooth histogram of SynFlow's masks against that of ${limits} limits of their width in the order *finite*, as in ` +
    `[limit_check.md](limit_check.md): Euclidean distance over ${GRID}×${GRID} cells, of *sets* of ${SET} networks, of which the floor is that of ` +
    `${SET} networks and ${SET} limits, and the mean over it; of *all*, with their floor; and what is *left* of that without chance, and what a ` +
    `set's distance over its floor would be with so much on average. The *first set* is limit_check.md's: its ratio here, and what it would ` +
    `be from a limit without *fault*, of which the other networks say where it is. The *mode* is the largest share of the networks' variance that one ` +
    "pattern of cells has: sets differ by it.\n\n" +
    "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_power.ts --data-dir … --out docs/results/limit_power.md`\n\n" +
    table([
      [
        "sparsity",
        "width",
        "layer",
        "networks",
        "sets",
        "their floor, ratio",
        "all (floor)",
        "left, ratio",
        "first set, faultless",
        "mode",
      ],
      ...lines,
    ]);
}
