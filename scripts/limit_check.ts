// Compares the masks of finite networks with the computed limit, trial by trial: the average histogram of several networks against
// that of as many masks drawn from the limit at their width, in both orders, each limit given its network's own outputs where the
// method reads samples; and what the outputs' layer keeps. A study, whose finished tasks are found again in --tasks; writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_check.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import {
  fitRate,
  GraphonTrials,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import { LIMIT_ORDERS, limitGraphon, limitNamed, limitNetwork, type LimitOrder } from "@graphon-limit/limit";
import { type Batch, initialise, predict, uploadBatch } from "@graphon-limit/model";
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
    types: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
    // Writes what is done, and computes nothing.
    done: { type: "boolean", default: false },
  },
});
const HIDDEN = 3, LAYERS = [1, 2], GRID = 64, SAMPLES_PER_CLASS = 10;
const trials = Number(flags.trials), types = Number(flags.types);
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
  readonly types: number;
};

/** How far the masks of a limit are from the networks' in one layer, and how far noise alone would put them. */
type Comparison = {
  readonly distance: number;
  readonly floor: number;
  /** The trials times by how much less their differences vary than two independent sets of masks would. */
  readonly effective: number;
};

/** What is found of the limit in one order. */
type OrderCheck = {
  readonly order: LimitOrder;
  /** For each of {@linkcode LAYERS}. */
  readonly layers: readonly Comparison[];
  /** Mean densities of all layers. */
  readonly densities: readonly number[];
  /** The last layer's density less the networks', over the latter, and the standard error of that. */
  readonly outputsOff: number;
  readonly outputsError: number;
};

type Check = {
  /** Mean densities of the networks' layers. */
  readonly densities: readonly number[];
  readonly orders: readonly OrderCheck[];
};

/** Histograms of {@linkcode LAYERS} and densities of all layers, by trial. */
interface Masks {
  readonly histograms: readonly StepGraphon[][];
  readonly densities: readonly number[][];
}

const check = registerKind<CheckParams, Check>({
  name: "limit-check",
  version: 2,
  describe: ({ method, sparsity, width }) => `${method} ${sparsity}, width ${width}`,
  async compute(lab, params) {
    using batch = samplesOf(lab, params);
    const { outputs, ...networks } = await networkMasks(lab, params, batch);
    const { exact } = limitNamed(params.method), orders: OrderCheck[] = [];
    // A limit that is known exactly is the same in both.
    for (const order of exact ? (["finite"] as const) : LIMIT_ORDERS) {
      const limit = await limitMasks(lab, params, batch, order, outputs);
      const last = params.hidden,
        off = networks.densities.map((found, t) => limit.densities[t][last] - found[last]);
      const kept = meanOf(networks.densities.map((found) => found[last]));
      orders.push({
        order,
        layers: LAYERS.map((_, index) => compare(params.grid, networks.histograms, limit.histograms, index)),
        densities: meanDensities(limit),
        outputsOff: meanOf(off) / kept,
        outputsError: standardError(off) / kept,
      });
    }
    return { densities: meanDensities(networks), orders };
  },
});

function compare(
  grid: number,
  networks: readonly StepGraphon[][],
  limits: readonly StepGraphon[][],
  index: number,
): Comparison {
  const [own, drawn, between] = [0, 1, 2].map(() => new GraphonTrials(grid));
  networks.forEach((found, trial) => {
    const one = found[index], other = limits[trial][index];
    own.add(one);
    drawn.add(other);
    between.add(new StepGraphon(grid, grid, one.values.map((value, cell) => value - other.values[cell])));
  });
  const squared = between.squaredError!;
  return {
    distance: Math.sqrt(between.mean.values.reduce((sum, value) => sum + value ** 2, 0)),
    floor: Math.sqrt(squared),
    effective: networks.length * (own.squaredError! + drawn.squaredError!) / squared,
  };
}

function meanDensities({ densities }: Masks): number[] {
  return densities[0].map((_, layer) => meanOf(densities.map((found) => found[layer])));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const mean = meanOf(values), squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

/** The samples that all scores are taken on. */
function samplesOf(lab: Lab, { data, samplesPerClass, seed }: CheckParams) {
  const { x, y } = balancedBatch(lab.dataset(data), samplesPerClass, seedFrom(seed));
  return uploadBatch(lab.device, x, y);
}

async function networkMasks(
  lab: Lab,
  { data, method, hidden, width, sparsity, grid, seed, trials }: CheckParams,
  batch: Batch,
): Promise<Masks & { outputs: Float32Array[] }> {
  const { device } = lab, { dimension, classes } = lab.dataset(data);
  const shape = [dimension, ...new Array<number>(hidden).fill(width), classes];
  const histograms: StepGraphon[][] = [], densities: number[][] = [], outputs: Float32Array[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seedFrom(seed), width, trial);
    using network = initialise(device, shape, "he", { seed: own });
    using predicted = predict(network, batch.inputs);
    outputs.push(await device.read(predicted.out));
    await prune(network, limitNamed(method).method, { sparsity, batch, seed: own });
    const masks = network.weights.map(({ mask }) => mask!), found: StepGraphon[] = [], kept: number[] = [];
    for (const layer of LAYERS) found.push((await sortAndSmooth(masks[layer], grid)).graphon);
    for (const mask of masks) kept.push((await sortAndSmooth(mask, 1)).graphon.density);
    histograms.push(found);
    densities.push(kept);
  }
  return { histograms, densities, outputs };
}

