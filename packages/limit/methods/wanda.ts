import { inputNorms, wanda } from "@graphon-limit/pruners";
import { registerLimit } from "../registry.ts";
import { scoredLimit } from "../scored_limit.ts";

/** Wanda: the size of a weight times `‖h_j‖`, which knows of the weight's input alone: rows are all alike. */
export const wandaLimit = registerLimit(scoredLimit({
  method: wanda,
  degree: 0,
  factors: ({ input, delta }, made) => inputNorms(input!, delta!.rows, made),
}));
