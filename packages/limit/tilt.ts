/** Sweeps over rows and columns, at most, and how near sums are to what is asked of them, relative to it. */
const SWEEPS = 100, NEAR = 1e-5;

/** The largest step of a row's log-odds, and how large they may become: e^30 is all or nothing. */
const STEP = 1, MOST = 30;

/** Chances nearer to 1 than float32 tells. */
const CERTAIN = 1 - 2 ** -24;

/**
 * Chances of independent edges given how many edges every row has and every column: the odds of each pair times a factor of its row
 * and one of its column, as a distribution of edges conditioned on linear sums has it, so that the expected sums are those that are
 * given. Where edges are next to certain few more are possible, which a common factor of the chances would not know.
 *
 * @param probability [rows, columns], of edges that nothing more is known of
 * @param rows the sums of rows; `columns` those of columns. If their totals differ both are brought to the mean of the two.
 * @returns [rows, columns]
 */
export function tiltToDegrees(
  probability: Float32Array,
  rows: Float64Array,
  columns: Float64Array,
): Float32Array {
  const height = rows.length, width = columns.length;
  const odds = Float64Array.from(probability, (value) => {
    const chance = Math.min(value, CERTAIN);
    return chance / (1 - chance);
  });
  const [up, down] = [sumOf(rows), sumOf(columns)], total = (up + down) / 2;
  if (!(up > 0 && down > 0)) return new Float32Array(probability.length);
  const left = new Axis(rows.map((sum) => sum * total / up), width);
  const right = new Axis(columns.map((sum) => sum * total / down), height);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const off = left.solve(odds, right, width, 1);
    if (Math.max(off, right.solve(odds, left, 1, width)) < NEAR) break;
  }
  const out = new Float32Array(probability.length);
  for (let i = 0, at = 0; i < height; i++) {
    for (let j = 0; j < width; j++, at++) {
      const tilted = odds[at] * left.factors[i] * right.factors[j];
      out[at] = tilted / (1 + tilted);
    }
  }
  return out;
}

/** The rows of a matrix, or its columns: what they are to sum to, and the factors of their odds. */
class Axis {
  readonly factors: Float64Array;
  readonly #logs: Float64Array;

  constructor(readonly sums: Float64Array, readonly others: number) {
    // Of a line that is to have nothing no chance is left.
    this.factors = sums.map((sum) => sum > 0 ? 1 : 0);
    this.#logs = new Float64Array(sums.length);
  }

  /**
   * Takes a step of Newton's towards the sums, line by line; by how much they were off, relative to them, at most.
   *
   * @param stride from one line to the next; `step` from one of a line's entries to the next
   */
  solve(odds: Float64Array, across: Axis, stride: number, step: number): number {
    let most = 0;
    this.sums.forEach((asked, line) => {
      if (!(asked > 0)) return;
      const own = this.factors[line];
      let sum = 0, slope = 0;
      for (let k = 0, at = line * stride; k < this.others; k++, at += step) {
        const tilted = odds[at] * own * across.factors[k], chance = tilted / (1 + tilted);
        sum += chance;
        slope += chance / (1 + tilted);
      }
      const off = asked - sum;
      if (!(slope > 0)) return;
      const change = Math.min(Math.max(off / slope, -STEP), STEP);
      const log = Math.min(Math.max(this.#logs[line] + change, -MOST), MOST);
      // A line that is as full or as empty as it can be comes no nearer.
      if (log !== this.#logs[line]) most = Math.max(most, Math.abs(off) / asked);
      this.#logs[line] = log;
      this.factors[line] = Math.exp(log);
    });
    return most;
  }
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
