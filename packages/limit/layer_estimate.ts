import {
  addScaled,
  keepProbability,
  logComplement,
  maskedMatmul,
  maskedMatmulTransposed,
  reduceRows,
  type WeightLaw,
} from "@graphon-limit/ops";
import { Resources } from "@graphon-limit/model";
import type { Device, Matrix } from "@graphon-limit/runtime";
import { axisCells } from "./cells.ts";
import type { Grid, Resolution } from "./options.ts";
import { NEXT_TO_ZERO } from "./threshold.ts";
import { StepGraphon } from "@graphon-limit/graphon";

/** The graphon of one layer given the types of its neurons, both axes sorted by descending expected degree if cut into cells. */
export interface LayerEstimate {
  /** `[grid, grid]`: P(kept), averaged over the types in each cell. */
  readonly graphon: StepGraphon;
  /** `E[w² · kept] / σ²` in the same cells (docs/mathematics.md §4). */
  readonly secondMoment: StepGraphon;
  /** Of all neurons, where what is known of them tells of their weights' signs. */
  readonly drawn?: DrawnLayer;
  readonly density: number;
  /** Expected fraction of outputs, and of inputs, that keep no weight at all. */
  readonly deadOutputs: number;
  readonly deadInputs: number;
}

/** A layer's weights, drawn with the law that they have given the signals that they make, and which of them are kept. */
export interface DrawnLayer {
  readonly rows: number;
  readonly cols: number;
  /** `[rows, cols]`, row-major, in units of their deviation. */
  readonly weights: Float32Array;
  /** `[rows, cols]`: 1 where the weight is kept. */
  readonly kept: Uint8Array;
}

/** How finely a layer's graphon is wanted, and the true sizes of the layer. */
export interface LayerResolution {
  readonly grid: Resolution;
  readonly outputs: number;
  readonly inputs: number;
}

/** The same, and how scores follow from scales. */
export interface LayerSettings extends LayerResolution {
  /** In units of the layer's scores. */
  readonly threshold: number;
  /** The share of scores of exactly 0 that stay where that is the threshold; 0 unless given. */
  readonly tied?: number;
  readonly law: WeightLaw;
  readonly signed: boolean;
}

/** The moments of a weight that is kept: P(kept), `E[w kept]` and `E[w² kept]`, in units of the weights' deviation. */
export type Moment = "probability" | "first" | "second";

/** Writes a moment of every pair of types' weights. */
export type KeptMoment = (out: Matrix, moment: Moment) => void;

/**
 * Integrates the weights out: cell means of `P(ω · scale beyond the threshold)` and of its second moment.
 *
 * @param scale [output types, input types]: a weight's score is its scale times ω, of mean 0 and variance 1
 */
export async function estimateLayer(scale: Matrix, settings: LayerSettings): Promise<LayerEstimate> {
  const { law, signed } = settings;
  const fill = (out: Matrix, moment: Moment, threshold: number) =>
    out.device.run(keepProbability, { scale, out }, { threshold, law, signed, moment });
  return await estimateKept(scale, settings, withTies(fill, settings));
}

/** The moments of what is above a threshold, and of the share of scores of exactly 0 that stays where that is the threshold. */
export function withTies(
  fill: (out: Matrix, moment: Moment, threshold: number) => void,
  { threshold, tied = 0 }: Pick<LayerSettings, "threshold" | "tied">,
): KeptMoment {
  const level = Math.min(Math.max(threshold, -1e37), 1e37);
  if (tied === 0) return (out, moment) => fill(out, moment, level);
  return (out, moment) => {
    const { device, rows, cols } = out;
    fill(out, moment, 0);
    using zeros = device.matrix(rows, cols);
    fill(zeros, moment, -NEXT_TO_ZERO);
    device.run(addScaled, { x: out, y: zeros }, { scale: -1 });
    device.run(addScaled, { x: zeros, y: out }, { scale: tied });
  };
}

/** What types are sorted by, whose own numbers of edges are known: equal ones stay in their order, as neurons of masks do. */
export interface TypeDegrees {
  readonly outputs: ArrayLike<number>;
  readonly inputs: ArrayLike<number>;
}

/**
 * The graphon that the moments of kept weights make, over as many output and input types as `shape` has rows and columns.
 *
 * @param known what types are sorted by, in place of the sums of their chances
 */
