import { erk } from "@graphon-limit/pruners";
import { quotaLimit } from "../quota_limit.ts";
import { registerLimit } from "../registry.ts";

/**
 * Random pruning with Erdős–Rényi densities: the part of a fully connected layer is `n_in + n_out`. At n = ∞ the first and the last
 * layer, whose weights are too few to take theirs, keep all, and those between hidden layers have one density.
 */
export const erkLimit = registerLimit(quotaLimit(
  erk,
  ({ logInputs, logOutputs }) => Math.log(Math.exp(logInputs) + Math.exp(logOutputs)),
));