/** Whether a limit's rows and columns are sorted by degrees that fluctuate as a mask's do, so that no mask need be drawn to sort by its own. */
const hasOwnDegrees = (method: string, order: LimitOrder) => method === "synflow" && order === "finite";

/** As many masks of the limit, so that sorting by noisy degrees blurs both sides alike. */
async function limitMasks(
  lab: Lab,
  { data, method, hidden, width, sparsity, grid, seed, trials, types }: CheckParams,
  batch: Batch,
  order: LimitOrder,
  outputs: readonly Float32Array[],
): Promise<Masks> {
  const { device } = lab,
    { dimension: inputs, classes } = lab.dataset(data),
    network = { inputs, hidden, classes, width };
  const histograms: StepGraphon[][] = [], densities: number[][] = [], limit = limitNamed(method);
  const options = { sparsity, batch, order, types: Math.min(types, width, limit.exact ? 1 : limit.types) };
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seedFrom(seed), 7, trial);
    const given = limit.method.reads === "samples" ? { outputs: outputs[trial] } : {};
    if (hasOwnDegrees(method, order)) {
      const layers = await limitGraphon(device, method, network, {
        ...options,
        seed: own,
        grid,
        outputDraws: 1,
      });
      histograms.push(LAYERS.map((layer) => layers[layer].graphon));
      densities.push(layers.map(({ density }) => density));
      continue;
    }
    const { graphons } = await limitNetwork(device, method, network, { ...options, ...given, seed: own });
    const found: StepGraphon[] = [];
    for (const layer of LAYERS) {
      using mask = sampleFromGraphon(device, graphons[layer], width, width, {
        seed: deriveSeed(own, 1),
        layer,
      });
      found.push((await sortAndSmooth(mask, grid)).graphon);
    }
    histograms.push(found);
    densities.push(graphons.map(({ density }) => density));
  }
  return { histograms, densities };
}

const INTRODUCTION = "# Finite networks and the limit\n\n" +
  `MNIST, ${
    SAMPLES_PER_CLASS * 10
  } samples, the same for all; ${HIDDEN} hidden layers, ReLU, He; global threshold. The average ` +
  `sort-and-smooth histogram of ${trials} networks against that of ${trials} masks drawn from the limit at their width, of at ` +
  `most ${types} types: Euclidean distance over ${GRID}×${GRID} cells, over the noise floor, which is the distance expected from ` +
  "the spread of the trials' differences. 1 is as near as can be seen. For the first (1) and the last (2) hidden→hidden layer, in " +
  "the orders *strict* and *finite* (what they are: [mathematics.md](../mathematics.md), section 5; random and magnitude pruning " +
  "have one limit). Limits of methods that read samples are each given the outputs of the network they are compared with, whose " +
  "chance is most of the noise: *effective* is how many trials without that would show as much. *Outputs* is what the outputs' " +
  "layer keeps, and by how much the limit is off it.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts " +
  `--trials ${trials} --types ${types} --data-dir … --out docs/results/limit_check.md\`\n`;

function table(lines: readonly (readonly (string | number)[])[]): string {
  const [header, ...rest] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [header, header.replaceAll(/[^|]+/g, "---"), ...rest].join("\n") + "\n";
}

const ratio = ({ distance, floor }: Comparison) => (distance / floor).toFixed(2);

/** Rows for each layer between hidden ones. */
function layerRows({ method, sparsity, width }: CheckParams, { orders, densities }: Check): string[][] {
  return LAYERS.map((layer, index) => {
    const found = new Map(orders.map((order) => [order.order, order])), finite = found.get("finite")!;
    const strict = found.get("strict")?.layers[index], own = finite.layers[index];
    return [
      ...[method, sparsity, layer, width].map(String),
      strict ? `${strict.distance.toFixed(3)} (${strict.floor.toFixed(3)})` : "",
      `${own.distance.toFixed(3)} (${own.floor.toFixed(3)})`,
      ...[strict ? ratio(strict) : "", ratio(own), own.effective.toFixed(0)],
      ...[densities[layer].toFixed(4), finite.densities[layer].toFixed(4)],
    ];
  });
}

