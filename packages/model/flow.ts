import type { Matrix } from "@graphon-limit/runtime";
import type { Weight } from "./weight.ts";

/**
 * The signal of SynFlow's pass, all weights absolute: `values` [rows, positions] times the product of `scales`. Sums are divided
 * by their largest element as they run, since the products of many layers leave float32's range (docs/mathematics.md §2).
 */
export interface Flow {
  readonly values: Matrix;
  /** What the values were divided by so far, [1, 1] each. */
  readonly scales: readonly Matrix[];
}

/** What SynFlow's pass through a stage leaves behind. */
export interface FlowPass extends Disposable {
  readonly out: Flow;
  /** What met in each weight that can be pruned, in the order of the stage's. */
  readonly meetings: readonly FlowMeeting[];
  /** As of `Pass`. */
  readonly passive?: boolean;
  /** Runs `c` [rows, positions] back; leaves each meeting's. */
  pullback(c: Matrix, wanted?: boolean): Matrix | undefined;
}

/**
 * What SynFlow's score of a weight is made of: `|w_ij| M_ij Σ_p c_ip r_jp / divisor`, the sum over positions, all layers lacking the
 * same factor.
 */
export interface FlowMeeting {
  readonly weight: Weight;
  readonly r: Matrix;
  readonly divisor: Matrix;
  c?: Matrix;
}
