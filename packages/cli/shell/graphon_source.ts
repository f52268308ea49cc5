import { readMaskMatrices, SafetensorsFile } from "@graphon-limit/data";
import {
  DEFAULT_GRID,
  ESTIMATORS,
  findEstimator,
  type GraphonEstimate,
  sortAndSmooth,
  type StepGraphon,
} from "@graphon-limit/graphon";
import { LIMITS, raoBlackwell } from "@graphon-limit/limit";
import { initialiserLaw } from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { BATCH_FLAGS, openBatch } from "./batch_flags.ts";
import { inputFile, optional, text, type Values, withDefault } from "./flags.ts";
import { uploadMask } from "./mask_flags.ts";
import { NETWORK_FLAGS, openNetwork } from "./network_flags.ts";
import type { Session } from "./session.ts";
import { needed, oneOf, onlyWith, sparsity, UsageError, wholeNumber } from "./usage.ts";

/** The estimator that sees weights in place of masks. */
export const RAO_BLACKWELL = "rao-blackwell";

/** The methods that it knows. */
const RAO_BLACKWELL_METHODS = [...LIMITS].filter(([, { ofNetwork }]) => ofNetwork).map(([name]) => name);

/** Which layers to estimate; `network` keeps inputs and outputs as they are. */
export const WHICH_LAYERS = ["hidden", "all", "network"] as const;

/** Flags that say what to estimate graphons of, and how. */
export const GRAPHON_SOURCE_FLAGS = {
  masks: inputFile("safetensors file of 0/1 tensors [out, in] in natural order"),
  grid: withDefault("<number>", "cells per axis", wholeNumber(1), DEFAULT_GRID),
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
}

/** The graphons of a file's masks. */
export async function estimateFromMasks(session: Session, flags: GraphonSource): Promise<EstimatedLayer[]> {
  const path = needed("--masks", flags.masks, "a safetensors file of 0/1 tensors");
  onlyWith(
    flags,
    ["weights", "bias", "widths", "init", "method", "sparsity", "batch", "dataset", "dataDir"],
    `--estimator ${RAO_BLACKWELL}`,
  );
  if (flags.layers === "network" && flags.estimator !== "sas") {
    throw new UsageError(`Expected --layers network with --estimator sas but found ${flags.estimator}`);
  }
  using file = SafetensorsFile.open(path);
  const matrices = readMaskMatrices(file, { onNotice: session.notice });
  const indices = layersOf(flags, matrices.length, path);
  const { estimate } = findEstimator(flags.estimator), { grid } = flags, { seed } = session;
  const estimates: EstimatedLayer[] = [];
  using progress = session.progress(indices.length, "graphons");
  for (const index of indices) {
    using mask = uploadMask(session.device, matrices[index]);
    const network = flags.layers === "network";
    const found: GraphonEstimate = network
      ? {
        ...await sortAndSmooth(mask, grid, { inputs: index === 0, outputs: index === matrices.length - 1 }),
        diagnostics: {},
      }
      : await estimate(mask, { grid, seed });
    estimates.push({
      ...found,
      index,
      name: matrices[index].name,
      density: found.kept / (mask.rows * mask.cols),
    });
    progress.update(estimates.length);
  }
  return estimates;
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
  using network = openNetwork(session, flags);
  const indices = layersOf(flags, network.depth, flags.weights ?? "the network");
  using batch = await openBatch(session, flags, network);
  const uniform = flags.init !== undefined && initialiserLaw(flags.init, 1, 1).distribution === "uniform";
  const layers = await raoBlackwell(network, method, {
    sparsity,
    batch,
    grid: flags.grid,
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

function layersOf({ layers }: GraphonSource, count: number, whose: string): number[] {
  const indices = Array.from({ length: count }, (_, index) => index)
    .filter((index) => layers !== "hidden" || (index > 0 && index < count - 1));
  if (indices.length === 0) {
    throw new InvalidArgumentError(
      `${whose}: expected at least 3 layers for a hidden→hidden one but found ${count}; use --layers all`,
    );
  }
  return indices;
}
