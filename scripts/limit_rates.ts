// How fast what the strict order of limits leaves out of SNIP and GraSP falls with width: on the same types, those of a network of the
// width given the outputs of one, the distance between graphons whose weights know nothing of the types and those whose weights do,
// and the rate fitted to it. A study, whose finished tasks are found again in --tasks; writes Markdown.
//   deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_rates.ts \
//     --data-dir <folder with MNIST> --out docs/results/limit_rates.md
import { parseArgs } from "node:util";
import { balancedBatch } from "@graphon-limit/data";
import { fitRate, StepGraphon } from "@graphon-limit/graphon";
import { type LayerEstimate, limitNamed, type LimitOrder } from "@graphon-limit/limit";
import { hessianPairs, initialise, predict, uploadBatch } from "@graphon-limit/model";
import { GRASP_TEMPERATURE } from "@graphon-limit/pruners";
import { deriveSeed, seedFrom } from "@graphon-limit/runtime";
import { type DataRef, registerKind } from "@graphon-limit/study";
import { estimateConditionedLayers } from "../packages/limit/conditioned_layers.ts";
import { sampleConditionedSignals } from "../packages/limit/conditioned_signals.ts";
import { networkLaw } from "../packages/limit/layer_laws.ts";
import type { SignalOptions } from "../packages/limit/neuron_types.ts";
import { planLimit } from "../packages/limit/plan.ts";
import type { ScoreRule } from "../packages/limit/scored_layers.ts";
import {
  findings,
  GRID,
  HIDDEN,
  LAYERS,
  meanOf,
  numbersOf,
  SAMPLES_PER_CLASS,
  standardError,
  STUDY_FLAGS,
  table,
} from "./limit_studies/study.ts";

const { values: flags } = parseArgs({
  options: {
    ...STUDY_FLAGS,
    out: { type: "string", default: "limit_rates.md" },
    tasks: { type: "string", default: "out/limit_rates" },
    methods: { type: "string", default: "snip,grasp" },
    widths: { type: "string", default: "250,500,1000,2000,4000" },
    sparsities: { type: "string", default: "0.8" },
    repetitions: { type: "string", default: "12" },
  },
});
const methods = flags.methods.split(","), repetitions = Number(flags.repetitions);
const widths = numbersOf(flags.widths), sparsities = numbersOf(flags.sparsities);

/** The power of the width at which the strict order's first neglected term falls (docs/mathematics.md §5), in hidden layers. */
const EXPECTED: Record<string, string> = { snip: "1", grasp: "1/2" };

type RateParams = {
  readonly data: DataRef;
  readonly method: string;
  readonly sparsity: number;
  readonly width: number;
  readonly repetitions: number;
};

type Measured = { readonly value: number; readonly standardError: number };

type Rates = {
  /** Of each of {@linkcode LAYERS}: the distance of the repetitions' means, less its noise, and of one repetition. */
  readonly distances: readonly { readonly mean: Measured; readonly one: Measured }[];
  /** By how much the strict order's density of the outputs' layer is off the finite one's, over the latter. */
  readonly outputs: Measured;
};

/** What each method's scores are made of. */
const RULES: Record<string, ScoreRule & SignalOptions> = {
  snip: {
    ...{ signed: false, power: 1, degree: 1, temperature: 1, tangents: false, drawnLabels: false },
    factors: ({ input, delta }) => ({ a: delta!, x: input! }),
  },
  grasp: {
    ...{
      signed: true,
      power: 1,
      degree: 1,
      temperature: GRASP_TEMPERATURE,
      tangents: true,
      drawnLabels: false,
    },
    factors: hessianPairs,
  },
};

