import { datasetShape, openTensors } from "@graphon-limit/data";
import { WEIGHT_STORAGES, type WeightStorage } from "@graphon-limit/model";
import { formatBytes } from "@graphon-limit/runtime";
import { budgetOf, type Demand, inWords, machineMemory, storageThatFits } from "../doctor/memory_budget.ts";
import type { BatchFlags } from "./batch_flags.ts";
import { optional, type Values } from "./flags.ts";
import type { Session } from "./session.ts";
import { oneOf } from "./usage.ts";

/** The flag that says how weights are stored. */
export const MEMORY_FLAGS = {
  weightStorage: optional(
    "<how>",
    "kept, or regenerated from the seed whenever they are read (default: kept where they fit)",
    oneOf(WEIGHT_STORAGES),
  ),
};

export type MemoryFlags = Values<typeof MEMORY_FLAGS>;

/**
 * How a network's weights are to be stored on the session's device; says so where it is not in the usual way.
 *
 * @throws {OutOfDeviceMemoryError} where the network does not fit
 */
export function chooseStorage(session: Session, demand: Demand, wanted?: WeightStorage): WeightStorage {
  const { info } = session.device, budget = budgetOf(info, machineMemory());
  const storage = storageThatFits(demand, info, budget, wanted);
  if (storage === "regenerated" && !wanted) {
    session.notice(
      `${demand.method.name} on ${inWords(demand.network)}: kept weights and scores exceed ${
        formatBytes(budget)
      }; they are regenerated`,
    );
  }
  return storage;
}

/** How many samples the flags ask for. */
export function samplesOf({ batch, dataset, samplesPerClass }: BatchFlags): number {
  if (batch === undefined) return dataset === undefined ? 0 : samplesPerClass * datasetShape(dataset).classes;
  using file = openTensors(batch);
  return file.has("x") ? file.info("x").shape[0] ?? 0 : 0;
}
