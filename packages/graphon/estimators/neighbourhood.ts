import { assertCount } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { StepGraphon } from "../step_graphon.ts";
import { type Watch, watchCall } from "../watch.ts";
import { cellSizes, cellsOfOrder, givenOrder, onGrid, transposeGraphon } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { layout } from "./layout.ts";
import { type NearRows, nearRows } from "./near_rows.ts";
import { countByCell, type Observation, observe, summarise, transposeObservation } from "./observation.ts";
import { neighbourhoodPlan } from "./comparison_plan.ts";

/** Rows that are gone through before a signal is heard. */
const ROWS_AT_ONCE = 64;

/**
 * Neighbourhood smoothing (Zhang, Levina and Zhu 2017): the probabilities of a row are the average of the rows nearest to it,
 * the fraction `√(log m / m)` of all `m`. Rows and columns are smoothed separately, and the two estimates are averaged, as the
 * paper's are for its symmetric graphs. The squared error of a piecewise Lipschitz graphon falls as `√(log n / n)`. On the grid
 * nodes are ordered by the average degree of their neighbours.
 */
export const neighbourhood: GraphonEstimator = {
  name: "neighbourhood",
  plan: (shape, grid = DEFAULT_GRID) => neighbourhoodPlan(shape, grid),
  async estimate(masks, { grid = DEFAULT_GRID, order, ...call } = {}) {
    assertCount("the grid", grid, 1);
    const watch = watchCall(call), outputs = await observe(masks, watch.part(0, 0.02));
    using inputs = await transposeObservation(outputs, watch.part(0.02, 0.04));
    // Comparing rows takes the square of their number.
    const middle = 0.04 + 0.76 * outputs.rows / (outputs.rows + outputs.cols);
    const ofRow = await nearRows(outputs, watch.part(0.04, middle));
    const ofColumn = await nearRows(inputs, watch.part(middle, 0.8));
    const rowOrder = layout(degreesOf(ofRow), order), columnOrder = layout(degreesOf(ofColumn), order);
    const byRows = await smoothRows(outputs, ofRow, rowOrder, columnOrder, grid, watch.part(0.8, 0.88));
    const columns = watch.part(0.88, 0.96);
    const byColumns = transposeGraphon(
      await smoothRows(inputs, ofColumn, columnOrder, rowOrder, grid, columns),
    );
    const values = byRows.values.map((value, cell) => (value + byColumns.values[cell]) / 2);
    const graphon = onGrid(new StepGraphon(byRows.rows, byRows.cols, values), grid);
    await watch.at(1);
    return {
      graphon,
      ...summarise(outputs),
      diagnostics: { outputNeighbours: averageCount(ofRow), inputNeighbours: averageCount(ofColumn) },
    };
  },
};

/** The average degree of each row's neighbours. */
function degreesOf({ classes, degrees }: NearRows): Float64Array {
  return Float64Array.from(classes.of, (own) => degrees[own]);
}

function averageCount({ classes, counts }: NearRows): number {
  return classes.of.reduce((sum, own) => sum + counts[own], 0) / classes.of.length;
}

/** Cell averages of the row-smoothed mask, which is never formed: of linear maps it does not matter which comes first. */
async function smoothRows(
  observation: Observation,
  near: NearRows,
  rowOrder: Uint32Array,
  columnOrder: Uint32Array,
  grid: number,
  watch: Watch,
): Promise<StepGraphon> {
  const { rows, cols, masks } = observation;
  const rowCells = Math.min(rows, grid), columnCells = Math.min(cols, grid);
  const columnCell = cellsOfOrder(columnOrder, columnCells), counting = watch.part(0, 0.2);
  const counts = await countByCell(observation, givenOrder(rows), rows, columnCell, columnCells, counting);
  const entries = cellSizes(cols, columnCells).map((size) => size * masks.length);
  const members = membersOfCells(cellsOfOrder(rowOrder, rowCells), rowCells);
  const values = new Float64Array(rowCells * columnCells), smoothing = watch.part(0.2, 1);
  for (const [a, cell] of members.entries()) {
    const target = values.subarray(a * columnCells, (a + 1) * columnCells), part = smoothing.nth(a, rowCells);
    const shares = await sharesInCell(near, cell, part.part(0, 0.5)), adding = part.part(0.5, 1);
    for (let i = 0; i < rows; i++) {
      if (i % ROWS_AT_ONCE === 0) await adding.at(i / rows);
      const share = shares[i];
      if (share === 0) continue;
      for (let b = 0; b < columnCells; b++) target[b] += share * counts[i * columnCells + b] / entries[b];
    }
  }
  return new StepGraphon(rowCells, columnCells, values);
}

/** The rows of each cell, by index. */
function membersOfCells(rowCell: Uint32Array, cells: number): Uint32Array[] {
  const sizes = new Uint32Array(cells);
  for (const cell of rowCell) sizes[cell]++;
  const members = Array.from(sizes, (size) => new Uint32Array(size));
  sizes.fill(0);
  rowCell.forEach((cell, i) => members[cell][sizes[cell]++] = i);
  return members;
}

/** How much each row counts in the average of a cell's rows, each of which is the average of those near it. */
async function sharesInCell(
  { classes, near, words, counts }: NearRows,
  cell: Uint32Array,
  watch: Watch,
): Promise<Float64Array> {
  const { of, sizes, count } = classes, ofClass = new Float64Array(count);
  const own = cell.map((i) => of[i]), share = Float64Array.from(own, (c) => 1 / (counts[c] * cell.length));
  for (const [place, c] of own.entries()) {
    for (let word = 0; word < words; word++) {
      for (let left = near[c * words + word]; left !== 0; left &= left - 1) {
        ofClass[word * 32 + 31 - Math.clz32(left & -left)] += share[place];
      }
    }
    if (place % ROWS_AT_ONCE === 0) await watch.at(place / (2 * own.length));
  }
  const shares = Float64Array.from(of, (c) => ofClass[c]);
  // A row of several that are the same is near the others and not near itself.
  for (const [place, c] of own.entries()) {
    if (sizes[c] === 1) continue;
    const word = c >>> 5, bit = 1 << (c & 31);
    let sum = 0;
    for (let other = 0; other < own.length; other++) {
      if (other !== place && near[own[other] * words + word] & bit) sum += share[other];
    }
    shares[cell[place]] = sum;
    await watch.at((own.length + place) / (2 * own.length));
  }
  return shares;
}
