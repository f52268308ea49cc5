/** The change of every partner's sum in each neuron's eyes: `(ω slope − mean)/n`, ω being the edge's own weight. */
export interface Kicks {
  /** [outputs, inputs]. */
  readonly slopes: Float32Array;
  /** [partners]. */
  readonly means: Float64Array;
}

/** Changes by more than this factor's exponential are beyond what is linear in them. */
const CLIP = 1;
const LEAST = Math.exp(-CLIP), MOST = Math.exp(CLIP);

/** A partner's sum as it is seen along an edge. */
export function kicked(value: number, change: number): number {
  return Math.min(Math.max(value + change, LEAST * value), MOST * value);
}
