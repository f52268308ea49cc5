import { assertCount, RandomSequence } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { StepGraphon } from "../step_graphon.ts";
import { UNWATCHED, type Watch, watchCall } from "../watch.ts";
import { cellSizes, cellsOfOrder, givenOrder, onGrid } from "./cells.ts";
import { type Clustering, clusterings } from "./clusters.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { countByCell, type Observation, observe, summarise, transposeObservation } from "./observation.ts";
import { sbaPlan } from "./comparison_plan.ts";

/** Widths of tables are multiples of this. */
const TABLE_STEP = 64;

/** Entries of masks that are counted before a signal is heard. */
const COUNTED_TOGETHER = 2 ** 26;

/**
 * Stochastic-block approximation (Airoldi, Costa and Chan 2013): nodes whose rows of the graphon are estimated to be close form
 * a block, rows and columns separately, and a block of the mask has its mean. The paper's unbiased distances need two masks; with
 * one, rows are compared through third rows, as in neighbourhood smoothing, with more, in both ways. The paper leaves the
 * threshold to be chosen; here the blocks are those that describe the masks in the fewest nats. On the grid nodes are ordered by
 * their block's density.
 */
export const sba: GraphonEstimator = {
  name: "sba",
  plan: (shape, grid = DEFAULT_GRID) => sbaPlan(shape, grid),
  async estimate(masks, { grid = DEFAULT_GRID, order, seed = 0, ...call } = {}) {
    assertCount("the grid", grid, 1);
    const watch = watchCall(call), observation = await observe(masks, watch.part(0, 0.02));
    const random = new RandomSequence(seed);
    const middle = 0.02 + 0.6 * observation.rows / (observation.rows + observation.cols);
    const ofRows = await clusterings(observation, random, watch.part(0.02, middle));
    const ofColumns = await clustersOfColumns(observation, random, watch.part(middle, 0.65));
    const blocks = await shortestDescription(observation, ofRows, ofColumns, watch.part(0.65, 0.9));
    const placed = await placeBlocks(observation, blocks, grid, order, watch.part(0.9, 0.98));
    const graphon = onGrid(placed, grid);
    await watch.at(1);
    return {
      graphon,
      ...summarise(observation),
      diagnostics: {
        outputBlocks: blocks.rows.count,
        inputBlocks: blocks.columns.count,
        nats: blocks.nats,
      },
    };
  },
};

async function clustersOfColumns(
  observation: Observation,
  random: RandomSequence,
  watch: Watch,
): Promise<Clustering[]> {
  using transposed = await transposeObservation(observation, watch.part(0, 0.1));
  return await clusterings(transposed, random, watch.part(0.1, 1));
}

interface Blocks {
  readonly rows: Clustering;
  readonly columns: Clustering;
  /** Ones over all masks, [row clusters, column clusters]. */
  readonly ones: Uint32Array;
  readonly nats: number;
}

/**
 * The clusterings with the shortest description, found in turns: of the rows given that of the columns, of the columns given
 * that of the rows, until neither gets shorter. The first turn is given the finest columns, against which rows of different
 * blocks look different.
 */
async function shortestDescription(
  observation: Observation,
  ofRows: readonly Clustering[],
  ofColumns: readonly Clustering[],
  watch: Watch,
): Promise<Blocks> {
  const finest = ofColumns.reduce((a, b) => b.count > a.count ? b : a);
  let best = await shortest(observation, ofRows, [finest], watch.part(0, 0.5));
  for (let done = 0.5;; done = (1 + done) / 2) {
    // How many turns there will be is not known: each takes half of what is left.
    const turn = watch.part(done, (1 + done) / 2);
    const columnsMoved = await shortest(observation, [best.rows], ofColumns, turn.part(0, 0.5));
    const rowsMoved = await shortest(observation, ofRows, [columnsMoved.columns], turn.part(0.5, 1));
    if (!(rowsMoved.nats < best.nats)) return best;
    best = rowsMoved;
  }
}

/** The shortest of all pairs, of which several are asked for before the first is waited for. */
async function shortest(
  observation: Observation,
  ofRows: readonly Clustering[],
  ofColumns: readonly Clustering[],
  watch: Watch,
): Promise<Blocks> {
  const pairs = ofRows.flatMap((rows) => ofColumns.map((columns) => ({ rows, columns })));
  const { rows, cols, masks } = observation;
  const together = Math.max(1, Math.floor(COUNTED_TOGETHER / (rows * cols * masks.length)));
  let best: Blocks | undefined;
  for (let first = 0; first < pairs.length; first += together) {
    const some = pairs.slice(first, first + together);
    // What goes on side by side is not ended by one of them.
    const part = some.length === 1 ? watch.nth(first, pairs.length) : UNWATCHED;
    const found = await Promise.all(some.map(async ({ rows, columns }): Promise<Blocks> => {
      const ones = await countBlocks(observation, rows, columns, part);
      return { rows, columns, ones, nats: describe(observation, rows, columns, ones) };
    }));
    for (const blocks of found) if (!best || blocks.nats < best.nats) best = blocks;
    await watch.at(Math.min(1, (first + together) / pairs.length));
  }
  return best!;
}

