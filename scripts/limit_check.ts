// Compares the masks of finite networks with the computed limit, trial by trial: the average histogram of several networks against
// that of as many masks drawn from the limit at their width, in both orders, each limit given its network's own outputs where the
// method reads samples; and what the outputs' layer keeps. A study, whose finished tasks are found again in --tasks; writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_check.md
import { parseArgs } from "node:util";
import { fitRate } from "@graphon-limit/graphon";
import { limitNamed, type LimitOrder } from "@graphon-limit/limit";
import {
  type Check,
  check,
  type CheckParams,
  type Comparison,
  MOST_EDGES,
  type OrderCheck,
} from "./limit_studies/mask_check.ts";
import {
  findings,
  GRID,
  HIDDEN,
  LAYERS,
  numbersOf,
  SAMPLES_PER_CLASS,
  STUDY_FLAGS,
  table,
} from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    ...STUDY_FLAGS,
    out: { type: "string", default: "limit_check.md" },
    tasks: { type: "string", default: "out/limit_check" },
    methods: { type: "string", default: "random,magnitude,snip,grasp,synflow" },
    widths: { type: "string", default: "250,500,1000,2000,4000" },
    sparsities: { type: "string", default: "0.5,0.8,0.95" },
    trials: { type: "string", default: "16" },
    types: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
  },
});
const trials = Number(flags.trials), types = Number(flags.types), methods = flags.methods.split(",");
const widths = numbersOf(flags.widths), sparsities = numbersOf(flags.sparsities);

const INTRODUCTION = "# Finite networks and the limit\n\n" +
  `MNIST, ${
    SAMPLES_PER_CLASS * 10
  } samples, the same for all; ${HIDDEN} hidden layers, ReLU, He; global threshold. The average ` +
  `sort-and-smooth histogram of ${trials} networks against that of ${trials} masks drawn from the limit at their width, of at ` +
  `most ${types} types: Euclidean distance over ${GRID}×${GRID} cells, over the noise floor, which is the distance expected from ` +
  "the spread of the trials' differences. 1 is as near as can be seen. For the first (1) and the last (2) hidden→hidden layer, in " +
  "the orders *strict* and *finite* (what they are: [mathematics.md](../mathematics.md), section 5; random and magnitude pruning " +
  `have one limit; SynFlow's finite one, which goes through all edges, of layers with ${
    MOST_EDGES / 1e6
  } million at most). ` +
  "Limits of methods that read samples are each given the outputs of the network they are compared with, whose " +
  "chance is most of the noise: *effective* is how many trials without that would show as much. *Outputs* is what the outputs' " +
  "layer keeps, and by how much the limit is off it.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts " +
  `--trials ${trials} --types ${types} --data-dir … --out docs/results/limit_check.md\`\n`;

const ratio = ({ distance, floor }: Comparison) => (distance / floor).toFixed(2);

/** Rows for each layer between hidden ones. */
function layerRows({ method, sparsity, width }: CheckParams, { orders, densities }: Check): string[][] {
  return LAYERS.map((layer, index) => {
    const found = new Map(orders.map((order) => [order.order, order])), finite = found.get("finite");
    const strict = found.get("strict")?.layers[index], own = finite?.layers[index];
    return [
      ...[method, sparsity, layer, width].map(String),
      strict ? `${strict.distance.toFixed(3)} (${strict.floor.toFixed(3)})` : "",
      own ? `${own.distance.toFixed(3)} (${own.floor.toFixed(3)})` : "",
      ...[strict ? ratio(strict) : "", own ? ratio(own) : "", own ? own.effective.toFixed(0) : ""],
      ...[densities[layer].toFixed(4), finite ? finite.densities[layer].toFixed(4) : ""],
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
    group.every((row) => row[at] === "") ? "" : group.map((row) => row[at] || "–").join(" · ");
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

/** Where what the finite order leaves out is seen: rows beyond what is asked of most. */
function leftOut(rows: readonly string[][]): string {
  const beyond = rows.filter((row) => Number(row[7]) > 1.1);
  if (beyond.length === 0) return "Nothing is seen of what the finite order leaves out.";
  return `What the finite order leaves out is seen, or chance, where its ratio is above 1.1: ${
    beyond.map(([method, sparsity, layer, width, , , , ratio]) =>
      `${method} ${sparsity}, layer ${layer}, n = ${width} (${ratio})`
    ).join("; ")
  }. More trials of such tell which it is: [limit_power.md](limit_power.md).`;
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
        const [before, widest] = points.toSorted((a, b) => a.n - b.n).slice(-2);
        const last = Math.log(before.distance / widest.distance) / Math.log(widest.n / before.n);
        return [[method, String(sparsity), String(layer), interval, String(points.length), last.toFixed(2)]];
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
    "sums fluctuate by n^(−1/2), which the rounds amplify, so that its distance grows with the width before it falls, by a negative α. " +
    `${leftOut(rows)} [limit_rates.md](limit_rates.md) has the neglected terms by themselves.\n`,
    table([["method", "sparsity", "layer", "α", "widths", "between the two widest"], ...rates(found)]),
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

const found = await findings(
  check,
  (data) =>
    methods.flatMap((method) =>
      sparsities.flatMap((sparsity) =>
        widths.map((width): CheckParams => ({
          ...{
            data,
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
    ),
  flags,
);
await write(found);
