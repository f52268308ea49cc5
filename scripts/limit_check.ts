// Compares the masks of finite networks with the computed limit, trial by trial: the average histogram of several networks against
// that of as many masks drawn from the limit at their width, in both orders, each limit given its network's own outputs where the
// method reads samples; and what the outputs' layer keeps. Sets of such trials are at different distances by chance, so that a
// distance is read from several. A study, whose finished tasks are found again in --tasks; writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_check.md
import { parseArgs } from "node:util";
import { fitRate } from "@graphon-limit/graphon";
import { limitNamed } from "@graphon-limit/limit";
import { check, type CheckParams, MOST_EDGES } from "./limit_studies/mask_check.ts";
import { type Cell, cellOf, type CellOrder } from "./limit_studies/mask_cells.ts";
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
    // methods:sparsities:widths:sets, one after another; the longer the work, the later.
    cases: {
      type: "string",
      multiple: true,
      default: [
        "random,magnitude:0.5,0.8,0.95:250,500,1000,2000:1",
        "snip,grasp:0.5,0.8,0.95:250,500,1000,2000:4",
        "synflow:0.8:250,500:4",
        "synflow:0.8:1000:8",
        "synflow:0.8:2000,4000:1",
        "synflow:0.95:250,500,1000:4",
      ],
    },
    trials: { type: "string", default: "16" },
    types: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
  },
});
const trials = Number(flags.trials), types = Number(flags.types);

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
  "chance is most of the noise: *effective* is how many trials without that would show as much.\n\n" +
  "Histograms of one layer have modes that many cells share, so that whole sets of trials are nearer or further by chance, " +
  "SynFlow's by a third. Of several *sets* of new networks and new limits a ratio is the root mean square, with the error of it that the sets " +
  "show. *Left* is what all sets' mean difference has beyond its noise.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_check.ts " +
  "--data-dir … --out docs/results/limit_check.md`\n";

/** A ratio, with its error where sets show it. */
function ratioOf({ ratio, error }: CellOrder["layers"][number]): string {
  return ratio.toFixed(2) + (error === undefined ? "" : ` ± ${error.toFixed(2)}`);
}

/** Rows for each layer between hidden ones. */
function layerRows({ method, sparsity, width, sets, strict, finite, densities }: Cell): string[][] {
  const apart = (order: CellOrder | undefined, index: number) => {
    const layer = order?.layers[index];
    return layer ? `${layer.distance.toFixed(3)} (${layer.floor.toFixed(3)})` : "";
  };
  return LAYERS.map((layer, index) => {
    const own = finite?.layers[index];
    return [
      ...[method, sparsity, layer, width, sets].map(String),
      ...[apart(strict, index), apart(finite, index)],
      ...[strict ? ratioOf(strict.layers[index]) : "", own ? ratioOf(own) : ""],
      ...[own ? own.left.toFixed(3) : "", own ? own.effective.toFixed(0) : ""],
      ...[densities[layer].toFixed(4), finite ? finite.densities[layer].toFixed(4) : ""],
    ];
  });
}

/** What the outputs' layer keeps. */
function outputsRow({ method, sparsity, width, densities, strict, finite }: Cell): string[] {
  const cell = (order: CellOrder | undefined) =>
    order ? `${(100 * order.outputsOff).toFixed(2)} ± ${(100 * order.outputsError).toFixed(2)} %` : "";
  return [
    ...[method, sparsity, width].map(String),
    densities[HIDDEN].toFixed(4),
    cell(strict),
    cell(finite),
    method === "grasp" ? "1 %" : "",
  ];
}

/** What the cells of a method, a sparsity and a layer come to. */
function summary(cells: readonly Cell[]): string[][] {
  const groups = Map.groupBy(cells, ({ method, sparsity }) => `${method} ${sparsity}`);
  return [...groups.values()].flatMap((group) =>
    LAYERS.map((layer, index) => {
      const column = (order: "strict" | "finite") =>
        group.every((cell) => !cell[order])
          ? ""
          : group.map((cell) => cell[order]?.layers[index].ratio.toFixed(2) ?? "–").join(" · ");
      const [{ method, sparsity }] = group, widths = group.map(({ width }) => width).join(" · ");
      return [
        ...[method, String(sparsity), String(layer), widths, column("strict"), column("finite")],
        barOf(method, sparsity, layer),
      ];
    })
  );
}

/** What the finite order's ratio is asked to be at most. */
function barOf(method: string, sparsity: number, layer: number): string {
  if (limitNamed(method).exact) return "1.0";
  return method === "synflow" && sparsity === 0.95 ? `${layer === 1 ? 1.9 : 1.1} at n = 500` : "1.1";
}