/** Ones by block. Tables have few widths, since for each width the shader is compiled anew. */
async function countBlocks(
  observation: Observation,
  rows: Clustering,
  columns: Clustering,
  watch: Watch,
): Promise<Uint32Array> {
  const width = Math.ceil(columns.count / TABLE_STEP) * TABLE_STEP;
  const ones = await countByCell(observation, rows.label, rows.count, columns.label, width, watch);
  return Uint32Array.from(
    { length: rows.count * columns.count },
    (_, block) => ones[Math.floor(block / columns.count) * width + block % columns.count],
  );
}

/**
 * The length of a description of the masks in nats: every node's block, every block's density to the precision its entries allow
 * (half the logarithm of their number), and the entries given these (Rissanen 1983; for blocks, Gao, Lu and Zhou 2015 have the
 * same terms in their rate).
 */
function describe(
  { rows, cols, masks }: Observation,
  ofRows: Clustering,
  ofColumns: Clustering,
  ones: Uint32Array,
): number {
  const rowSizes = clusterSizes(ofRows), columnSizes = clusterSizes(ofColumns);
  let nats = rows * Math.log(ofRows.count) + cols * Math.log(ofColumns.count);
  ones.forEach((count, block) => {
    const entries = rowSizes[Math.floor(block / ofColumns.count)] * columnSizes[block % ofColumns.count] *
      masks.length;
    nats += Math.log(entries) / 2 + entropy(count, entries) + entropy(entries - count, entries);
  });
  return nats;
}

function entropy(count: number, entries: number): number {
  return count === 0 ? 0 : -count * Math.log(count / entries);
}

/** Nodes in each cluster; none is empty, since a pivot stays with itself. */
function clusterSizes({ label, count }: Clustering): Uint32Array {
  const sizes = new Uint32Array(count);
  for (const cluster of label) sizes[cluster]++;
  return sizes;
}

/** Cell averages of the block means, nodes in the order of their block's density. */
async function placeBlocks(
  { rows, cols, masks }: Observation,
  { rows: ofRows, columns: ofColumns, ones }: Blocks,
  grid: number,
  order: "degree" | "given" | undefined,
  watch: Watch,
): Promise<StepGraphon> {
  const rowSizes = clusterSizes(ofRows), columnSizes = clusterSizes(ofColumns);
  const rowDegrees = new Float64Array(ofRows.count), columnDegrees = new Float64Array(ofColumns.count);
  const means = Float64Array.from(ones, (count, block) => {
    const a = Math.floor(block / ofColumns.count), b = block % ofColumns.count;
    rowDegrees[a] += count / rowSizes[a];
    columnDegrees[b] += count / columnSizes[b];
    return count / (rowSizes[a] * columnSizes[b] * masks.length);
  });
  const rowShares = cellShares(ofRows, rowDegrees, Math.min(rows, grid), order);
  const columnShares = cellShares(ofColumns, columnDegrees, Math.min(cols, grid), order);
  const values: number[] = [];
  for (const ofRow of rowShares) {
    for (const ofColumn of columnShares) {
      let value = 0;
      for (const [a, rowShare] of ofRow) {
        for (const [b, columnShare] of ofColumn) {
          value += rowShare * columnShare * means[a * ofColumns.count + b];
        }
      }
      values.push(value);
    }
    await watch.at(values.length / (rowShares.length * columnShares.length));
  }
  return new StepGraphon(rowShares.length, columnShares.length, Float64Array.from(values));
}

/** For each cell of an axis, the clusters of its nodes and which share of it they make up. */
function cellShares(
  { label }: Clustering,
  degrees: Float64Array,
  cells: number,
  order: "degree" | "given" | undefined,
): Map<number, number>[] {
  const cell = cellsOfOrder(order === "given" ? givenOrder(label.length) : byBlock(label, degrees), cells);
  const sizes = cellSizes(label.length, cells);
  const shares = Array.from({ length: cells }, () => new Map<number, number>());
  label.forEach((cluster, i) => {
    const ofCell = shares[cell[i]];
    ofCell.set(cluster, (ofCell.get(cluster) ?? 0) + 1 / sizes[cell[i]]);
  });
  return shares;
}

/** Nodes by descending degree of their blocks, block by block where several have the same: that of the first node first. */
function byBlock(label: Uint32Array, degrees: Float64Array): Uint32Array {
  const first = new Uint32Array(degrees.length).fill(label.length);
  label.forEach((cluster, i) => first[cluster] = Math.min(first[cluster], i));
  return givenOrder(label.length).sort((a, b) =>
    degrees[label[b]] - degrees[label[a]] || first[label[a]] - first[label[b]] || a - b
  );
}
