import { wordsPerBitRow } from "@graphon-limit/runtime";
import { mostRows } from "./block_rows.ts";
import { mostClusters, THRESHOLDS } from "./clusters.ts";
import {
  bitBytes,
  type EstimatorPlan,
  histogramPlan,
  type MaskShape,
  sliceBytes,
  tableBytes,
  transposedBytes,
} from "./plan.ts";
import { MOST_REFERENCES, rowsInProduct } from "./row_distances.ts";

/** Bytes of the host's that go with each row compared: its class, place, order and those that the table of classes has for it. */
const ROW_BYTES = 40;

/** What comparing the rows of masks with each other needs. */
interface Comparison {
  /** Rows that differ, at the most. */
  readonly classes: number;
  /** Rows of distances that are made at a time, at the most. */
  readonly block: number;
  readonly device: number;
  readonly host: number;
  /** Of comparing rows with references, and then of comparing one row with all. */
  readonly preparing: number;
  readonly perRow: number;
}

/**
 * Rows of `cols` entries come in 2^cols kinds, and references, which are apart: of a mask of few columns, not the rows count but
 * these.
 */
function comparison({ rows, cols, masks = 1 }: MaskShape): Comparison {
  const references = Math.min(rows, MOST_REFERENCES), words = wordsPerBitRow(cols);
  const classes = Math.min(rows, 2 ** (cols * masks) + references),
    block = Math.min(classes, mostRows(classes));
  const product = Math.min(classes, rowsInProduct(references, words, masks));
  const counts = 4 * references * classes, distances = 4 * block * classes;
  return {
    classes,
    block,
    device: Math.max(
      4 * masks * references * words + 4 * product * (words + references),
      counts + 4 * references + distances,
    ),
    host: masks * bitBytes({ rows, cols }) + ROW_BYTES * rows + 2 * counts + 3 * distances,
    preparing: masks ** 2 * references * classes * words,
    perRow: references * classes,
  };
}

/** Neighbourhood smoothing: the rows and the columns that differ are all compared with each other. */
export function neighbourhoodPlan(shape: MaskShape, grid: number): EstimatorPlan {
  const { rows, cols, masks = 1 } = shape, other = { rows: cols, cols: rows, masks };
  const sides = [comparison(shape), comparison(other)], transposed = transposedBytes(shape);
  const a = Math.min(rows, grid), b = Math.min(cols, grid);
  const base = histogramPlan(shape, grid, grid);
  const tables = [tableBytes(shape, rows, b), tableBytes(other, cols, a)];
  const near = sides.map(({ classes }) => 4 * classes * Math.ceil(classes / 32) + 16 * classes);
  return {
    device: transposed +
      Math.max(...sides.map(({ device }) => device), ...tables.map(({ device }) => device)) +
      Math.max(sliceBytes(shape), sliceBytes(other)),
    host: base.host + near[0] + near[1] +
      Math.max(
        bitBytes(shape) + transposed / masks,
        ...sides.map(({ host }) => host),
        tables[0].host + tables[1].host + 16 * Math.max(rows, cols),
      ),
    operations: base.operations + 2 * a * b * (rows + cols) +
      sides.reduce((sum, { classes, preparing, perRow }) => sum + preparing + classes * perRow, 0),
  };
}

/** Stochastic-block approximation: rows and columns that differ are compared with pivots, of which there are few. */
export function sbaPlan(shape: MaskShape, grid: number): EstimatorPlan {
  const { rows, cols, masks = 1 } = shape, other = { rows: cols, cols: rows, masks };
  const sides = [shape, other].map((side) => ({ ...comparison(side), side }));
  const base = histogramPlan(shape, grid, grid), transposed = transposedBytes(shape);
  const tried = 1 + THRESHOLDS * (masks > 1 ? 2 : 1);
  const clusters = [mostClusters(rows), 64 * Math.ceil(mostClusters(cols) / 64)];
  const table = tableBytes(shape, clusters[0], clusters[1]);
  const comparing = sides.map((one) => {
    const { classes, block, side } = one, repeated = masks > 1 ? repeatedBytes(side, classes, block) : 0;
    return {
      device: one.device + repeated,
      // Clusterings on the way, and the block in units.
      host: one.host + 9 * THRESHOLDS * classes + 4 * block * classes + 3 * repeated,
    };
  });
  return {
    device: transposed + Math.max(...comparing.map(({ device }) => device), tried * table.device) +
      Math.max(sliceBytes(shape), sliceBytes(other)),
    host: base.host + 4 * tried * (rows + cols) +
      Math.max(
        bitBytes(shape) + transposed / masks,
        ...comparing.map(({ host }) => host),
        2 * tried * table.host,
      ),
    operations: base.operations + 8 * tried * masks * rows * cols + sides.reduce((sum, one) => {
      const { classes, preparing, perRow, side } = one;
      const pivots = Math.min(classes, THRESHOLDS * (mostClusters(side.rows) + 1));
      const repeated = masks > 1 ? classes ** 2 * (4 + masks ** 2 * wordsPerBitRow(side.cols)) : 0;
      return sum + preparing + pivots * perRow + repeated;
    }, 0),
  };
}

/** Bytes on the device of comparing rows by two halves of the masks: the rows, and products of some with all. */
function repeatedBytes({ cols, masks = 1 }: MaskShape, classes: number, block: number): number {
  const words = wordsPerBitRow(cols);
  return 4 * masks * classes * words + 4 * block * (classes + words);
}