/** Where what the finite order leaves out is seen: beyond what is asked of most. */
function leftOut(cells: readonly Cell[]): string {
  const beyond = cells.flatMap(({ method, sparsity, width, finite }) =>
    LAYERS.flatMap((layer, index) =>
      finite && finite.layers[index].ratio > 1.1
        ? [`${method} ${sparsity}, layer ${layer}, n = ${width} (${ratioOf(finite.layers[index])})`]
        : []
    )
  );
  if (beyond.length === 0) return "No ratio of the finite order is above 1.1.";
  return `Ratios of the finite order above 1.1, where what it leaves out is seen, or chance: ${
    beyond.join("; ")
  }.`;
}

/** How fast the strict limit's distance falls, less what noise makes of it; of layers where it is seen at two widths at least. */
function rates(cells: readonly Cell[]): string[][] {
  const groups = Map.groupBy(cells, ({ method, sparsity }) => `${method} ${sparsity}`);
  return [...groups.values()].flatMap((group) =>
    LAYERS.flatMap((layer, index) => {
      const points = group.flatMap(({ width, strict }) => {
        if (!strict) return [];
        const { distance, floor } = strict.layers[index], squared = distance ** 2 - floor ** 2;
        // Beyond what a floor's own chance of some percent may make of it.
        return squared > 0.1 * floor ** 2 ? [{ n: width, distance: Math.sqrt(squared) }] : [];
      });
      if (points.length < 3) return [];
      const { exponent, standardError } = fitRate(points);
      const interval = `${exponent.toFixed(2)} ± ${(2 * standardError!).toFixed(2)}`;
      const [before, widest] = points.toSorted((a, b) => a.n - b.n).slice(-2);
      const last = Math.log(before.distance / widest.distance) / Math.log(widest.n / before.n);
      const [{ method, sparsity }] = group;
      return [[method, String(sparsity), String(layer), interval, String(points.length), last.toFixed(2)]];
    })
  );
}

function document(cells: readonly Cell[]): string {
  return [
    INTRODUCTION,
    table([
      ["method", "sparsity", "layer", "widths", "strict", "finite", "finite, asked"],
      ...summary(cells),
    ]),
    leftOut(cells) + "\n",
    "## What the outputs' layer keeps\n\nAnd by how much the limit is off it, with the error that the trials show.\n",
    table([
      ["method", "sparsity", "width", "networks", "strict, off by", "finite, off by", "asked"],
      ...cells.map(outputsRow),
    ]),
    "## How fast networks come to the strict limit\n\n" +
    "`n^(−α)` fitted to the distance less its noise, where this is seen at three widths or more, with two standard errors. What the " +
    "strict order leaves out of GraSP's scores is of the order n^(−1/2) and B/n, of SNIP's B/n, which is below the noise here; SynFlow's " +
    "sums fluctuate by n^(−1/2), which the rounds amplify, so that its distance grows with the width before it falls, by a negative α. " +
    "[limit_rates.md](limit_rates.md) has the neglected terms by themselves.\n",
    table([["method", "sparsity", "layer", "α", "widths", "between the two widest"], ...rates(cells)]),
    "## Every width\n",
    table([
      [
        ...["method", "sparsity", "layer", "width", "sets", "strict: distance (floor)"],
        ...["finite: distance (floor)", "ratio", "ratio", "left", "effective", "density", "limit"],
      ],
      ...cells.flatMap(layerRows).sort((a, b) =>
        (places.get(a.slice(0, 2).join()) ?? 0) - (places.get(b.slice(0, 2).join()) ?? 0) ||
        Number(a[2]) - Number(b[2])
      ),
    ]),
  ].join("\n");
}

/** Cases' sets, the first of all before the second of any. */
function paramsOf(data: CheckParams["data"]): CheckParams[] {
  const all = flags.cases.flatMap((text) => {
    const [methods, ...numbers] = text.split(":"), [sparsities, widths, [sets]] = numbers.map(numbersOf);
    if (!(sets >= 1)) throw new Error(`Expected methods:sparsities:widths:sets but found ${text}`);
    const common = { data, seed: Number(flags.seed), hidden: HIDDEN, samplesPerClass: SAMPLES_PER_CLASS };
    return methods.split(",").flatMap((method) =>
      sparsities.flatMap((sparsity) =>
        widths.flatMap((width) =>
          Array.from({ length: sets }, (_, set): CheckParams => ({
            ...{ ...common, method, sparsity, width, grid: GRID, trials, types, set },
          }))
        )
      )
    );
  });
  return all.sort((a, b) => a.set - b.set);
}

const found = await findings(check, paramsOf, flags);
const groups = Map.groupBy(found, ([{ method, sparsity, width }]) => [method, sparsity, width].join());
const cells = [...groups.values()].map((sets) => cellOf(sets[0][0], sets.map(([, result]) => result)));
/** Methods and sparsities, in the order that they were asked for. */
const places = new Map(
  [...new Set(cells.map(({ method, sparsity }) => [method, sparsity].join()))].map((key, at) => [key, at]),
);
await Deno.writeTextFile(flags.out, document(cells));
