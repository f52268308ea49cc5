import {
  hiddenLayers,
  type MaskMatrix,
  type NetworkInFiles,
  type NetworkLayer,
  openTensors,
  UnknownOrderError,
} from "@graphon-limit/data";
import {
  DEFAULT_GRID,
  ESTIMATORS,
  findEstimator,
  type GraphonEstimate,
  type KeptAxes,
  sortAndSmooth,
  sortedHistogramPlan,
  type StepGraphon,
} from "@graphon-limit/graphon";
import { LIMITS, raoBlackwell } from "@graphon-limit/limit";
import { initialiserLaw, uploadMask } from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { machineMemory } from "../doctor/memory_budget.ts";
import { BATCH_FLAGS, openBatch } from "./batch_flags.ts";
import { checkEstimates, hostBudget } from "./estimator_budget.ts";
import { optional, text, toggle, type Values, withDefault } from "./flags.ts";
import { findNetwork } from "./found_network.ts";
import { assertTaps, type EstimatedKernel, estimateKernels } from "./kernel_source.ts";
import { assertKindFlags, isDefined, KIND_FLAGS } from "./network_kind.ts";
import { layersOf, type OpenFiles, openFiles } from "./network_files.ts";
import { MASK_FLAGS, NETWORK_FLAGS, NONZERO } from "./network_flags.ts";
import { networkSource } from "./network_source.ts";
import type { Session } from "./session.ts";
import { MOST, needed, oneOf, onlyWith, sparsity, UsageError, wholeNumber } from "./usage.ts";

/** The estimator that sees weights in place of masks. */
export const RAO_BLACKWELL = "rao-blackwell";

/** The methods that it knows. */
const RAO_BLACKWELL_METHODS = [...LIMITS].filter(([, { ofNetwork }]) => ofNetwork).map(([name]) => name);

/** Which layers to estimate; `network` keeps inputs and outputs as they are. */
export const WHICH_LAYERS = ["hidden", "all", "network"] as const;

/** Flags that say what to estimate graphons of, and how. */
export const GRAPHON_SOURCE_FLAGS = {
  masks: MASK_FLAGS.masks,
  nonzero: toggle("take --masks as a file of weights, of which those that are exactly 0 are pruned"),
  grid: withDefault("<number>", "cells per axis", wholeNumber(1, MOST.cells), DEFAULT_GRID),
  layers: withDefault(
    "<which>",
    "hidden (hidden→hidden layers), all, or network (all, inputs and outputs in their own order, as ntk --graphons takes)",
    oneOf(WHICH_LAYERS),
    "hidden",
  ),
  estimator: withDefault(
    "<name>",
    "sas (sort and smooth), sas-tv (less noise by total variation), sba (blocks), usvt (singular values), " +
      "neighbourhood, or rao-blackwell (from the weights before pruning, in place of masks)",
    oneOf([...Object.keys(ESTIMATORS), RAO_BLACKWELL]),
    "sas",
  ),
  method: optional("<name>", `rao-blackwell: ${RAO_BLACKWELL_METHODS.join(", ")}`, text),
  sparsity: optional("<fraction>", "rao-blackwell: fraction of weights to remove, in [0, 1)", sparsity),
  ...NETWORK_FLAGS,
  ...KIND_FLAGS,
  ...BATCH_FLAGS,
};

export type GraphonSource = Values<typeof GRAPHON_SOURCE_FLAGS>;

/** One layer's estimate, as the command reports it. */
export interface EstimatedLayer {
  readonly index: number;
  readonly name: string;
  readonly graphon: StepGraphon;
  readonly density: number;
  /** Neurons without any weight. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
  readonly diagnostics: GraphonEstimate["diagnostics"];
  /** Of a layer with kernels, and of all layers of a network whose axes are known: `graphon` is then that of its channels. */
  readonly kernels?: EstimatedKernel;
}

