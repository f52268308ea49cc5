import { hessianPairs } from "@graphon-limit/model";
import { grasp, GRASP_TEMPERATURE } from "@graphon-limit/pruners";
import { registerLimit } from "../registry.ts";
import { scoredLimit } from "../scored_limit.ts";

/**
 * GraSP: a weight times `⟨δ̇_i, h_j⟩ + ⟨δ_i, ḣ_j⟩`, with the tangents of both passes along the gradient. Terms that vanish at n = ∞
 * are kept at a finite width, where the temperature makes them most of the score. Axes are as SNIP's.
 */
export const graspLimit = registerLimit(scoredLimit({
  method: grasp,
  signed: true,
  temperature: GRASP_TEMPERATURE,
  tangents: true,
  factors: hessianPairs,
}));
