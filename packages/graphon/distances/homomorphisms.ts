import { assertCount, InvalidArgumentError, type LongCallOptions } from "@graphon-limit/runtime";
import { transposeGraphon } from "../estimators/cells.ts";
import type { StepGraphon } from "../step_graphon.ts";
import { type Watch, watchCall } from "../watch.ts";

/** Rows of which all pairs are gone through; of more, pairs of columns are where these are fewer. */
const MANY_ROWS = 2048;

/** Products between two looks at the clock. */
const WORK_AT_ONCE = 2 ** 20;

/**
 * The homomorphism density of a star with `leaves` leaves (docs/mathematics.md §3): the probability that a random output, or input, keeps its
 * weights to as many random nodes of the other side, `∫ d(u)^k du`. One leaf gives the edge density, two a path of length 2.
 *
 * @param centre the side the star's centre is on
 */
export function starDensity(graphon: StepGraphon, centre: "outputs" | "inputs", leaves: number): number {
  assertCount("the leaves", leaves, 1);
  const degrees = graphon.degrees()[centre];
  return degrees.reduce((sum, degree) => sum + degree ** leaves, 0) / degrees.length;
}

/** The homomorphism density of a path with three edges, output–input–output–input: `∬ d_in(v) W(u, v) d_out(u)`. */
export function threePathDensity(graphon: StepGraphon): number {
  const { outputs, inputs } = graphon.degrees(), { rows, cols, values } = graphon;
  let sum = 0;
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < cols; b++) sum += outputs[a] * values[a * cols + b] * inputs[b];
  }
  return sum / (rows * cols);
}

/**
 * The homomorphism density of a cycle with four edges, `tr((W Wᵀ)²)`, each product an average over its side. Takes the square of
 * the rows; progress is told in percent.
 */
export async function fourCycleDensity(graphon: StepGraphon, call: LongCallOptions = {}): Promise<number> {
  return await fourCycles(graphon, watchCall(call));
}

/** What {@linkcode fourCycleDensity} does, as a part of a longer call. */
export async function fourCycles(graphon: StepGraphon, watch: Watch): Promise<number> {
  const { rows, cols, values } = graphon;
  if (rows > MANY_ROWS && cols < rows) return await fourCycles(transposeGraphon(graphon), watch);
  const pairsAtOnce = Math.ceil(WORK_AT_ONCE / cols);
  let sum = 0, pairs = 0;
  for (let a = 0; a < rows; a++) {
    for (let c = a; c < rows; c++) {
      let shared = 0;
      for (let b = 0; b < cols; b++) shared += values[a * cols + b] * values[c * cols + b];
      sum += (a === c ? 1 : 2) * (shared / cols) ** 2;
      if (++pairs % pairsAtOnce === 0) await watch.at(2 * pairs / (rows * (rows + 1)));
    }
  }
  await watch.at(1);
  return sum / rows ** 2;
}

/**
 * The density of paths from the inputs of the first layer to the outputs of the last, `∫…∫ ∏_l W^(l)(u_l, u_{l−1}) du` (docs/mathematics.md
 * §3): the probability that random nodes, one of each layer, are joined.
 *
 * @throws {InvalidArgumentError} if there is no layer, or a layer's inputs are not on the grid of the outputs before
 */
export function pathDensity(layers: readonly StepGraphon[]): number {
  if (layers.length === 0) {
    throw new InvalidArgumentError("Expected graphons of at least one layer but found none");
  }
  let reached = new Float64Array(layers[0].cols).fill(1);
  layers.forEach(({ rows, cols, values }, layer) => {
    if (cols !== reached.length) {
      throw new InvalidArgumentError(
        `Expected the graphon of layer ${layer} to have ${reached.length} columns, the rows of the one before, ` +
          `but found ${rows}×${cols}`,
      );
    }
    const next = new Float64Array(rows);
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b < cols; b++) next[a] += values[a * cols + b] * reached[b] / cols;
    }
    reached = next;
  });
  return reached.reduce((sum, value) => sum + value, 0) / reached.length;
}
