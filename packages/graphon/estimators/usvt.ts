import { assertCount, RandomSequence } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { StepGraphon } from "../step_graphon.ts";
import { cellSizes, cellsOfOrder, onGrid } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { layout } from "./layout.ts";
import { type Observation, observe, summarise, transposeObservation } from "./observation.ts";
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
  async estimate(masks, { grid = DEFAULT_GRID, order, seed = 0 } = {}) {
    assertCount("the grid", grid, 1);
    const observation = await observe(masks);
    using transposed = await transposeObservation(observation);
    const threshold = (1 + MARGIN / 2) * (largestDeviation(observation) + largestDeviation(transposed));
    const triples = await singularTriples(observation, transposed, threshold, new RandomSequence(seed));
    return {
      graphon: onGrid(averageByCell(observation, triples, grid, order), grid),
      ...summarise(observation),
      diagnostics: { threshold, rank: triples.values.length },
    };
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
function averageByCell(
  { rows, cols }: Observation,
  triples: SingularTriples,
  grid: number,
  order: "degree" | "given" | undefined,
): StepGraphon {
  const rowDegrees = new Float64Array(rows), columnDegrees = new Float64Array(cols);
  forEachRow(rows, cols, triples, (row, i) => {
    for (let j = 0; j < cols; j++) {
      rowDegrees[i] += row[j];
      columnDegrees[j] += row[j];
    }
  });
  const rowCells = Math.min(rows, grid), columnCells = Math.min(cols, grid);
  const rowCell = cellsOfOrder(layout(rowDegrees, order), rowCells), rowSizes = cellSizes(rows, rowCells);
  const columnCell = cellsOfOrder(layout(columnDegrees, order), columnCells);
  const columnSizes = cellSizes(cols, columnCells);
  const values = new Float64Array(rowCells * columnCells);
  forEachRow(rows, cols, triples, (row, i) => {
    const start = rowCell[i] * columnCells;
    for (let j = 0; j < cols; j++) values[start + columnCell[j]] += row[j];
  });
  const means = values.map((sum, cell) =>
    sum / (rowSizes[Math.floor(cell / columnCells)] * columnSizes[cell % columnCells])
  );
  return new StepGraphon(rowCells, columnCells, means);
}

/** Visits the rows of `Σ_k s_k u_k v_kᵀ`, clipped to [0, 1]. */
function forEachRow(
  rows: number,
  cols: number,
  { values, left, right }: SingularTriples,
  visit: (row: Float64Array, i: number) => void,
): void {
  const row = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    row.fill(0);
    for (let k = 0; k < values.length; k++) {
      const factor = values[k] * left[k][i], vector = right[k];
      for (let j = 0; j < cols; j++) row[j] += factor * vector[j];
    }
    for (let j = 0; j < cols; j++) row[j] = Math.min(1, Math.max(0, row[j]));
    visit(row, i);
  }
}
