import { maskedMatmul, maskedMatmulTransposed, saliency } from "@graphon-limit/ops";
import { GeneratedMatrix, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { BackwardPass } from "./backward.ts";
import type { ForwardPass } from "./forward.ts";
import type { Mlp } from "./mlp.ts";

/** A direction in weight space, by what a tangent pass asks of it. `V^(l)` is zero where a mask is. */
export interface Direction {
  /** `out += scale · V^(layer) x`. */
  addProduct(layer: number, x: Matrix, out: Matrix, scale: number): void;
  /** `out += scale · (V^(layer))ᵀ x`. */
  addTransposedProduct(layer: number, x: Matrix, out: Matrix, scale: number): void;
}

/** The direction of given matrices, one [out, in] per layer; the network's masks are applied to them. */
export function matrixDirection(mlp: Mlp, matrices: readonly Matrix[]): Direction {
  if (matrices.length !== mlp.depth) {
    throw new InvalidArgumentError(
      `Expected a direction of ${mlp.depth} layers but found ${matrices.length}`,
    );
  }
  return {
    addProduct(layer, x, out, scale) {
      const args = { weights: matrices[layer], mask: mlp.masks[layer], x, out };
      mlp.device.run(maskedMatmul, args, { scale, accumulate: 1 });
    },
    addTransposedProduct(layer, x, out, scale) {
      const args = { weights: matrices[layer], mask: mlp.masks[layer], x, out };
      mlp.device.run(maskedMatmulTransposed, args, { scale, accumulate: 1 });
    },
  };
}

/**
 * The direction of the loss's own gradient, `V^(l) = s_l δ^(l) h^(l-1)ᵀ ⊙ M^(l)`, which GraSP moves along. Its
 * matrices are never stored: where there is no mask, `V x = s_l δ (hᵀ x)` has the rank of the batch; where there is one, the
 * layer's rows are made for each product, a panel at a time.
 */
export function gradientDirection(mlp: Mlp, pass: ForwardPass, back: BackwardPass): Direction {
  const { device } = mlp;

  /** `out += scale · left (rightᵀ x)`. */
  function addLowRank(left: Matrix, right: Matrix, x: Matrix, out: Matrix, scale: number): void {
    using inner = device.matrix(right.cols, x.cols);
    device.run(maskedMatmulTransposed, { weights: right, x, out: inner }, { scale: 1, accumulate: 0 });
    device.run(maskedMatmul, { weights: left, x: inner, out }, { scale, accumulate: 1 });
  }

  /** `V^(layer)`, its rows made as a product reads them. */
  function gradient(layer: number): GeneratedMatrix {
    const { rows, cols } = mlp.weights[layer];
    const parts = { a: back.deltas[layer], x: pass.activations[layer], mask: mlp.masks[layer] };
    return new GeneratedMatrix(
      device,
      rows,
      cols,
      (out) => device.run(saliency, { ...parts, out }, { scale: mlp.scale(layer), pruned: 0 }),
    );
  }

  return {
    addProduct(layer, x, out, scale) {
      const delta = back.deltas[layer], activations = pass.activations[layer];
      if (!mlp.masks[layer]) return addLowRank(delta, activations, x, out, scale * mlp.scale(layer));
      using matrix = gradient(layer);
      device.run(maskedMatmul, { weights: matrix, x, out }, { scale, accumulate: 1 });
    },
    addTransposedProduct(layer, x, out, scale) {
      const delta = back.deltas[layer], activations = pass.activations[layer];
      if (!mlp.masks[layer]) return addLowRank(activations, delta, x, out, scale * mlp.scale(layer));
      using matrix = gradient(layer);
      device.run(maskedMatmulTransposed, { weights: matrix, x, out }, { scale, accumulate: 1 });
    },
  };
}
