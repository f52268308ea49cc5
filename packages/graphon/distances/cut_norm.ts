import {
  assertCount,
  InvalidArgumentError,
  type LongCallOptions,
  RandomSequence,
  type Seed,
} from "@graphon-limit/runtime";
import type { StepGraphon } from "../step_graphon.ts";
import { type Watch, watchCall } from "../watch.ts";
import { infinityToOneBound, spectralNorm } from "./infinity_to_one.ts";

/** How a cut norm is bounded. Progress is told in percent. */
export interface CutNormOptions extends LongCallOptions {
  /** Random starts of the alternating maximisation, besides the intervals it always starts from; default 32. */
  readonly starts?: number | undefined;
  /** Decides the starts. Default 0. */
  readonly seed?: Seed | number | undefined;
}

/** What the cut norm lies between. */
export interface CutNormBounds {
  readonly lower: number;
  readonly upper: number;
}

/** Rows that subsets are still enumerated of. */
const MOST_ENUMERATED = 20;

/** Parts of an axis whose beginnings and ends are starts. */
const INTERVALS = 8;

/** Additions between two looks at the clock. */
const WORK_AT_ONCE = 2 ** 20;

/**
 * Bounds of the cut norm `‖A‖_□ = sup_{S,T} |∬_{S×T} A|` of a kernel, a difference of graphons say (docs/mathematics.md §3). The lower bound
 * is a cut that was found, by alternating maximisation: given `S`, the best `T` are the columns whose sums over `S` are positive,
 * and the other way round. The upper bound is the least of three: the spectral norm, `‖A‖_2 / √(rows·cols)`; a spectral bound with
 * weights (see {@linkcode infinityToOneBound}), which is close to the semidefinite relaxation; and the integral of the positive
 * or of the negative part, whichever is larger, the best cut there could be. The bounds take all eigenvalues: of a square kernel
 * the cube of its cells on an axis.
 */
export async function cutNorm(
  kernel: StepGraphon,
  { starts, seed, ...call }: CutNormOptions = {},
): Promise<CutNormBounds> {
  return await cutNormBounds(kernel, { starts, seed }, watchCall(call));
}

/** What {@linkcode cutNorm} does, as a part of a longer call. */
export async function cutNormBounds(
  kernel: StepGraphon,
  { starts = 32, seed = 0 }: Pick<CutNormOptions, "starts" | "seed">,
  watch: Watch,
): Promise<CutNormBounds> {
  assertCount("the starts", starts);
  assertCells(kernel);
  const { rows, cols, values } = kernel, cells = rows * cols;
  const lower = await largestCut(kernel, starts, seed, watch.part(0, 0.2));
  let positive = 0, negative = 0;
  for (const value of values) {
    positive += Math.max(0, value);
    negative += Math.max(0, -value);
  }
  const oneSided = Math.max(positive, negative) / cells;
  const spectral = await spectralNorm(values, rows, cols, watch.part(0.2, 0.4)) / Math.sqrt(cells);
  const weighted = await weightedBound(kernel, watch.part(0.4, 1)) / cells;
  await watch.at(1);
  // A cut attains both where all cells have one sign; rounding must not put them in the wrong order.
  return {
    lower: lower / cells,
    upper: Math.max(Math.min(oneSided, spectral, weighted), lower / cells),
  };
}

/** The largest `|Σ_{S×T} A|` that climbs from intervals and from random rows lead to. */
async function largestCut(
  kernel: StepGraphon,
  starts: number,
  seed: Seed | number,
  watch: Watch,
): Promise<number> {
  const random = new RandomSequence(seed), { rows } = kernel;
  const intervals = Array.from({ length: INTERVALS }, (_, index) => index + 1).flatMap((part) => [
    (row: number) => row < rows * part / INTERVALS,
    (row: number) => row >= rows * (part - 1) / INTERVALS,
  ]);
  const all = [...intervals, ...Array.from({ length: starts }, () => () => random.integer(2) === 0)];
  let largest = 0;
  for (const [index, member] of all.entries()) {
    const chosen = Uint8Array.from({ length: rows }, (_, row) => member(row) ? 1 : 0);
    for (const [turn, sign] of [1, -1].entries()) {
      largest = Math.max(
        largest,
        await climb(kernel, chosen.slice(), sign, watch.nth(2 * index + turn, 2 * all.length)),
      );
    }
  }
  return largest;
}

