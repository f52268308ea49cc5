import { uniform } from "@graphon-limit/pruners";
import { quotaLimit } from "../quota_limit.ts";
import { registerLimit } from "../registry.ts";

/** Random pruning with the same density in every layer: a layer's part is its size. */
export const uniformLimit = registerLimit(quotaLimit(uniform, ({ logCount }) => logCount));
