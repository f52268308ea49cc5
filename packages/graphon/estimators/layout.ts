import type { EstimatorOptions } from "./estimator.ts";
import { givenOrder, orderByDegree } from "./cells.ts";
import type { Observation } from "./observation.ts";

/** The order in which nodes with these estimated degrees are laid out. */
export function layout(degrees: ArrayLike<number>, order: EstimatorOptions["order"]): Uint32Array {
  return order === "given" ? givenOrder(degrees.length) : orderByDegree(degrees);
}

/** Rows and columns laid out by the masks' own degrees. */
export function observedLayout(
  { outputDegrees, inputDegrees }: Observation,
  order: EstimatorOptions["order"],
): [Uint32Array, Uint32Array] {
  return [layout(outputDegrees, order), layout(inputDegrees, order)];
}
