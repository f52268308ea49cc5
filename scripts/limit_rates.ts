// How fast what the strict order of limits leaves out falls with width: the distance between the graphons of the orders strict and
// finite, each given the outputs of one network of the width, over several such networks, and the rate fitted to it. A study, whose
// finished tasks are found again in --tasks; writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_rates.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_rates.md
import { parseArgs } from "node:util";
import { balancedBatch, loadDataset } from "@graphon-limit/data";
import { fitRate, StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon, type LimitLayer, limitNamed, type LimitOrder } from "@graphon-limit/limit";
import { initialise, predict, uploadBatch } from "@graphon-limit/model";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";
import { type DataRef, dataRef, FolderStore, Laboratory, registerKind, runTasks } from "@graphon-limit/study";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    out: { type: "string", default: "limit_rates.md" },
    tasks: { type: "string", default: "out/limit_rates" },
    methods: { type: "string", default: "snip,grasp,synflow" },
    widths: { type: "string", default: "250,500,1000,2000,4000" },
    sparsities: { type: "string", default: "0.8" },
    repetitions: { type: "string", default: "8" },
    // Writes what is done, and computes nothing.
    done: { type: "boolean", default: false },
  },
});
const HIDDEN = 3, LAYERS = [1, 2], GRID = 64, SAMPLES_PER_CLASS = 10;
const methods = flags.methods.split(","), repetitions = Number(flags.repetitions);
const widths = flags.widths.split(",").map(Number), sparsities = flags.sparsities.split(",").map(Number);

/** What the strict order leaves out at leading order, as it is known: the power of the width of its graphons' distance. */
const EXPECTED: Record<string, string> = {
  snip: "1 (B/n)",
  grasp: "1/2, of B/n beside",
  synflow: "1/2, which the rounds amplify",
};

type RateParams = {
  readonly data: DataRef;
  readonly method: string;
  readonly sparsity: number;
  readonly width: number;
  readonly repetitions: number;
};

type Measured = { readonly value: number; readonly standardError: number };

type Rates = {
  /** The distance less its noise, of each of {@linkcode LAYERS}. */
  readonly distances: readonly Measured[];
  /** By how much the strict order's density of the outputs' layer is off the finite one's, over the latter. */
  readonly outputs: Measured;
};

const rate = registerKind<RateParams, Rates>({
  name: "limit-rate",
  version: 1,
  describe: ({ method, sparsity, width }) => `${method} ${sparsity}, width ${width}`,
  async compute(lab, { data, method, sparsity, width, repetitions }) {
    const { device } = lab, { dimension: inputs, classes } = lab.dataset(data);
    const { x, y } = balancedBatch(lab.dataset(data), SAMPLES_PER_CLASS, seedFrom(0));
    using batch = uploadBatch(device, x, y);
    const network = { inputs, hidden: HIDDEN, classes, width },
      { types, method: { reads } } = limitNamed(method);
    const found: Record<LimitOrder, LimitLayer[]>[] = [];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const seed = deriveSeed(seedFrom(0), width, repetition);
      const outputs = reads === "samples" ? await outputsOf([inputs, width, classes], seed) : {};
      const of = async (order: LimitOrder) =>
        await limitGraphon(device, method, network, {
          ...{ sparsity, batch, order, grid: GRID, outputDraws: 1, seed, types: Math.min(types, width) },
          ...outputs,
        });
      found.push({ strict: await of("strict"), finite: await of("finite") });
    }
    return {
      distances: LAYERS.map((layer) =>
        distanceOf(found.map(({ strict, finite }) => differences(strict[layer], finite[layer])))
      ),
      outputs: meanOf(found.map(({ strict, finite }) => strict[HIDDEN].density / finite[HIDDEN].density - 1)),
    };

    async function outputsOf([inputs, width, classes]: number[], seed: ReturnType<typeof seedFrom>) {
      using drawn = initialise(device, [inputs, width, width, width, classes], "he", { seed });
      using predicted = predict(drawn, batch.inputs);
      return { outputs: await device.read(predicted.out) };
    }
  },
});

function differences({ graphon: one }: LimitLayer, { graphon: other }: LimitLayer): StepGraphon {
  return new StepGraphon(GRID, GRID, one.values.map((value, cell) => value - other.values[cell]));
}

