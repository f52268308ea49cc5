// Compares the masks of finite networks with the computed limit: the average histogram of several networks against the
// limit at their width and at n = ∞, for the first and the last hidden→hidden layer. A study, whose finished tasks are found again in
// --tasks; writes a Markdown table.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_check.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { frobeniusDistance, GraphonTrials, sampleFromGraphon, sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, type LimitLayer, limitNamed, LIMITS } from "@graphon-limit/limit";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";
import {
  type DataRef,
  dataRef,
  FolderStore,
  type Lab,
  Laboratory,
  registerKind,
  runTasks,
} from "@graphon-limit/study";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "limit_check.md" },
    tasks: { type: "string", default: "out/limit_check" },
    methods: { type: "string", default: "random,magnitude,snip,grasp,synflow" },
    widths: { type: "string", default: "250,500,1000,2000" },
    sparsities: { type: "string", default: "0.5,0.8,0.95" },
    trials: { type: "string", default: "16" },
    draws: { type: "string", default: "16" },
    types: { type: "string", default: "2000" },
  },
});
const HIDDEN = 3, LAYERS = [1, 2], GRID = 64, SAMPLES_PER_CLASS = 10, SEED = 0;
const trials = Number(flags.trials), draws = Number(flags.draws), types = Number(flags.types);
const methods = flags.methods.split(",");
const widths = flags.widths.split(",").map(Number), sparsities = flags.sparsities.split(",").map(Number);

/** Networks of one width, and the limit they are compared with. */
type CheckParams = {
  readonly data: DataRef;
  readonly seed: number;
  readonly method: string;
  readonly sparsity: number;
  readonly width: number;
  readonly hidden: number;
  readonly samplesPerClass: number;
  readonly grid: number;
  readonly trials: number;
  readonly draws: number;
  readonly types: number;
};

/** What is found of one layer. */
type LayerCheck = {
  readonly layer: number;
  readonly distance: number;
  readonly floor: number;
  /** To the limit at n = ∞. */
  readonly endless: number;
  /** To masks drawn from the limit. */
  readonly seen: number;
  readonly seenFloor: number;
  readonly density: number;
  readonly limitDensity: number;
};

const check = registerKind<CheckParams, readonly LayerCheck[]>({
  name: "limit-check",
  version: 1,
  describe: ({ method, sparsity, width }) => `${method} ${sparsity}, width ${width}`,
  async compute(lab, params) {
    const limit = await limitAt(lab, params, params.width), endless = await limitAt(lab, params, Infinity);
    const finite = await finiteTrials(lab, params);
    const found: LayerCheck[] = [];
    for (const [index, layer] of LAYERS.entries()) {
      const { mean, squaredError } = finite[index],
        seen = await seenThroughSorting(lab, params, limit[layer]);
      const errors = limit[layer].standardError!.reduce((sum, error) => sum + error * error, 0);
      const floor = Math.sqrt((squaredError ?? NaN) + errors);
      found.push({
        layer,
        distance: frobeniusDistance(mean, limit[layer].graphon),
        floor,
        endless: frobeniusDistance(mean, endless[layer].graphon),
        seen: frobeniusDistance(mean, seen.mean),
        seenFloor: Math.sqrt(floor ** 2 + (seen.squaredError ?? NaN)),
        density: mean.density,
        limitDensity: limit[layer].density,
      });
    }
    return found;
  },
});

/** The samples that all scores are taken on. */
function samplesOf(lab: Lab, { data, samplesPerClass, seed }: CheckParams) {
  const { x, y } = balancedBatch(lab.dataset(data), samplesPerClass, seedFrom(seed));
  return uploadBatch(lab.device, x, y);
}

async function limitAt(lab: Lab, params: CheckParams, width: number): Promise<LimitLayer[]> {
  const { dimension: inputs, classes } = lab.dataset(params.data),
    { method, hidden, sparsity, grid } = params;
  using batch = samplesOf(lab, params);
  return await limitGraphon(lab.device, method, { inputs, hidden, classes, width }, {
    ...{ sparsity, batch, grid, outputDraws: params.draws, seed: seedFrom(params.seed) },
    types: Math.min(params.types, limitNamed(method).types),
  });
}

