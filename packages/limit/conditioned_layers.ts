import { Resources } from "@graphon-limit/model";
import { keepConditional, reduceRows, saliency, type WeightLaw } from "@graphon-limit/ops";
import { type Matrix, RandomSequence } from "@graphon-limit/runtime";
import type { ConditionedSignals } from "./conditioned_signals.ts";
import {
  type DrawnLayer,
  estimateKept,
  type LayerEstimate,
  type Moment,
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
  signals: NetworkSignals & Partial<Pick<ConditionedSignals, "known" | "drawn">>,
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
  const estimates: LayerEstimate[] = [], random = signals.drawn && new RandomSequence(signals.drawn.seed);
  for (const [index, layer] of layers.entries()) {
    const threshold = inUnitsOf(layer, thresholds[index]), { outputs, inputs } = laws[index];
    const { tied } = thresholds[index], { grid } = plan;
    const write = withTies((out, moment, level) => fill(layer, level, moment, out), { threshold, tied });
    const estimate = await estimateKept(layer.scale, { outputs, inputs, grid }, write);
    const weights = signals.drawn?.weights[index];
    estimates.push({
      ...estimate,
      ...(weights ? { drawn: await keptOf(weights, layer, rule, { threshold, tied }, random!) } : {}),
    });
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

/** Which of a layer's drawn weights are kept: those whose scores are above the threshold, and a share of scores of 0 at it. */
async function keptOf(
  weights: Matrix,
  { scale }: Pairs,
  { power, signed }: ScoreRule,
  { threshold, tied = 0 }: { readonly threshold: number; readonly tied?: number },
  random: RandomSequence,
): Promise<DrawnLayer> {
  const { device, rows, cols } = weights;
  const [drawn, scales] = await Promise.all([device.read(weights), device.read(scale)]);
  const kept = Uint8Array.from(drawn, (weight, at) => {
    const score = (signed ? weight : Math.abs(weight)) ** power *
      (signed ? scales[at] : Math.abs(scales[at]));
    return Number(score > threshold || (tied > 0 && score === 0 && random.uniform() < tied));
  });
  return { rows, cols, weights: drawn, kept };
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
