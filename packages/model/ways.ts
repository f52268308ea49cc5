import {
  addColumn,
  addPlaces,
  maskedMatmul,
  maskedMatmulTransposed,
  reduceRows,
  rowDot,
  saliency,
  scaleRows,
  sumPlaces,
} from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { Meeting } from "./stage.ts";
import type { Weight, WeightRole } from "./weight.ts";

/** How parameters of one role meet signals: what their gradient is made of, and what they add to a signal as they move. */
export interface Way {
  /** The gradient from what met, into a matrix of the parameter's shape. */
  gradient(meeting: Meeting, out: Matrix): void;
  /** How it moves, after a tangent pass and its pullback. */
  gradientTangent(meeting: Meeting, out: Matrix): void;
  /** `out += scale · V x`, V being a direction of the parameter. */
  addProduct(weight: Weight, direction: Matrix, x: Matrix | undefined, out: Matrix, scale: number): void;
  /** `out += scale · Vᵀ δ`, where what met is a signal. */
  addTransposedProduct(weight: Weight, direction: Matrix, delta: Matrix, out: Matrix, scale: number): void;
}

/** `z = s (W ⊙ M) x`. */
const product: Way = {
  gradient({ weight, input, delta }, out) {
    const args = { a: delta!, x: input!, mask: weight.mask, out };
    out.device.run(saliency, args, { scale: weight.scale, pruned: 0 });
  },
  gradientTangent(meeting, out) {
    const args = { ...hessianPairs(meeting), mask: meeting.weight.mask, out };
    out.device.run(saliency, args, { scale: meeting.weight.scale, pruned: 0 });
  },
  addProduct({ mask }, weights, x, out, scale) {
    out.device.run(maskedMatmul, { weights, mask, x: x!, out }, { scale, accumulate: 1 });
  },
  addTransposedProduct({ mask }, weights, x, out, scale) {
    out.device.run(maskedMatmulTransposed, { weights, mask, x, out }, { scale, accumulate: 1 });
  },
};

/** `z = x + b` in every column. */
const sum: Way = {
  gradient: ({ delta }, y) => y.device.run(reduceRows, { x: delta!, y }, { initial: 0, kind: "sum" }),
  gradientTangent: ({ deltaTangent }, y) =>
    y.device.run(reduceRows, { x: deltaTangent!, y }, { initial: 0, kind: "sum" }),
  addProduct: (_, column, __, y) => y.device.run(addColumn, { column, y }),
  addTransposedProduct() {},
};

/** `z = γ ⊙ x`, a factor for each row. */
const scaling: Way = {
  gradient: ({ input, delta }, y) => y.device.run(rowDot, { a: delta!, x: input!, y }),
  gradientTangent: (meeting, y) => y.device.run(rowDot, { ...hessianPairs(meeting), y }),
  addProduct(_, column, x, out, scale) {
    out.device.run(scaleRows, { column, x: x!, out }, { scale, accumulate: 1 });
  },
  addTransposedProduct(_, column, x, out, scale) {
    out.device.run(scaleRows, { column, x, out }, { scale, accumulate: 1 });
  },
};

/** `z = x + P`, a column for each place of a sample. */
const place: Way = {
  gradient: ({ delta }, out) => out.device.run(sumPlaces, { x: delta!, out }),
  gradientTangent: ({ deltaTangent }, out) => out.device.run(sumPlaces, { x: deltaTangent!, out }),
  addProduct: (_, places, __, y) => y.device.run(addPlaces, { places, y }),
  addTransposedProduct() {},
};

/** How parameters meet signals, by their roles. */
export const WAYS: Readonly<Record<WeightRole, Way>> = {
  weight: product,
  bias: sum,
  gain: scaling,
  shift: sum,
  position: place,
};

/**
 * The pairs of which `saliency` makes a weight's Hessian-vector product, `s (δ̇ xᵀ + δ ẋᵀ)`; the second is missing where the input
 * does not move.
 */
export function hessianPairs(
  { input, delta, inputTangent, deltaTangent }: Omit<Meeting, "weight">,
): { a: Matrix; x: Matrix; a2?: Matrix; x2?: Matrix } {
  return { a: deltaTangent!, x: input!, ...(inputTangent ? { a2: delta!, x2: inputTangent } : {}) };
}
