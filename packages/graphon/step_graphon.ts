import { InvalidArgumentError } from "@graphon-limit/runtime";

/**
 * A bipartite step graphon: a function on the unit square that is constant on each cell of a regular grid. Rows are the
 * positions `u` of a layer's outputs, columns the positions `v` of its inputs; `values[a · cols + b]` is the probability
 * that the weight between them is kept.
 * @throws {InvalidArgumentError} of the constructor, unless there are `rows · cols` values
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { StepGraphon } from "@graphon-limit/graphon";
 *
 * const graded = StepGraphon.from((u, v) => (1 - u) * (1 - v), 4);
 * assert.ok(Math.abs(graded.density - 0.25) < 1e-12);
 * assert.deepEqual(graded.regrid(1).values.length, 1);
 * assert.equal(StepGraphon.constant(0.2, 8).at(0.5, 0.9), 0.2);
 * ```
 */
export class StepGraphon {
  constructor(readonly rows: number, readonly cols: number, readonly values: Float64Array) {
    if (values.length !== rows * cols) {
      throw new InvalidArgumentError(`Expected ${rows}×${cols} graphon cells but found ${values.length}`);
    }
  }

  /** A graphon with the same probability everywhere. */
  static constant(value: number, rows = 1, cols = rows): StepGraphon {
    return new StepGraphon(rows, cols, new Float64Array(rows * cols).fill(value));
  }

  /** Cell averages of `f(u, v)`, by the midpoint rule on `samples` × `samples` points a cell. */
  static from(f: (u: number, v: number) => number, rows: number, cols = rows, samples = 8): StepGraphon {
    const values = new Float64Array(rows * cols);
    for (let a = 0; a < rows; a++) {
      for (let b = 0; b < cols; b++) {
        let sum = 0;
        for (let i = 0; i < samples; i++) {
          for (let j = 0; j < samples; j++) {
            sum += f((a + (i + 0.5) / samples) / rows, (b + (j + 0.5) / samples) / cols);
          }
        }
        values[a * cols + b] = sum / samples ** 2;
      }
    }
    return new StepGraphon(rows, cols, values);
  }

  /** The value at position `(u, v)` in [0, 1)². */
  at(u: number, v: number): number {
    const a = Math.min(Math.floor(u * this.rows), this.rows - 1);
    const b = Math.min(Math.floor(v * this.cols), this.cols - 1);
    return this.values[a * this.cols + b];
  }

  /** The edge density, the graphon's integral. */
  get density(): number {
    return this.values.reduce((sum, value) => sum + value, 0) / this.values.length;
  }

  /** Least and largest cell. */
  get range(): [number, number] {
    return this.values.reduce<[number, number]>(
      ([least, largest], value) => [Math.min(least, value), Math.max(largest, value)],
      [Infinity, -Infinity],
    );
  }

  /** Expected degree by position, as a fraction: of outputs (over `v`) and of inputs (over `u`). */
  degrees(): { outputs: Float64Array; inputs: Float64Array } {
    const outputs = new Float64Array(this.rows), inputs = new Float64Array(this.cols);
    for (let a = 0; a < this.rows; a++) {
      for (let b = 0; b < this.cols; b++) {
        outputs[a] += this.values[a * this.cols + b] / this.cols;
        inputs[b] += this.values[a * this.cols + b] / this.rows;
      }
    }
    return { outputs, inputs };
  }

  /**
   * The same function with each cell split, or averaged where `rows` and `cols` are coarser or do not divide. Sums are of whole
   * numbers of parts, divided once: of cells of at most 1 none comes out above 1, as it may where rounded shares are added.
   */
  regrid(rows: number, cols = rows): StepGraphon {
    const alongRows = overlapParts(this.rows, rows), alongColumns = overlapParts(this.cols, cols);
    const sums = new Float64Array(rows * cols), whole = alongRows.whole * alongColumns.whole;
    for (const [sourceRow, targetRow, height] of alongRows.parts) {
      for (const [sourceColumn, targetColumn, width] of alongColumns.parts) {
        sums[targetRow * cols + targetColumn] += height * width *
          this.values[sourceRow * this.cols + sourceColumn];
      }
    }
    return new StepGraphon(rows, cols, sums.map((sum) => sum / whole));
  }
}

/** {@linkcode overlapShares} in whole numbers of parts, of which each target has `whole`. */
function overlapParts(from: number, to: number): { whole: number; parts: [number, number, number][] } {
  const part = greatestDivisor(from, to);
  const overlaps = intervalOverlaps(from, endsOf(to), to);
  return {
    whole: from / part,
    parts: overlaps.map(([source, target, overlap]) => [source, target, overlap / part]),
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * For a step function on `from` equal intervals averaged over `to` equal intervals: which share of target interval `t`
 * the source interval `s` covers, as triples `[s, t, share]`. The shares of one target sum to 1.
 */
export function overlapShares(from: number, to: number): [number, number, number][] {
  return intervalShares(from, endsOf(to), to);
}

/** The same for targets between `ends`, one after another, which are whole numbers in units of one over `parts` of the axis. */
export function intervalShares(
  from: number,
  ends: readonly number[],
  parts: number,
): [number, number, number][] {
  return intervalOverlaps(from, ends, parts).map((
    [source, target, overlap],
  ) => [source, target, overlap / (from * (ends[target + 1] - ends[target]))]);
}

/** In units of 1/(from·parts) the ends of sources and targets are whole numbers, so the overlaps are exact. */
function intervalOverlaps(
  from: number,
  ends: readonly number[],
  parts: number,
): [number, number, number][] {
  const overlaps: [number, number, number][] = [];
  for (let target = 0; target < ends.length - 1; target++) {
    const start = ends[target] * from, end = ends[target + 1] * from;
    for (let source = Math.floor(start / parts); source * parts < end; source++) {
      const overlap = Math.min(end, (source + 1) * parts) - Math.max(start, source * parts);
      if (overlap > 0) overlaps.push([source, target, overlap]);
    }
  }
  return overlaps;
}

/** The ends of so many equal intervals, in units of one. */
function endsOf(intervals: number): number[] {
  return Array.from({ length: intervals + 1 }, (_, end) => end);
}
