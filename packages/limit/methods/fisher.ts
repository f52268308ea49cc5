import { fisher, squaredGradients } from "@graphon-limit/pruners";
import { registerLimit } from "../registry.ts";
import { scoredLimit } from "../scored_limit.ts";

/** Fisher pruning: the square of a weight times `Σ_b δ_i² h_j²`. */
export const fisherLimit = registerLimit(scoredLimit({
  method: fisher,
  ...{ power: 2, degree: 2 },
  factors: squaredGradients,
}));
