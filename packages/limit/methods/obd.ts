import { obd, squaredGradients } from "@graphon-limit/pruners";
import { registerLimit } from "../registry.ts";
import { scoredLimit } from "../scored_limit.ts";

/** Optimal brain damage: as Fisher pruning, of labels that the network itself would give. */
export const obdLimit = registerLimit(scoredLimit({
  method: obd,
  ...{ power: 2, degree: 2, drawnLabels: true },
  factors: squaredGradients,
}));
