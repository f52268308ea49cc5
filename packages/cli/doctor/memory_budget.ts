import type { WeightStorage } from "@graphon-limit/model";
import { type MemoryRequest, planMemory } from "@graphon-limit/pruners";
import { type DeviceInfo, formatBytes, OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import { memory } from "../host.ts";

/** The share of a machine's free memory that a network may take; the rest is the program's and its files'. */
const SHARE = 0.9;

/** What a machine has; undefined where it does not say. */
export interface MachineMemory {
  readonly total: number;
  readonly available: number;
}

/** The machine's memory, where the program may ask. */
export function machineMemory(): MachineMemory | undefined {
  return memory();
}

/** Bytes that a network may take on a device. An adapter does not tell what its own memory holds; the machine's bounds it. */
export function budgetOf(
  { kind, software }: Pick<DeviceInfo, "kind" | "software">,
  machine: MachineMemory | undefined,
): number {
  if (!machine) return Infinity;
  return SHARE * (kind === "cpu" || software ? machine.available : machine.total);
}

/** A pruning without saying how weights are stored. */
export type Demand = Omit<MemoryRequest, "weights" | "scores">;

/**
 * How a network's weights are to be stored: kept where they fit the budget, else regenerated, unless one is asked for.
 *
 * @throws {OutOfDeviceMemoryError} where the network does not fit, with what it needs, what there is, and what would fit
 */
export function storageThatFits(
  demand: Demand,
  info: DeviceInfo,
  budget: number,
  wanted?: WeightStorage,
): WeightStorage {
  const storages: readonly WeightStorage[] = wanted ? [wanted] : ["kept", "regenerated"];
  const found = storages.find((weights) => fits(demand, info, budget, weights));
  if (found) return found;
  const weights = storages[storages.length - 1];
  throw new OutOfDeviceMemoryError(
    `Expected a network that fits but ${demand.method.name} on ${
      inWords(demand.network)
    }, weights ${weights}, ` +
      `${reasonOf(demand, info, budget, weights)}; ${whatFits(demand, info, budget, weights)}`,
  );
}

function fits(demand: Demand, info: DeviceInfo, budget: number, weights: WeightStorage): boolean {
  try {
    return planMemory({ ...demand, weights }, info).peak <= budget;
  } catch (error) {
    if (error instanceof OutOfDeviceMemoryError) return false;
    throw error;
  }
}

function reasonOf(demand: Demand, info: DeviceInfo, budget: number, weights: WeightStorage): string {
  try {
    const { peak } = planMemory({ ...demand, weights }, info);
    return `needs ${formatBytes(peak)} of the ${formatBytes(budget)} there are`;
  } catch (error) {
    if (error instanceof OutOfDeviceMemoryError) return `cannot be bound: ${error.message}`;
    throw error;
  }
}

/** A network that is yet to be made: `widths 784,100,10`, or `a cnn of channels 8,16, kernel 3, …`. */
export function inWords(network: Demand["network"]): string {
  if (!("build" in network)) return `widths ${network.join(",")}`;
  const sizes = Object.entries(network.sizes ?? {}).map(([name, size]) =>
    `${name} ${typeof size === "number" ? size : size.join(",")}`
  );
  return `a ${network.kind}${sizes.length > 0 ? ` of ${sizes.join(", ")}` : ""}`;
}

function whatFits(demand: Demand, info: DeviceInfo, budget: number, weights: WeightStorage): string {
  const { network } = demand;
  if (!("build" in network)) return widthsThatFit(demand, network, { info, budget, weights });
  const samples = most(demand.samples, (samples) => fits({ ...demand, samples }, info, budget, weights));
  if (samples > 0) return `${samples} samples would fit`;
  return fits({ ...demand, samples: 0 }, info, budget, weights)
    ? "no number of samples would fit"
    : "its weights alone do not fit";
}

/** The widest that the hidden layers can be, all in proportion. */
function widthsThatFit(
  demand: Demand,
  widths: readonly number[],
  { info, budget, weights }: {
    readonly info: DeviceInfo;
    readonly budget: number;
    readonly weights: WeightStorage;
  },
): string {
  const hidden = widths.slice(1, -1);
  const shrunk = (width: number) => {
    const scale = width / Math.max(...hidden);
    const narrower = hidden.map((size) => Math.max(1, Math.floor(size * scale)));
    return { ...demand, network: [widths[0], ...narrower, widths[widths.length - 1]] };
  };
  const width = most(Math.max(0, ...hidden), (width) => fits(shrunk(width), info, budget, weights));
  if (width === 0) return "no hidden width would fit";
  // A round number is as good an answer.
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(width)) - 1);
  return `hidden widths up to ${Math.floor(width / unit) * unit} would fit`;
}

/** The largest number below `bound` that fits; 0 where none does. */
function most(bound: number, fits: (number: number) => boolean): number {
  let least = 0, over = bound;
  while (over - least > 1) {
    const middle = Math.floor((least + over) / 2);
    if (fits(middle)) least = middle;
    else over = middle;
  }
  return least;
}