export async function estimateKept(
  { device, rows, cols }: Matrix,
  { grid, outputs, inputs }: LayerResolution,
  fill: KeptMoment,
  known?: TypeDegrees,
): Promise<LayerEstimate> {
  using kept = device.matrix(rows, cols);
  fill(kept, "probability");
  const [outputDegrees, inputDegrees] = await Promise.all([rowMeans(kept), columnMeans(kept)]);
  using passing = new Resources();
  let cells = whole;
  if (grid !== "types") {
    const rowShares = passing.add(cellShares(device, known?.outputs ?? outputDegrees, outputs, grid));
    const columnShares = passing.add(cellShares(device, known?.inputs ?? inputDegrees, inputs, grid));
    cells = async (x) => (await cellMeans(x, rowShares, columnShares)).regrid(grid.cells);
  }
  // Cells are made before the matrix is filled anew, and waited for with the next; a whole matrix is read in pieces, now and later.
  const first = cells(kept);
  if (grid === "types") await first;
  device.run(logComplement, { x: kept });
  const ofOutputs = inputs === cols ? rowMeans(kept) : outputDegrees.map(logOfNone);
  const ofInputs = outputs === rows ? columnMeans(kept) : inputDegrees.map(logOfNone);
  fill(kept, "second");
  const [graphon, secondMoment, outputLogs, inputLogs] = await Promise.all(
    [first, cells(kept), ofOutputs, ofInputs] as const,
  );
  return {
    ...{ graphon, secondMoment, density: mean(outputDegrees) },
    deadOutputs: deadFraction(outputLogs, inputs),
    deadInputs: deadFraction(inputLogs, outputs),
  };
}

/** The logarithm of the chance that a weight is not kept. */
export function logOfNone(kept: number): number {
  return Math.log1p(-Math.min(kept, 1));
}

/** A cell for every pair of types. */
export async function whole(x: Matrix): Promise<StepGraphon> {
  return new StepGraphon(x.rows, x.cols, Float64Array.from(await x.device.read(x)));
}

/** The least degree that float32 tells from none on every device: the normal law's tail is one less a number near it. */
const LEAST_DEGREE = 1e-7;

/**
 * The mean chance that a neuron keeps none of `count` weights, by what ln(1 − P) of one is in the mean (docs/mathematics.md §5): over the
 * other side's neurons where it has a type for each, so that the product over these is meant; ln(1 − the mean P) where its
 * neurons are drawn from a sample of types, each for itself.
 */
export function deadFraction(logs: Float32Array, count: number): number {
  return mean(logs.map((log) => log < -LEAST_DEGREE ? Math.exp(log * count) : 1));
}

async function rowMeans(x: Matrix): Promise<Float32Array> {
  using sums = x.device.matrix(x.rows, 1);
  x.device.run(reduceRows, { x, y: sums }, { initial: 0, kind: "sum" });
  return (await x.device.read(sums)).map((sum) => sum / x.cols);
}

async function columnMeans(weights: Matrix): Promise<Float32Array> {
  const { device, rows, cols } = weights;
  using ones = device.upload(new Float32Array(rows).fill(1), rows, 1);
  using sums = device.matrix(cols, 1);
  device.run(maskedMatmulTransposed, { weights, x: ones, out: sums }, { scale: 1, accumulate: 0 });
  // Divided here, so that the mean of ones is 1.
  return (await device.read(sums)).map((sum) => sum / rows);
}

/** [types, cells]: which share of each cell every type is; columns sum to 1. */
function cellShares(device: Device, degrees: ArrayLike<number>, neurons: number, grid: Grid): Matrix {
  const { count, shares } = axisCells(degrees, neurons, grid);
  const matrix = new Float32Array(degrees.length * count);
  for (const [type, cell, share] of shares) matrix[type * count + cell] = share;
  return device.upload(matrix, degrees.length, count);
}

async function cellMeans(weights: Matrix, rowShares: Matrix, columnShares: Matrix): Promise<StepGraphon> {
  const { device } = weights, rows = rowShares.cols, cols = columnShares.cols;
  using byColumn = device.matrix(weights.rows, cols);
  using cells = device.matrix(rows, cols);
  const plain = { scale: 1, accumulate: 0 };
  device.run(maskedMatmul, { weights, x: columnShares, out: byColumn }, plain);
  device.run(maskedMatmulTransposed, { weights: rowShares, x: byColumn, out: cells }, plain);
  return new StepGraphon(rows, cols, Float64Array.from(await device.read(cells)));
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
