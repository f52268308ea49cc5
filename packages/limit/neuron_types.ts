import { saliency } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";

/**
 * What a weight's score takes from the two neurons it joins, layer by layer: the score is the weight times
 * `⟨first.output_i, first.input_j⟩ + ⟨second.output_i, second.input_j⟩` over the batch.
 */
export interface TypePair {
  /** [output types, samples] and [input types, samples]. */
  readonly output: Matrix;
  readonly input: Matrix;
}

export interface LayerTypes {
  readonly first: TypePair;
  readonly second?: TypePair;
}

/** The scale of every pair's score, [output types, input types]. */
export function scoreScales({ first, second }: LayerTypes): Matrix {
  const { device } = first.output;
  const out = device.matrix(first.output.rows, first.input.rows);
  const args = {
    a: first.output,
    x: first.input,
    ...(second ? { a2: second.output, x2: second.input } : {}),
    out,
  };
  device.run(saliency, args, { scale: 1, pruned: 0, kind: "gradient" });
  return out;
}
