import { random } from "@graphon-limit/pruners";
import { constantLimit, keptAtRandom } from "../constant_limit.ts";
import { registerLimit } from "../registry.ts";

/** Random pruning: every weight of every layer is kept with one probability, whatever it is. */
export const randomLimit = registerLimit(constantLimit({
  method: random,
  ofLaw: ({ layers }, { sparsity }) => layers.map(() => keptAtRandom(1 - sparsity)),
}));