/** What the outputs' layer keeps. */
function outputsRow({ method, sparsity, width }: CheckParams, { orders, densities }: Check): string[] {
  const percent = ({ outputsOff, outputsError }: OrderCheck) =>
    `${(100 * outputsOff).toFixed(2)} ± ${(100 * outputsError).toFixed(2)} %`;
  const cell = (order: LimitOrder) => orders.filter((found) => found.order === order).map(percent).join("");
  return [
    ...[method, sparsity, width].map(String),
    densities[HIDDEN].toFixed(4),
    cell("strict"),
    cell("finite"),
    method === "grasp" ? "1 %" : "",
  ];
}

/** What the rows of a method, a sparsity and a layer come to. */
function summary(rows: readonly string[][]): string[][] {
  const groups = Map.groupBy(rows, (row) => row.slice(0, 3).join());
  const column = (group: readonly string[][], at: number) =>
    group.every((row) => row[at] === "") ? "" : group.map((row) => row[at]).join(" · ");
  return [...groups.values()].map((group) => [
    ...[...group[0].slice(0, 3), column(group, 3), column(group, 6), column(group, 7)],
    barOf(group[0]),
  ]);
}

/** What the finite order's ratio is asked to be at most. */
function barOf([method, sparsity, layer]: readonly string[]): string {
  if (limitNamed(method).exact) return "1.0";
  return method === "synflow" && sparsity === "0.95" ? `${layer === "1" ? 1.9 : 1.1} at n = 500` : "1.1";
}

/** How fast the strict limit's distance falls, less what noise makes of it; of layers where it is seen at two widths at least. */
function rates(found: readonly (readonly [CheckParams, Check])[]): string[][] {
  return methods.flatMap((method) =>
    sparsities.flatMap((sparsity) =>
      LAYERS.flatMap((layer, index) => {
        const points = found.filter(([params]) => params.method === method && params.sparsity === sparsity)
          .flatMap(([{ width }, { orders }]) => {
            const strict = orders.find(({ order }) => order === "strict")?.layers[index];
            const squared = strict ? strict.distance ** 2 - strict.floor ** 2 : 0;
            // Beyond what a floor's own chance of some percent may make of it.
            return strict && squared > 0.1 * strict.floor ** 2
              ? [{ n: width, distance: Math.sqrt(squared) }]
              : [];
          });
        if (points.length < 3) return [];
        const { exponent, standardError } = fitRate(points);
        const interval = `${exponent.toFixed(2)} ± ${(2 * standardError!).toFixed(2)}`;
        return [[method, String(sparsity), String(layer), interval, String(points.length)]];
      })
    )
  );
}

async function write(found: readonly (readonly [CheckParams, Check])[]): Promise<void> {
  const rows = found.flatMap(([params, result]) => layerRows(params, result));
  rows.sort((a, b) => order(a) - order(b));
  const sections = [
    INTRODUCTION,
    table([
      ["method", "sparsity", "layer", "widths", "strict", "finite", "finite, asked"],
      ...summary(rows),
    ]),
    "## What the outputs' layer keeps\n",
    table([
      ["method", "sparsity", "width", "networks", "strict, off by", "finite, off by", "asked"],
      ...found.map(([params, result]) => outputsRow(params, result)),
    ]),
    "## How fast networks come to the strict limit\n\n" +
    "`n^(−α)` fitted to the distance less its noise, where this is seen at three widths or more, with two standard errors. What the " +
    "strict order leaves out of GraSP's scores is of the order n^(−1/2) and B/n, of SNIP's B/n, which is below the noise here; SynFlow's " +
    "sums fluctuate by n^(−1/2), which the rounds amplify. Nothing is seen of what the finite order leaves out. " +
    "[limit_rates.md](limit_rates.md) has the neglected terms by themselves.\n",
    table([["method", "sparsity", "layer", "α", "widths"], ...rates(found)]),
    "## Every width\n",
    table([
      [
        "method",
        "sparsity",
        "layer",
        "width",
        "strict: distance (floor)",
        "finite: distance (floor)",
        "ratio",
        "ratio",
      ]
        .concat(["effective", "density", "limit"]),
      ...rows,
    ]),
  ];
  await Deno.writeTextFile(flags.out, sections.join("\n"));
}

function order([method, sparsity, layer, width]: string[]): number {
  const places = [methods.indexOf(method), sparsities.indexOf(Number(sparsity)), Number(layer)];
  return [...places, widths.indexOf(Number(width))].reduce((sum, place) => 16 * sum + place, 0);
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
        seed: Number(flags.seed),
        method,
        sparsity,
        width,
        hidden: HIDDEN,
        grid: GRID,
        trials,
        types,
      },
      samplesPerClass: SAMPLES_PER_CLASS,
    }))
  )
);
if (!flags.done) {
  await runTasks(lab, asked.map(check.task), { onTask: (done, what) => console.error(`${done} ${what}`) });
}
const found: [CheckParams, Check][] = [];
for (const params of asked) {
  const record = await lab.store.find(check.task(params));
  if (record) found.push([params, record.result]);
}
await write(found);
