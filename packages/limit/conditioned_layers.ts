import { StepGraphon } from "@graphon-limit/graphon";
import { Resources } from "@graphon-limit/model";
import { keepConditional, reduceRows, saliency, type WeightLaw } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { ConditionedSignals } from "./conditioned_signals.ts";
import {
  estimateKept,
  type KeptMoment,
  type LayerEstimate,
  type Moment,
  type SignedMoments,
  whole,
  withTies,
} from "./layer_estimate.ts";
import type { LayerLaws } from "./layer_laws.ts";
import { type NetworkSignals, scoreScales } from "./neuron_types.ts";
import type { MaskPlan } from "./options.ts";
import { type ScoreRule, scoreUnit } from "./scored_layers.ts";
import { inUnitsOf } from "./threshold.ts";
import { type SearchedLayer, searchThresholds } from "./threshold_search.ts";

/** Rows of each layer that a threshold is tried on before all of them are. */
const TRIED = 64;

/** The pairs of types of some rows of a layer. */
interface Pairs {
  /** [output types, input types]: a weight's score is this times a power of it, in units of its deviation. */
  readonly scale: Matrix;
  /** What is known of the weights, if anything. */
  readonly known: { readonly mean: Matrix; readonly rows: Matrix; readonly columns: Matrix } | undefined;
  /** Of weights that are known to the last, without a deviation, the normal one. */
  readonly law: WeightLaw;
}

/** Steps that {@linkcode estimateConditionedLayers} takes. */
export function conditionedEstimateSteps({ layers }: LayerLaws): number {
  return 2 * layers.length + 1;
}

/**
 * Given the signals of all layers and, if it is known, what the products that made them say of the weights: the scales of their scores,
 * the threshold that keeps the wanted fraction in expectation, and each layer's graphon, for any power of the weight.
 */
export async function estimateConditionedLayers(
  { layers: laws, weights: law }: LayerLaws,
  signals: NetworkSignals & Partial<Pick<ConditionedSignals, "known">>,
  rule: ScoreRule,
  plan: MaskPlan,
  step: () => Promise<void>,
): Promise<LayerEstimate[]> {
  using made = new Resources();
  const layers: (Pairs & SearchedLayer)[] = [], fill = momentsBy(rule);
  for (const [index, layer] of laws.entries()) {
    const pairs = await pairsOf(signals, index, rule, law, made), some = await firstRows(pairs, made);
    const fractionAbove = (threshold: number, all: boolean) =>
      meanOf(all ? pairs : some, (out) => fill(all ? pairs : some, threshold, "probability", out));
    const logScale = scoreUnit(layer, rule, signals.logUnits[index]);
    layers.push({ ...pairs, logCount: layer.logCount, logScale, fractionAbove });
    await step();
  }
  const thresholds = await searchThresholds(layers, plan, rule.signed);
  await step();
  const estimates: LayerEstimate[] = [];
  for (const [index, layer] of layers.entries()) {
    const threshold = inUnitsOf(layer, thresholds[index]), { outputs, inputs } = laws[index];
    const { tied } = thresholds[index], { grid } = plan;
    const write = withTies((out, moment, level) => fill(layer, level, moment, out), { threshold, tied });
    const estimate = await estimateKept(layer.scale, { outputs, inputs, grid }, write);
    const signed = layer.known && grid === "types" &&
      { signed: await signedMoments(layer.known, estimate, write) };
    estimates.push({ ...estimate, ...signed });
    await step();
  }
  return estimates;
}

const POWER_NAMES = ["0", "1", "2"] as const;

function momentsBy({ signed, power }: ScoreRule) {
  return (
    { scale, known, law }: Pairs,
    threshold: number,
    moment: Moment,
    out: Matrix,
  ) => {
    const level = Math.min(Math.max(threshold, -1e37), 1e37);
    const settings = { threshold: level, moment, law, signed, power: POWER_NAMES[power] };
    out.device.run(keepConditional, { scale, ...known, out }, settings);
  };
}

/**
 * `E[w kept]`, and what of the variance of `w kept` does not go with w. The sums of w are the types themselves: what is left of it
 * adds nothing to the sums of signals that it was drawn beside.
 */
async function signedMoments(
  { mean, rows, columns }: NonNullable<Pairs["known"]>,
  { secondMoment }: LayerEstimate,
  fill: KeptMoment,
): Promise<SignedMoments> {
  const { device } = mean;
  using first = device.matrix(mean.rows, mean.cols);
  fill(first, "first");
  const kept = await whole(first), variance = new Float64Array(kept.values.length);
  const [centres, left, right] = await Promise.all([mean, rows, columns].map((each) => device.read(each)));
  kept.values.forEach((value, at) => {
    const square = secondMoment.values[at],
      own = (left[Math.floor(at / kept.cols)] * right[at % kept.cols]) ** 2;
    const shared = square - centres[at] * value;
    variance[at] = Math.max(square - value ** 2 - (own > 0 ? shared ** 2 / own : 0), 0);
  });
  return { mean: kept, variance: new StepGraphon(kept.rows, kept.cols, variance) };
}

async function pairsOf(
  signals: Parameters<typeof estimateConditionedLayers>[1],
  index: number,
  { factors }: ScoreRule,
  law: WeightLaw,
  made: Resources,
): Promise<Pairs> {
  using passing = new Resources();
  const scale = made.add(scoreScales(await factors(signals.layers[index], passing)));
  if (!signals.known) return { scale, known: undefined, law };
  const { left, right, outputs: rows, inputs: columns, certain } = signals.known[index];
  const mean = made.add(scale.device.matrix(scale.rows, scale.cols));
  scale.device.run(saliency, { a: left, x: right, out: mean }, { scale: 1, pruned: 0, kind: "gradient" });
  return { scale, known: { mean, rows, columns }, law: certain ? "normal" : law };
}

async function firstRows({ scale, known, law }: Pairs, made: Resources): Promise<Pairs> {
  const count = Math.min(TRIED, scale.rows);
  const first = async (x: Matrix) =>
    made.add(x.device.upload(await x.device.read(x, [0, count]), count, x.cols));
  if (!known) return { scale: await first(scale), known, law };
  const [scales, mean, rows] = await Promise.all([scale, known.mean, known.rows].map(first));
  return { scale: scales, known: { ...known, mean, rows }, law };
}

async function meanOf({ scale }: Pairs, fill: (out: Matrix) => void): Promise<number> {
  const { device, rows, cols } = scale;
  using out = device.matrix(rows, cols);
  fill(out);
  using sums = device.matrix(rows, 1);
  device.run(reduceRows, { x: out, y: sums }, { initial: 0, kind: "sum" });
  return (await device.read(sums)).reduce((sum, value) => sum + value, 0) / (rows * cols);
}
