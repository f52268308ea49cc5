import { InvalidArgumentError } from "@graphon-limit/runtime";
import { StepGraphon } from "./step_graphon.ts";

/**
 * Estimates of one configuration's graphon from independent trials: their mean, how far it may be off (Welford 1962), and the
 * trials themselves, from whose spread intervals are taken.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphonTrials, StepGraphon } from "@graphon-limit/graphon";
 *
 * const trials = new GraphonTrials(2);
 * for (const value of [0.1, 0.3]) trials.add(StepGraphon.constant(value, 2));
 * assert.ok(Math.abs(trials.mean.density - 0.2) < 1e-12);
 * ```
 */
export class GraphonTrials {
  readonly #graphons: StepGraphon[] = [];
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(readonly rows: number, readonly cols = rows) {
    this.#mean = new Float64Array(rows * cols);
    this.#squares = new Float64Array(rows * cols);
  }

  /** Adds one trial's estimate. */
  add(graphon: StepGraphon): void {
    if (graphon.rows !== this.rows || graphon.cols !== this.cols) {
      throw new InvalidArgumentError(
        `Expected a ${this.rows}×${this.cols} graphon but found ${graphon.rows}×${graphon.cols}`,
      );
    }
    this.#graphons.push(graphon);
    for (let i = 0; i < this.#mean.length; i++) {
      const before = graphon.values[i] - this.#mean[i];
      this.#mean[i] += before / this.count;
      this.#squares[i] += before * (graphon.values[i] - this.#mean[i]);
    }
  }

  get count(): number {
    return this.#graphons.length;
  }

  /** The trials' estimates, in the order they were added. */
  get graphons(): readonly StepGraphon[] {
    return this.#graphons;
  }

  /** The average estimate. */
  get mean(): StepGraphon {
    return new StepGraphon(this.rows, this.cols, this.#mean.slice());
  }

  /**
   * The expected squared error of the mean, summed over cells, from the trials' spread: `Σ s²/T`. Undefined for fewer
   * than two trials, whose spread cannot be seen.
   */
  get squaredError(): number | undefined {
    if (this.count < 2) return undefined;
    const spread = this.#squares.reduce((sum, value) => sum + value, 0) / (this.count - 1);
    return spread / this.count;
  }
}
