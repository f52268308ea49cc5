import { assertCount } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { StepGraphon } from "../step_graphon.ts";
import { cellSizes, cellsOfOrder, givenOrder, onGrid, transposeGraphon } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { layout } from "./layout.ts";
import { countByCell, type Observation, observe, summarise, transposeObservation } from "./observation.ts";
import { neighbourhoodDistances } from "./row_distances.ts";

/** The constant `C` of the bandwidth `C √(log n / n)`; the authors find results insensitive to it and take 1. */
const BANDWIDTH_CONSTANT = 1;

/**
 * Neighbourhood smoothing (Zhang, Levina and Zhu 2017): the probabilities of a row are the average of the rows nearest to it,
 * the fraction `√(log m / m)` of all `m`. Rows and columns are smoothed separately, and the two estimates are averaged, as the
 * paper's are for its symmetric graphs. The squared error of a piecewise Lipschitz graphon falls as `√(log n / n)`. On the grid
 * nodes are ordered by the average degree of their neighbours.
 */
export const neighbourhood: GraphonEstimator = {
  name: "neighbourhood",
  async estimate(masks, { grid = DEFAULT_GRID, order } = {}) {
    assertCount("the grid", grid, 1);
    const outputs = await observe(masks);
    using inputs = await transposeObservation(outputs);
    const ofRow = await neighbours(outputs), ofColumn = await neighbours(inputs);
    const rowOrder = layout(averageDegrees(ofRow, outputs.outputDegrees), order);
    const columnOrder = layout(averageDegrees(ofColumn, inputs.outputDegrees), order);
    const byRows = await smoothRows(outputs, ofRow, rowOrder, columnOrder, grid);
    const byColumns = transposeGraphon(await smoothRows(inputs, ofColumn, columnOrder, rowOrder, grid));
    const values = byRows.values.map((value, cell) => (value + byColumns.values[cell]) / 2);
    return {
      graphon: onGrid(new StepGraphon(byRows.rows, byRows.cols, values), grid),
      ...summarise(outputs),
      diagnostics: { outputNeighbours: averageLength(ofRow), inputNeighbours: averageLength(ofColumn) },
    };
  },
};

/** For every row, the others that are no further than the bandwidth's quantile of its distances. A single row has itself. */
async function neighbours(observation: Observation): Promise<Uint32Array[]> {
  const { rows } = observation;
  if (rows === 1) return [Uint32Array.of(0)];
  const bandwidth = BANDWIDTH_CONSTANT * Math.sqrt(Math.log(rows) / rows);
  const wanted = Math.min(rows - 1, Math.max(1, Math.round(bandwidth * (rows - 1))));
  const result: Uint32Array[] = [];
  for await (const { first, distances } of neighbourhoodDistances(observation)) {
    for (let start = 0; start < distances.length; start += rows) {
      const own = first + start / rows, line = distances.subarray(start, start + rows);
      // The row itself, at distance 0, comes first in the sorted line.
      const furthest = line.slice().sort()[wanted];
      const near: number[] = [];
      line.forEach((distance, other) => {
        if (distance <= furthest && other !== own) near.push(other);
      });
      result.push(Uint32Array.from(near));
    }
  }
  return result;
}

function averageDegrees(neighbours: readonly Uint32Array[], degrees: Float64Array): Float64Array {
  return Float64Array.from(
    neighbours,
    (near) => near.reduce((sum, other) => sum + degrees[other], 0) / near.length,
  );
}

/** Cell averages of the row-smoothed mask, which is never formed: of linear maps it does not matter which comes first. */
async function smoothRows(
  observation: Observation,
  neighbours: readonly Uint32Array[],
  rowOrder: Uint32Array,
  columnOrder: Uint32Array,
  grid: number,
): Promise<StepGraphon> {
  const { rows, cols, masks } = observation;
  const rowCells = Math.min(rows, grid), columnCells = Math.min(cols, grid);
  const columnCell = cellsOfOrder(columnOrder, columnCells);
  const counts = await countByCell(observation, givenOrder(rows), rows, columnCell, columnCells);
  const rowSizes = cellSizes(rows, rowCells), columnSizes = cellSizes(cols, columnCells);
  // How much each row counts in the average of a cell's rows.
  const shares = new Float64Array(rowCells * rows);
  const rowCell = cellsOfOrder(rowOrder, rowCells);
  neighbours.forEach((near, i) => {
    const share = 1 / (near.length * rowSizes[rowCell[i]]);
    for (const other of near) shares[rowCell[i] * rows + other] += share;
  });
  const values = new Float64Array(rowCells * columnCells);
  for (let a = 0; a < rowCells; a++) {
    for (let i = 0; i < rows; i++) {
      const share = shares[a * rows + i];
      if (share === 0) continue;
      for (let b = 0; b < columnCells; b++) {
        values[a * columnCells + b] += share * counts[i * columnCells + b] / (columnSizes[b] * masks.length);
      }
    }
  }
  return new StepGraphon(rowCells, columnCells, values);
}

function averageLength(lists: readonly Uint32Array[]): number {
  return lists.reduce((sum, list) => sum + list.length, 0) / lists.length;
}