async function finiteTrials(lab: Lab, params: CheckParams): Promise<GraphonTrials[]> {
  const { dimension, classes } = lab.dataset(params.data), { method, hidden, width, sparsity, grid } = params;
  const shape = [dimension, ...new Array<number>(hidden).fill(width), classes];
  using batch = samplesOf(lab, params);
  const gathered = LAYERS.map(() => new GraphonTrials(grid));
  for (let trial = 0; trial < params.trials; trial++) {
    const seed = deriveSeed(seedFrom(params.seed), width, trial);
    using network = initialise(lab.device, shape, "he", { seed });
    await prune(network, limitNamed(method).method, { sparsity, batch, seed });
    for (const [index, layer] of LAYERS.entries()) {
      gathered[index].add((await sortAndSmooth(network.weights[layer].mask!, grid)).graphon);
    }
  }
  return gathered;
}

/** The average histogram of masks drawn from the limit itself: it has sort-and-smooth's own bias and no other. */
async function seenThroughSorting(
  { device }: Lab,
  { width, seed, grid, trials }: CheckParams,
  { graphon }: LimitLayer,
): Promise<GraphonTrials> {
  const seen = new GraphonTrials(grid);
  for (let trial = 0; trial < trials; trial++) {
    const drawn = { seed: deriveSeed(seedFrom(seed), 7, trial) };
    using mask = sampleFromGraphon(device, graphon, width, width, drawn);
    seen.add((await sortAndSmooth(mask, grid)).graphon);
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
  `MNIST, ${
    SAMPLES_PER_CLASS * 10
  } samples, the same for all; ${HIDDEN} hidden layers, ReLU, He; global threshold. The average ` +
  `sort-and-smooth histogram of ${trials} networks, Euclidean distance over ${GRID}×${GRID} cells, for the first (1) and the ` +
  `last (2) hidden→hidden layer; the limit from ${draws} repetitions of at most ${types} types${fewer}. The floor is the distance ` +
  "expected from the spread of the trials and of the limit's repetitions; *masks of the limit* are histograms of as many " +
  "masks drawn from the limit at that width, so that sorting by a noisy degree blurs both sides alike, and their own noise is " +
  "in the floor beside it. What is not at the floor, and why: [mathematics.md](../mathematics.md), section 5.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts " +
  `--trials ${trials} --draws ${draws} --types ${types} --data-dir … --out docs/results/limit_check.md\`\n`;

function table(lines: readonly (readonly (string | number)[])[]): string {
  const [header, ...rest] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [header, header.replaceAll(/[^|]+/g, "---"), ...rest].join("\n") + "\n";
}

/** What the rows of a method, a sparsity and a layer come to. */
function summary(rows: ReadonlyMap<string, string[]>): (string | number)[][] {
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

async function write(rows: ReadonlyMap<string, string[]>): Promise<void> {
  const head = ["method", "sparsity", "layer", "distance by width", "falls", "largest width", "ratio"];
  const sections = [
    INTRODUCTION,
    table([[...head, "ratio, masks of the limit", "within 1.5 × the floor"], ...summary(rows)]),
    "## Every width\n",
    table([HEADER, ...rows.values()]),
  ];
  await Deno.writeTextFile(flags.out, sections.join("\n"));
}

/** A row of the table, as text. */
function rowOf({ method, sparsity, width }: CheckParams, found: LayerCheck): string[] {
  const { layer, distance, floor, endless, seen, seenFloor, density, limitDensity } = found;
  return [
    ...[method, sparsity, layer, width].map(String),
    ...[distance.toFixed(3), floor.toFixed(3), (distance / floor).toFixed(2), endless.toFixed(3)],
    ...[seen.toFixed(3), seenFloor.toFixed(3), (seen / seenFloor).toFixed(2)],
    ...[density.toFixed(4), limitDensity.toFixed(4)],
  ];
}

using device = await openDevice({ kind: "cpu" });
const dataset = await loadDataset("mnist", { dataDir: flags["data-dir"] });
using lab = new Laboratory({
  device,
  store: new FolderStore(flags.tasks, (fault) => console.error(fault)),
  data: { ref: await dataRef(dataset), dataset },
});
const asked = methods.flatMap((method) =>
  sparsities.flatMap((sparsity) =>
    widths.map((width): CheckParams => ({
      ...{
        data: lab.data,
        seed: SEED,
        method,
        sparsity,
        width,
        hidden: HIDDEN,
        grid: GRID,
        trials,
        draws,
        types,
      },
      samplesPerClass: SAMPLES_PER_CLASS,
    }))
  )
);
await runTasks(lab, asked.map(check.task), { onTask: (done, what) => console.error(`${done} ${what}`) });
const rows = new Map<string, string[]>();
for (const params of asked) {
  for (const found of await lab.get(check.task(params))) {
    const row = rowOf(params, found);
    rows.set(row.slice(0, 4).join(), row);
  }
}
await write(rows);
