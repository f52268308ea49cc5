/** The change of every partner's sum in each neuron's eyes: `(ω slope − mean)/n`, ω being the edge's own weight. */
export interface Kicks {
  /** [outputs, inputs]. */
  readonly slopes: Float32Array;
  /** [partners]. */
  readonly means: Float64Array;
}

/** The factor by which a partner may be seen to change: more is beyond what is linear in it. */
export const MOST_KICK = Math.E;
const MOST_LOG = Math.log(MOST_KICK);

/** A partner's sum as it is seen along an edge: the rounds multiply changes, so that they add up in the logarithm. */
export function kicked(value: number, change: number): number {
  return value > 0 ? value * Math.exp(Math.min(Math.max(change / value, -MOST_LOG), MOST_LOG)) : 0;
}