function meanOf(values: readonly number[]): Measured {
  const value = values.reduce((sum, each) => sum + each, 0) / values.length;
  const squares = values.reduce((sum, each) => sum + (each - value) ** 2, 0);
  return { value, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** The norm of the mean of differences, its square less that of noise, with an error by leaving one out. */
function distanceOf(differences: readonly StepGraphon[]): Measured {
  const products = differences.map((one) =>
    differences.map((other) => one.values.reduce((sum, value, cell) => sum + value * other.values[cell], 0))
  );
  // The mean over pairs of different repetitions is the squared norm of what they have in common.
  const squaredOf = (left: readonly number[]) => {
    let sum = 0;
    for (const i of left) for (const j of left) if (i !== j) sum += products[i][j];
    return sum / left.length / (left.length - 1);
  };
  const all = differences.map((_, index) => index), squared = squaredOf(all);
  const without = all.map((index) => squaredOf(all.filter((other) => other !== index)));
  const mean = without.reduce((sum, value) => sum + value, 0) / all.length;
  const spread = without.reduce((sum, value) => sum + (value - mean) ** 2, 0) * (all.length - 1) / all.length;
  const value = Math.sqrt(Math.max(squared, 0));
  return { value, standardError: value > 0 ? Math.sqrt(spread) / (2 * value) : Math.sqrt(Math.sqrt(spread)) };
}

const INTRODUCTION = "# How fast limits come to be strict\n\n" +
  "By how much the graphons of the order *strict* are off those of the order *finite* (" +
  "[what they are](../mathematics.md#strict-and-finite)), at the same width and given the same outputs: the Euclidean distance over " +
  `${GRID}×${GRID} cells of the mean of ${repetitions} repetitions, each given the outputs of a network of its own on the same ` +
  `${
    SAMPLES_PER_CLASS * 10
  } MNIST images, less what noise makes of it, with a standard error by leaving one out. No mask is drawn, ` +
  "so that far less is seen than between networks ([limit_check.md](limit_check.md) has how near these are to the order *finite*). " +
  `${HIDDEN} hidden layers, ReLU, He; global threshold; types as many as neurons, at most the limit's own number. α is fitted to ` +
  "the distances, `n^(−α)`, weighted by their errors, with two standard errors; *at the widest* is that between the last two widths " +
  "seen; *expected* is the power of what the strict order leaves out first.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_rates.ts " +
  `--repetitions ${repetitions} --data-dir … --out docs/results/limit_rates.md\`\n`;

function table(lines: readonly (readonly string[])[]): string {
  const [header, ...rest] = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [header, header.replaceAll(/[^|]+/g, "---"), ...rest].join("\n") + "\n";
}

/** Whether a distance stands out of its noise. */
const isSeen = ({ value, standardError }: Measured) => value > 2 * standardError;

function measured({ value, standardError }: Measured): string {
  return `${value.toFixed(3)} ± ${standardError.toFixed(3)}`;
}

function rateOf(points: readonly { n: number; distance: number; standardError: number }[]): string {
  if (points.length < 2) return "";
  const { exponent, standardError } = fitRate(points);
  return `${exponent.toFixed(2)} ± ${(2 * standardError!).toFixed(2)}`;
}

async function write(found: readonly (readonly [RateParams, Rates])[]): Promise<void> {
  const groups = [...Map.groupBy(found, ([{ method, sparsity }]) => `${method} ${sparsity}`).values()];
  const rows = groups.flatMap((group) => {
    const [{ method, sparsity }] = group[0];
    const of = (name: string, values: readonly Measured[], expected: string) => {
      const points = values.map(({ value, standardError }, index) => ({
        ...{ n: group[index][0].width, distance: value, standardError },
      })).filter((_, index) => isSeen(values[index]));
      return [
        ...[method, String(sparsity), name],
        ...widths.map((width) => {
          const at = group.findIndex(([params]) => params.width === width);
          return at < 0 ? "" : measured(values[at]);
        }),
        ...[rateOf(points), points.length > 2 ? rateOf(points.slice(-2)) : "", expected],
      ];
    };
    const size = ({ value, standardError }: Measured) => ({ value: Math.abs(value), standardError });
    return [
      ...LAYERS.map((layer, index) =>
        of(`${layer}`, group.map(([, { distances }]) => distances[index]), EXPECTED[method] ?? "")
      ),
      of("outputs, relative", group.map(([, { outputs }]) => size(outputs)), method === "grasp" ? "0" : ""),
    ];
  });
  const header = ["method", "sparsity", "layer", ...widths.map((width) => `n = ${width}`)];
  const sections = [INTRODUCTION, table([[...header, "α", "at the widest", "expected"], ...rows])];
  await Deno.writeTextFile(flags.out, sections.join("\n"));
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
    widths.map((width): RateParams => ({ data: lab.data, method, sparsity, width, repetitions }))
  )
);
if (!flags.done) {
  await runTasks(lab, asked.map(rate.task), { onTask: (done, what) => console.error(`${done} ${what}`) });
}
const found: [RateParams, Rates][] = [];
for (const params of asked) {
  const record = await lab.store.find(rate.task(params));
  if (record) found.push([params, record.result]);
}
await write(found);
