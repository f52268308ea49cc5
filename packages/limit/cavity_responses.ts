/**
 * How one sum of each of a layer's neurons, r say, answers a field on the other, c, of the rounds before (docs/mathematics.md §5): with A what it
 * answers directly, and D what c answers to r directly, `R = A (1 − D A)⁻¹ = A + A (D R)`, row by row as the rounds go.
 */
export class CavityResponses {
  /** Rows t of R and of D R, one after the other and t numbers long, neuron by neuron. */
  readonly #total: Float32Array;
  readonly #returned: Float32Array;
  readonly #stride: number;

  /** What one takes. */
  static bytes(count: number, rounds: number): number {
    return 4 * count * rounds * (rounds - 1);
  }

  constructor(readonly count: number, rounds: number) {
    this.#stride = rounds * (rounds - 1) / 2;
    this.#total = new Float32Array(count * this.#stride);
    this.#returned = new Float32Array(count * this.#stride);
  }

  /**
   * Row t of R, [t], on average over the neurons that are left, whose sums are not 0.
   *
   * @param direct row t of A, [count, t]
   */
  mean(direct: Float32Array, sums: Float64Array, round: number): Float64Array {
    const mean = new Float64Array(round), row = new Float32Array(round);
    const left = sums.reduce((count, sum) => count + Number(sum > 0), 0);
    for (let neuron = 0; neuron < this.count; neuron++) {
      if (!(sums[neuron] > 0)) continue;
      row.set(direct.subarray(neuron * round, (neuron + 1) * round));
      this.#compose(row, direct, this.#returned, neuron);
      this.#total.set(row, neuron * this.#stride + round * (round - 1) / 2);
      row.forEach((value, u) => mean[u] += value / left);
    }
    return mean;
  }

  /** Notes row t of D R, for the rounds after it. @param back row t of D, [count, t] */
  close(back: Float32Array, round: number): void {
    const row = new Float32Array(round);
    for (let neuron = 0; neuron < this.count; neuron++) {
      row.fill(0);
      this.#compose(row, back, this.#total, neuron);
      this.#returned.set(row, neuron * this.#stride + round * (round - 1) / 2);
    }
  }

  /** `row += Σ_v direct_v rows_v`. */
  #compose(row: Float32Array, direct: Float32Array, rows: Float32Array, neuron: number): void {
    const round = row.length;
    for (let v = 1; v < round; v++) {
      const factor = direct[neuron * round + v];
      if (factor === 0) continue;
      const start = neuron * this.#stride + v * (v - 1) / 2;
      for (let u = 0; u < v; u++) row[u] += factor * rows[start + u];
    }
  }
}
