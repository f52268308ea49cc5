import { assertCount, RandomSequence } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { StepGraphon } from "../step_graphon.ts";
import { type Watch, watchCall } from "../watch.ts";
import { cellSizes, cellsOfOrder, onGrid } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { layout } from "./layout.ts";
import { type Observation, observe, summarise, transposeObservation } from "./observation.ts";
import { usvtPlan } from "./plan.ts";
import { type SingularTriples, singularTriples } from "./singular_triples.ts";

/** Chatterjee's η, by which the threshold exceeds the norm of the noise. */
const MARGIN = 0.02;

/**
 * Universal singular value thresholding (Chatterjee 2015): the masks' average without its singular values below what noise alone
 * reaches, every entry clipped to [0, 1]. The squared error of a Lipschitz graphon falls at least as `n^(−1/2)`, that of one of
 * finite rank as `1/n`. On the grid nodes are ordered by the estimate's degrees.
 *
 * The threshold is `(1 + η/2)(σ_r + σ_c)`, `σ_r²` and `σ_c²` bounding the variance of a row's sum and of a column's: noise of
 * uneven variance has about this norm (Bandeira and van Handel 2016). Of a row with `d` ones of `n` the variance is at most
 * `d (1 − d/n)`, whatever the probabilities. On a square mask of density ½ this is Chatterjee's `(2 + η) √(n σ²)` with his
 * variance bound `σ² = ¼`, which it never exceeds on a mask of any shape, `n` being the longer side.
 */
export const usvt: GraphonEstimator = {
  name: "usvt",
  plan: (shape, grid = DEFAULT_GRID) => usvtPlan(shape, grid),
  async estimate(masks, { grid = DEFAULT_GRID, order, seed = 0, memoryBytes = Infinity, ...call } = {}) {
    assertCount("the grid", grid, 1);
    const watch = watchCall(call), observation = await observe(masks, watch.part(0, 0.05));
    using transposed = await transposeObservation(observation, watch.part(0.05, 0.1));
    const threshold = (1 + MARGIN / 2) * (largestDeviation(observation) + largestDeviation(transposed));
    const triples = await singularTriples(observation, transposed, {
      threshold,
      random: new RandomSequence(seed),
      memoryBytes,
      watch: watch.part(0.1, 0.9),
    });
    const averages = await averageByCell(observation, triples, grid, order, watch.part(0.9, 0.98));
    const graphon = onGrid(averages, grid);
    await watch.at(1);
    return { graphon, ...summarise(observation), diagnostics: { threshold, rank: triples.values.length } };
  },
};

/** A bound on the largest standard deviation of a row's sum, the masks averaged. */
function largestDeviation({ outputDegrees, cols, masks }: Observation): number {
  const variance = outputDegrees.reduce((largest, total) => {
    const degree = total / masks.length;
    return Math.max(largest, degree * (1 - degree / cols));
  }, 0);
  return Math.sqrt(variance / masks.length);
}

/** Cell averages of the clipped entries, which are made row by row, once for their degrees and once for the cells. */
async function averageByCell(
  { rows, cols }: Observation,
  triples: SingularTriples,
  grid: number,
  order: "degree" | "given" | undefined,
  watch: Watch,
): Promise<StepGraphon> {
  const rowDegrees = new Float64Array(rows), columnDegrees = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const row = clippedRow(triples, i, cols);
    for (let j = 0; j < cols; j++) {
      rowDegrees[i] += row[j];
      columnDegrees[j] += row[j];
    }
    await watch.at((i + 1) / (2 * rows));
  }
  const rowCells = Math.min(rows, grid), columnCells = Math.min(cols, grid);
  const rowCell = cellsOfOrder(layout(rowDegrees, order), rowCells), rowSizes = cellSizes(rows, rowCells);
  const columnCell = cellsOfOrder(layout(columnDegrees, order), columnCells);
  const columnSizes = cellSizes(cols, columnCells);
  const values = new Float64Array(rowCells * columnCells);
  for (let i = 0; i < rows; i++) {
    const row = clippedRow(triples, i, cols), start = rowCell[i] * columnCells;
    for (let j = 0; j < cols; j++) values[start + columnCell[j]] += row[j];
    await watch.at((rows + i + 1) / (2 * rows));
  }
  const means = values.map((sum, cell) =>
    sum / (rowSizes[Math.floor(cell / columnCells)] * columnSizes[cell % columnCells])
  );
  return new StepGraphon(rowCells, columnCells, means);
}

/** A row of `Σ_k s_k u_k v_kᵀ`, clipped to [0, 1]. */
function clippedRow({ values, left, right }: SingularTriples, i: number, cols: number): Float64Array {
  const row = new Float64Array(cols);
  for (let k = 0; k < values.length; k++) {
    const factor = values[k] * left[k][i], vector = right[k];
    for (let j = 0; j < cols; j++) row[j] += factor * vector[j];
  }
  for (let j = 0; j < cols; j++) row[j] = Math.min(1, Math.max(0, row[j]));
  return row;
}