const rate = registerKind<RateParams, Rates>({
  name: "limit-rate",
  version: 1,
  describe: ({ method, sparsity, width }) => `${method} ${sparsity}, width ${width}`,
  async compute(lab, { data, method, sparsity, width, repetitions }) {
    const { device } = lab, { dimension: inputs, classes } = lab.dataset(data);
    const { x, y } = balancedBatch(lab.dataset(data), SAMPLES_PER_CLASS, seedFrom(0));
    using batch = uploadBatch(device, x, y);
    const network = { inputs, hidden: HIDDEN, classes, width }, law = networkLaw(network);
    const rule = RULES[method], found: Record<LimitOrder, LayerEstimate[]>[] = [];
    const step = () => Promise.resolve();
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const seed = deriveSeed(seedFrom(0), width, repetition);
      using drawn = initialise(device, [inputs, width, width, width, classes], "he", { seed });
      using predicted = predict(drawn, batch.inputs);
      const outputs = await device.read(predicted.out);
      const options = { sparsity, batch, grid: GRID, outputs, seed, types: width };
      const plan = planLimit(limitNamed(method), network, options);
      using signals = await sampleConditionedSignals(device, law, plan, rule, seed, step);
      const { layers, logUnits } = signals;
      found.push({
        strict: await estimateConditionedLayers(
          law,
          { layers, logUnits, [Symbol.dispose]() {} },
          rule,
          plan,
          step,
        ),
        finite: await estimateConditionedLayers(law, signals, rule, plan, step),
      });
    }
    return {
      distances: LAYERS.map((layer) => {
        const off = found.map(({ strict, finite }) => differences(strict[layer], finite[layer]));
        return { mean: distanceOf(off), one: measure(off.map(({ values }) => Math.hypot(...values))) };
      }),
      outputs: measure(
        found.map(({ strict, finite }) => strict[HIDDEN].density / finite[HIDDEN].density - 1),
      ),
    };
  },
});

function differences({ graphon: one }: LayerEstimate, { graphon: other }: LayerEstimate): StepGraphon {
  return new StepGraphon(GRID, GRID, one.values.map((value, cell) => value - other.values[cell]));
}

function measure(values: readonly number[]): Measured {
  return { value: meanOf(values), standardError: standardError(values) };
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
  "What the order *strict* leaves out ([what it is](../mathematics.md#strict-and-finite)), by itself: types of a width are drawn, and " +
  "the graphon is taken twice on the same types, with weights that know nothing of them, as the strict order has it, and with " +
  `their law given the types. The Euclidean distance between the two over ${GRID}×${GRID} cells, of the *mean* of ${repetitions} ` +
  "repetitions, less what noise makes of it, with a standard error by leaving one out, and of *one* repetition; each is given the outputs of a " +
  `network of its own on the same ${
    SAMPLES_PER_CLASS * 10
  } MNIST images. As both have the same types, far less is seen than ` +
  "between networks ([limit_check.md](limit_check.md) has how near the order *finite* is to these). " +
  `${HIDDEN} hidden layers, ReLU, He; global threshold. α is fitted to the distances, \`n^(−α)\`, weighted by their errors, ` +
  "with two standard errors; *at the widest* to the two widest alone; *expected* is the order of the first neglected term: a weight's " +
  "mean given the types, `|μ|/σ = O(√(B/n))`, is seen by a signed score at `1/√n` and by one of the size of a weight at `B/n`. *One* has in it, too, what " +
  "pairs of types say at random, `√(B/n)` each, of which a cell is the mean of `(n/64)²`. At widths of a few batches `1 − v/σ²` is " +
  "not small, and rates are steeper than they come to be.\n\n" +
  "`deno run --allow-read --allow-write --allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND scripts/limit_rates.ts " +
  `--widths ${flags.widths} --repetitions ${repetitions} --data-dir … --out docs/results/limit_rates.md\`\n`;

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
      ...LAYERS.flatMap((layer, index) => [
        of(`${layer}, mean`, group.map(([, { distances }]) => distances[index].mean), EXPECTED[method]),
        of(`${layer}, one`, group.map(([, { distances }]) => distances[index].one), "up to 3/2"),
      ]),
      of("outputs, relative", group.map(([, { outputs }]) => size(outputs)), method === "grasp" ? "0" : "1"),
    ];
  });
  const header = ["method", "sparsity", "layer", ...widths.map((width) => `n = ${width}`)];
  const sections = [INTRODUCTION, table([[...header, "α", "at the widest", "expected"], ...rows])];
  await Deno.writeTextFile(flags.out, sections.join("\n"));
}

const found = await findings(
  rate,
  (data) =>
    methods.flatMap((method) =>
      sparsities.flatMap((sparsity) =>
        widths.map((width): RateParams => ({ data, method, sparsity, width, repetitions }))
      )
    ),
  flags,
);
await write(found);