/** The graphons of a file's masks. */
export async function estimateFromMasks(session: Session, flags: GraphonSource): Promise<EstimatedLayer[]> {
  const path = needed("--masks", flags.masks, "a file of 0/1 tensors");
  onlyWith(
    flags,
    ["bias", "widths", "init", "method", "sparsity", "batch", "dataset", "dataDir"],
    `--estimator ${RAO_BLACKWELL}`,
  );
  const whole = flags.layers === "network";
  if (whole && flags.estimator !== "sas") {
    throw new UsageError(`Expected --layers network with --estimator sas but found ${flags.estimator}`);
  }
  using files = openMasks(flags, path);
  if (isDefined(flags)) return await estimateNetwork(session, files, flags, path);
  // Masks need not follow one another to be looked at; where they do, they are numbered in that order.
  const found = layersOf(session, files, flags, whole || "wanted");
  if (found.gap instanceof UnknownOrderError) {
    session.notice(
      `${path}: layers are numbered in the natural order of their names, though shapes allow others; --order names another`,
    );
  }
  const chosen = chosenLayers(session, flags, found, path), last = found.layers.length - 1;
  const keptAxes = (index: number) => ({ inputs: index === 0, outputs: index === last });
  const memoryBytes = assertEstimatesFit(session, flags, chosen, whole ? keptAxes : undefined);
  const { estimate } = findEstimator(flags.estimator), { grid } = flags, { seed, signal } = session;
  const estimates: EstimatedLayer[] = [];
  using progress = session.progress(100 * chosen.length, "graphons, percent by layer");
  for (const { index, name, mask: matrix } of chosen) {
    const before = 100 * estimates.length;
    const onProgress = (done: number) => progress.update(before + done, name);
    onProgress(0);
    const layer = found.layers[index];
    if (layer.shape.length > 2) {
      assertTaps(flags, name);
      const [own] = await estimateKernels(session, [{ index, layer }], grid, onProgress);
      estimates.push(withKernels(found.layers)(own));
      continue;
    }
    using mask = uploadMask(session.device, matrix);
    const result: GraphonEstimate = whole
      ? { ...await sortAndSmooth(mask, grid, keptAxes(index), { signal, onProgress }), diagnostics: {} }
      : await estimate(mask, { grid, seed, memoryBytes, signal, onProgress });
    if (result.diagnostics.rank === 0 && result.kept > 0) {
      session.notice(
        `${name}: ${flags.estimator} found no singular value above the noise, and its graphon is 0; use another estimator`,
      );
    }
    estimates.push({ ...result, index, name, density: result.kept / (mask.rows * mask.cols) });
  }
  return estimates;
}

/** The graphons of a network whose axes are known: those that several layers share have one order. */
async function estimateNetwork(
  session: Session,
  files: OpenFiles,
  flags: GraphonSource,
  path: string,
): Promise<EstimatedLayer[]> {
  assertTaps(flags, `--network ${flags.network}`);
  assertKindFlags(flags);
  if (flags.layers === "network") {
    throw new UsageError(`Expected --layers hidden or all with --network ${flags.network} but found network`);
  }
  const { requests, layers: byName } = await findNetwork(session, files, flags, path);
  const named = requests.flatMap((request) => {
    const layer = byName.get(request.name);
    return layer ? [{ request, layer }] : [];
  });
  const layers = named.map((each, index) => ({ ...each, index })).filter(({ layer }) => layer.mask);
  // Degrees are those of the whole network, whichever layers are shown.
  using progress = session.progress(100, "graphons, percent");
  const found = await estimateKernels(session, layers, flags.grid, (done) => progress.update(done));
  const estimates = found.map(withKernels(named.map(({ layer }) => layer)));
  if (flags.layers === "all") return estimates;
  const hidden = estimates.filter(({ index }) => index > 0 && index < named.length - 1);
  assertSome(hidden.map(({ index }) => index), named.length, path);
  return hidden;
}

/** A layer's estimate with its kernels beside. */
function withKernels(layers: readonly NetworkLayer[]) {
  return (kernels: EstimatedKernel): EstimatedLayer => {
    const { index, name, histogram } = kernels, { rows, columns } = layers[index];
    return {
      ...{ index, name, graphon: histogram.channels, density: histogram.kept / (rows * columns) },
      ...{ deadInputs: histogram.deadInputs, deadOutputs: histogram.deadOutputs, diagnostics: {}, kernels },
    };
  };
}

/**
 * Refuses estimates that do not fit before the first is begun, and says which will take long.
 *
 * @param keptAxes the axes that a layer keeps, where they are kept
 * @returns bytes that estimates may take on the host
 */
