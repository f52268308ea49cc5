import { maskedMatmul, maskedMatmulTransposed, saliency } from "@graphon-limit/ops";
import { GeneratedMatrix, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Direction, Meeting, Pass, Stage, WeightDirection } from "./stage.ts";
import { WAYS } from "./ways.ts";
import type { Weight } from "./weight.ts";

/**
 * The direction of given matrices, one for each of the parameters of a network or stage; their masks are applied to them.
 *
 * @param matrices of the parameters' shapes, undefined for those that stay
 */
export function matrixDirection(
  { parameters }: Pick<Stage, "parameters">,
  matrices: readonly (Matrix | undefined)[],
): Direction {
  if (matrices.length !== parameters.length) {
    throw new InvalidArgumentError(
      `Expected a direction of ${parameters.length} parameters but found ${matrices.length}`,
    );
  }
  const directions = new Map(
    parameters.flatMap((weight, index): [Weight, WeightDirection][] => {
      const matrix = matrices[index];
      return matrix ? [[weight, matrixDirectionOf(weight, matrix)]] : [];
    }),
  );
  return { of: (weight) => directions.get(weight) };
}

function matrixDirectionOf(weight: Weight, matrix: Matrix): WeightDirection {
  const way = WAYS[weight.role];
  return {
    addProduct: (x, out, scale) => way.addProduct(weight, matrix, x, out, scale),
    addTransposedProduct: (delta, out, scale) => way.addTransposedProduct(weight, matrix, delta, out, scale),
  };
}

/**
 * The direction of the loss's own gradient over the weights that may be pruned, `V = s δ xᵀ ⊙ M`, which GraSP moves along. Its
 * matrices are never stored: where there is no mask, `V x = s δ (hᵀ x)` has the rank of the batch; where there is one, or more columns
 * than the weight has rows and columns by far, the weight's rows are made for each product, a panel at a time.
 *
 * @param pass one that has been pulled back through
 */
export function gradientDirection({ meetings }: Pass): Direction {
  const directions = new Map(
    meetings.filter(({ weight }) => weight.prunable).map((meeting) => [meeting.weight, gradientOf(meeting)]),
  );
  return { of: (weight) => directions.get(weight) };
}

/** Columns for each row and column of a weight, above which its gradient is made rather than kept in two factors. */
const MOST_COLUMNS = 4;

function gradientOf(meeting: Meeting): WeightDirection {
  const { weight } = meeting, delta = meeting.delta!, input = meeting.input!;
  // Of many columns, as where a sample has positions, the gradient is the smaller of the two.
  const factored = !weight.mask && delta.cols <= MOST_COLUMNS * (weight.rows + weight.cols);

  /** `V`, its rows made as a product reads them. */
  function gradient(): GeneratedMatrix {
    const parts = { a: delta, x: input, mask: weight.mask };
    return new GeneratedMatrix(
      delta.device,
      weight.rows,
      weight.cols,
      (out) => out.device.run(saliency, { ...parts, out }, { scale: weight.scale, pruned: 0 }),
    );
  }

  return {
    addProduct(x, out, scale) {
      if (factored) return addLowRank(delta, input, x!, out, scale * weight.scale);
      using matrix = gradient();
      out.device.run(maskedMatmul, { weights: matrix, x: x!, out }, { scale, accumulate: 1 });
    },
    addTransposedProduct(x, out, scale) {
      if (factored) return addLowRank(input, delta, x, out, scale * weight.scale);
      using matrix = gradient();
      out.device.run(maskedMatmulTransposed, { weights: matrix, x, out }, { scale, accumulate: 1 });
    },
  };
}

/** `out += scale · left (rightᵀ x)`. */
function addLowRank(left: Matrix, right: Matrix, x: Matrix, out: Matrix, scale: number): void {
  const { device } = out;
  using inner = device.matrix(right.cols, x.cols);
  device.run(maskedMatmulTransposed, { weights: right, x, out: inner }, { scale: 1, accumulate: 0 });
  device.run(maskedMatmul, { weights: left, x: inner, out }, { scale, accumulate: 1 });
}