/**
 * The cut norm by enumeration of the subsets of the shorter axis. Progress is told in percent.
 *
 * @throws {InvalidArgumentError} if that has more than 20 cells
 */
export async function exactCutNorm(kernel: StepGraphon, call: LongCallOptions = {}): Promise<number> {
  const watch = watchCall(call);
  assertCells(kernel);
  const { rows, cols, values } = kernel, byRows = rows <= cols;
  const size = Math.min(rows, cols), length = Math.max(rows, cols);
  if (size > MOST_ENUMERATED) {
    throw new InvalidArgumentError(
      `Expected an axis of at most ${MOST_ENUMERATED} cells to enumerate but found ${rows}×${cols}`,
    );
  }
  const sums = new Float64Array(length), stepsAtOnce = Math.ceil(WORK_AT_ONCE / length);
  let largest = 0;
  // A Gray code: neighbouring subsets differ by one row, so that its sums are brought up to date and not made again.
  for (let step = 1, subset = 0; step < 2 ** size; step++) {
    const flipped = 31 - Math.clz32(step & -step);
    subset ^= 1 << flipped;
    const sign = (subset >>> flipped) & 1 ? 1 : -1;
    let positive = 0, negative = 0;
    for (let j = 0; j < length; j++) {
      sums[j] += sign * values[byRows ? flipped * cols + j : j * cols + flipped];
      if (sums[j] > 0) positive += sums[j];
      else negative -= sums[j];
    }
    largest = Math.max(largest, positive, negative);
    if (step % stepsAtOnce === 0) await watch.at(step / 2 ** size);
  }
  await watch.at(1);
  return largest / (rows * cols);
}

/** Maximises `sign · Σ_{S×T} A` in turns from the rows in `chosen`, until neither turn gains. */
async function climb(
  { rows, cols, values }: StepGraphon,
  chosen: Uint8Array,
  sign: number,
  watch: Watch,
): Promise<number> {
  const columns = new Uint8Array(cols), sums = new Float64Array(cols);
  let best = 0;
  while (true) {
    sums.fill(0);
    for (let i = 0; i < rows; i++) {
      if (chosen[i]) { for (let j = 0; j < cols; j++) sums[j] += sign * values[i * cols + j]; }
    }
    for (let j = 0; j < cols; j++) columns[j] = sums[j] > 0 ? 1 : 0;
    let total = 0;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < cols; j++) if (columns[j]) sum += sign * values[i * cols + j];
      chosen[i] = sum > 0 ? 1 : 0;
      total += Math.max(0, sum);
    }
    await watch.at(0);
    if (total <= best * (1 + 1e-12)) return best;
    best = total;
  }
}

/**
 * An upper bound of `max_{S,T} |Σ_{S×T} A|`: with a row and a column added that make all rows and columns sum to zero, the cut
 * norm is the same and a quarter of the norm `∞→1` (Alon and Naor 2006, lemma 3.1).
 */
async function weightedBound({ rows, cols, values }: StepGraphon, watch: Watch): Promise<number> {
  const width = cols + 1, balanced = new Float64Array((rows + 1) * width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const value = values[i * cols + j];
      balanced[i * width + j] = value;
      balanced[i * width + cols] -= value;
      balanced[rows * width + j] -= value;
      balanced[rows * width + cols] += value;
    }
  }
  return await infinityToOneBound(balanced, rows + 1, width, watch) / 4;
}

function assertCells({ rows, cols }: StepGraphon): void {
  if (rows === 0 || cols === 0) {
    throw new InvalidArgumentError(`Expected a kernel with cells but found ${rows}×${cols}`);
  }
}