function assertEstimatesFit(
  session: Session,
  { estimator, grid }: GraphonSource,
  chosen: readonly ChosenLayer[],
  keptAxes: ((index: number) => KeptAxes) | undefined,
): number {
  const machine = machineMemory();
  const layers = chosen.map(({ index, name, mask: { rows, columns: cols } }) => ({
    index,
    name,
    rows,
    cols,
  }));
  const lines = checkEstimates(layers, {
    estimator,
    grid,
    plan: keptAxes && (({ index, rows, cols }, cells) => {
      const { inputs, outputs } = keptAxes(index);
      return sortedHistogramPlan({ rows, cols }, outputs ? rows : cells, inputs ? cols : cells);
    }),
  }, { info: session.device.info, machine });
  for (const line of lines) session.say(line);
  return hostBudget(machine);
}

/** The files of masks, and of weights that tell where they are in a network. */
function openMasks({ nonzero, weights }: GraphonSource, path: string): OpenFiles {
  if (path === NONZERO) {
    throw new UsageError(`Expected --masks with a file of weights and --nonzero but found ${NONZERO} alone`);
  }
  if (!nonzero) return openFiles({ weights, masks: path });
  if (weights !== undefined) {
    throw new UsageError(
      "Expected --masks alone with --nonzero, which names the weights, but found --weights",
    );
  }
  const file = openTensors(path);
  return { weights: file, masks: NONZERO, [Symbol.dispose]: () => file[Symbol.dispose]() };
}

interface ChosenLayer {
  readonly index: number;
  readonly name: string;
  readonly mask: MaskMatrix;
}

/** The layers that the flags ask for, those that have no mask left out. */
function chosenLayers(
  session: Session,
  { layers: which }: GraphonSource,
  { layers }: NetworkInFiles,
  path: string,
): ChosenLayer[] {
  let indices = layers.map((_, index) => index);
  if (which === "hidden") {
    const hidden = hiddenLayers(layers, path);
    for (const line of hidden.notices) session.notice(line);
    indices = [...hidden.indices];
    assertSome(indices, layers.length, path);
  }
  return indices.flatMap((index) => {
    const { name, mask } = layers[index];
    return mask ? [{ index, name, mask }] : [];
  });
}

/** The graphons that a method's masks of a given network estimate, its coin flips integrated out. */
export async function estimateFromWeights(session: Session, flags: GraphonSource): Promise<EstimatedLayer[]> {
  if (flags.masks !== undefined) {
    throw new UsageError(
      `Expected --weights or --widths with --estimator ${RAO_BLACKWELL} but found --masks`,
    );
  }
  if (flags.layers === "network") {
    throw new UsageError(
      `Expected --layers hidden or all with --estimator ${RAO_BLACKWELL} but found network`,
    );
  }
  const method = oneOf(RAO_BLACKWELL_METHODS)(
    needed("--method", flags.method, `the pruning method, one of ${RAO_BLACKWELL_METHODS.join(", ")}`),
    "--method",
  );
  const sparsity = needed("--sparsity", flags.sparsity, "the fraction of weights to remove");
  using source = await networkSource(session, flags);
  using network = source.open();
  const indices = network.weights.map((_, index) => index)
    .filter((index) => flags.layers !== "hidden" || (index > 0 && index < network.depth - 1));
  assertSome(indices, network.depth, source.name);
  using batch = await openBatch(session, flags, network);
  const uniform = flags.init !== undefined && initialiserLaw(flags.init, 1, 1).distribution === "uniform";
  using progress = session.progress(100, `graphons of ${method}, percent`);
  const layers = await raoBlackwell(network, method, {
    onProgress: (done, total) => progress.update(Math.floor(100 * done / total)),
    sparsity,
    batch,
    // As all other estimates of masks have them.
    cells: "neurons",
    ...{ grid: flags.grid, signal: session.signal },
    ...(uniform ? { law: "uniform" as const } : {}),
  });
  return indices.map((index) => {
    const { graphon, density, deadInputs, deadOutputs } = layers[index];
    const { rows, cols, name } = network.weights[index];
    return {
      ...{ index, name, graphon, density },
      deadInputs: deadInputs * cols,
      deadOutputs: deadOutputs * rows,
      diagnostics: {},
    };
  });
}

function assertSome(indices: readonly number[], count: number, whose: string): void {
  if (indices.length > 0) return;
  throw new InvalidArgumentError(
    `${whose}: expected at least 3 layers for a hidden→hidden one but found ${count}; use --layers all`,
  );
}
