import type { Meeting, Resources } from "@graphon-limit/model";
import { saliency } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";

/**
 * The neurons that a layer joins, over the batch: what its inputs send forward and its outputs send back, and where it is asked
 * for, how both move along the loss's gradient. A row is a neuron of the network, or a type that one is drawn from.
 */
export type LayerSignals = Omit<Meeting, "weight">;

/** The signals of all layers, in order. */
export interface NetworkSignals extends Disposable {
  readonly layers: readonly LayerSignals[];
  /** The logarithm of what each layer's gradients are in units of. */
  readonly logUnits: readonly number[];
}

/** Which signals are asked for. */
export interface SignalOptions {
  /** The temperature of the logits in the loss. */
  readonly temperature: number;
  /** Whether the tangents are wanted. */
  readonly tangents: boolean;
  /** Whether the loss is that of labels which each repetition draws from its outputs' softmax, in place of the batch's. */
  readonly drawnLabels: boolean;
}

/**
 * What a weight's score takes from the two neurons it joins: a weight from j to i is multiplied by `a_i · x_j + a2_i · x2_j`, `a`
 * and `a2` being [output types, samples], `x` and `x2` [input types, samples].
 */
export interface ScoreFactors {
  readonly a: Matrix;
  readonly x: Matrix;
  readonly a2?: Matrix;
  readonly x2?: Matrix;
}

/** How a method's factors follow from signals. Matrices of its own are added to `made`, which releases them after use. */
export type FactorsOf = (signals: LayerSignals, made: Resources) => ScoreFactors | Promise<ScoreFactors>;

/** The scale of every pair's score, [output types, input types]. */
export function scoreScales(factors: ScoreFactors): Matrix {
  const { a, x } = factors, out = a.device.matrix(a.rows, x.rows);
  a.device.run(saliency, { ...factors, out }, { scale: 1, pruned: 0, kind: "gradient" });
  return out;
}
