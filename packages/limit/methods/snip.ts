import { snip } from "@graphon-limit/pruners";
import { registerLimit } from "../registry.ts";
import { scoredLimit } from "../scored_limit.ts";

/**
 * SNIP: the size of a weight times `⟨δ_i, h_j⟩` over the batch. At a finite width only the layers' sizes and scales know of it;
 * the first layer's columns are the inputs themselves, and the last one's rows the outputs, also by types.
 */
export const snipLimit = registerLimit(scoredLimit({
  method: snip,
  factors: ({ input, delta }) => ({ a: delta!, x: input! }),
}));
