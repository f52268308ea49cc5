import { type EstimatorPlan, ESTIMATORS, findEstimator } from "@graphon-limit/graphon";
import { type DeviceInfo, formatBytes, OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import { budgetOf, type MachineMemory } from "../doctor/memory_budget.ts";

/** Operations beyond which an estimate is announced: a minute on a CPU. */
const MANY_OPERATIONS = 2e11;

/** Operations a second of two CPU cores: what WebAssembly kernels take to compare rows. */
const OPERATIONS_PER_SECOND = 5e9;

/** A layer whose graphon is to be estimated. */
export interface LayerToEstimate {
  readonly index: number;
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/** How the layers' graphons are to be estimated. */
export interface EstimateRequest {
  /** The estimator's name. */
  readonly estimator: string;
  readonly grid: number;
  /** What a layer needs where no other estimator would do; the estimator's own plan unless given. */
  readonly plan?: ((layer: LayerToEstimate, grid: number) => EstimatorPlan) | undefined;
}

/** Where they are to be estimated. */
export interface EstimatePlace {
  readonly info: Pick<DeviceInfo, "kind" | "software">;
  readonly machine: MachineMemory | undefined;
}

/** Bytes that estimates may take on the host. */
export function hostBudget(machine: MachineMemory | undefined): number {
  return budgetOf({ kind: "cpu", software: true }, machine);
}

/**
 * Looks whether all layers' estimates fit before the first is begun.
 *
 * @returns lines about those that will take long
 * @throws {OutOfDeviceMemoryError} where one does not fit, with what it needs, what there is, and what would fit
 */
export function checkEstimates(
  layers: readonly LayerToEstimate[],
  request: EstimateRequest,
  place: EstimatePlace,
): string[] {
  const { estimator, grid } = request;
  return layers.flatMap((layer) => {
    const needs = planOf(layer, request, grid), lacking = shortage(needs, place);
    const what = `${estimator} of ${layer.name}, ${layer.rows}×${layer.cols}, grid ${grid}`;
    if (lacking) {
      throw new OutOfDeviceMemoryError(
        `Expected an estimate that fits but ${what}, needs ${lacking}; ${whatFits(layer, request, place)}`,
      );
    }
    if (needs.operations <= MANY_OPERATIONS) return [];
    const quick = othersOf(
      layer,
      request,
      (plan) => !shortage(plan, place) && plan.operations <= MANY_OPERATIONS,
    );
    const minutes = Math.ceil(needs.operations / OPERATIONS_PER_SECOND / 60);
    return `${what}: up to ${
      needs.operations.toExponential(0)
    } operations, some ${minutes} min on two cores` +
      (quick.length > 0 ? `; quicker: --estimator ${quick.join(" or ")}` : "");
  });
}

function planOf(layer: LayerToEstimate, { estimator, plan }: EstimateRequest, grid: number): EstimatorPlan {
  return plan ? plan(layer, grid) : findEstimator(estimator).plan(layer, grid);
}

/** What there is too little of, in words; undefined where it fits. */
function shortage({ host, device }: EstimatorPlan, { info, machine }: EstimatePlace): string | undefined {
  const shared = info.kind === "cpu" || info.software;
  const beyond = (bytes: number, budget: number) =>
    bytes > budget ? `${formatBytes(bytes)} of the ${formatBytes(budget)} there are` : undefined;
  if (shared) return beyond(host + device, hostBudget(machine));
  return beyond(host, hostBudget(machine)) ?? beyond(device, budgetOf(info, machine));
}

/** Other estimators that would do and whose plan for a layer is as wanted. */
function othersOf(
  layer: LayerToEstimate,
  { grid, plan }: EstimateRequest,
  wanted: (plan: EstimatorPlan) => boolean,
): string[] {
  if (plan) return [];
  return Object.values(ESTIMATORS).filter((other) => wanted(other.plan(layer, grid))).map(({ name }) => name);
}

function whatFits(layer: LayerToEstimate, request: EstimateRequest, place: EstimatePlace): string {
  const found: string[] = [], others = othersOf(layer, request, (plan) => !shortage(plan, place));
  if (others.length > 0) found.push(`--estimator ${others.join(" or ")}`);
  let grid = Math.floor(request.grid / 2);
  while (grid > 0 && shortage(planOf(layer, request, grid), place)) grid = Math.floor(grid / 2);
  if (grid > 0) found.push(`--grid ${grid}`);
  return found.length > 0
    ? `${found.join(" or ")} would fit`
    : "no estimator would fit: leave the layer out of the file of masks";
}
