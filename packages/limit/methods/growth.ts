import { growth } from "@graphon-limit/pruners";
import { registerLimit } from "../registry.ts";
import { scoredLimit } from "../scored_limit.ts";

/** The score by which RigL grows: `|⟨δ_i, h_j⟩|`, which does not know of the weight, so that the limit is 0 or 1 everywhere. */
export const growthLimit = registerLimit(scoredLimit({
  method: growth,
  power: 0,
  factors: ({ input, delta }) => ({ a: delta!, x: input! }),
}));
