import { readMaskMatrices, SafetensorsFile } from "@graphon-limit/data";
import { findEstimator, type GraphonEstimate, sortAndSmooth, type StepGraphon } from "@graphon-limit/graphon";
import { LIMITS, raoBlackwell } from "@graphon-limit/limit";
import { initialiserLaw } from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { type BatchFlags, openBatch } from "./batch_flags.ts";
import { uploadMask } from "./mask_flags.ts";
import { type NetworkFlags, openNetwork } from "./network_flags.ts";
import type { Session } from "./session.ts";
import { oneOf, required, UsageError } from "./usage.ts";

/** The estimator that sees weights in place of masks. */
export const RAO_BLACKWELL = "rao-blackwell";

/** Which layers to estimate; `network` keeps inputs and outputs as they are. */
export const WHICH_LAYERS = ["hidden", "all", "network"] as const;

/** Flags that say what to estimate graphons of, and how. */
export interface GraphonSource extends NetworkFlags, BatchFlags {
  readonly masks?: string;
  readonly grid: number;
  readonly layers: typeof WHICH_LAYERS[number];
  readonly estimator: string;
  readonly method?: string;
  readonly sparsity?: number;
}

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
  const path = required("--masks", flags.masks, "a safetensors file of 0/1 tensors");
  for (
    const name of ["weights", "widths", "init", "method", "sparsity", "batch", "dataset", "dataDir"] as const
  ) {
    if (flags[name] !== undefined) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      throw new UsageError(`Expected --${flag} only with --estimator ${RAO_BLACKWELL}`);
    }
  }
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
  const methods = [...LIMITS].filter(([, { ofNetwork }]) => ofNetwork).map(([name]) => name);
  const method = oneOf("--method", methods)(
    required("--method", flags.method, `the pruning method, one of ${methods.join(", ")}`),
  );
  const sparsity = required("--sparsity", flags.sparsity, "the fraction of weights to remove");
  const network = openNetwork(session, flags);
  using mlp = network.mlp;
  const indices = layersOf(flags, mlp.depth, flags.weights ?? "the network");
  using batch = await openBatch(session, flags, network);
  const uniform = flags.init !== undefined && initialiserLaw(flags.init, 1, 1).distribution === "uniform";
  const layers = await raoBlackwell(mlp, method, {
    sparsity,
    batch,
    grid: flags.grid,
    ...(uniform ? { law: "uniform" as const } : {}),
  });
  return indices.map((index) => {
    const { graphon, density, deadInputs, deadOutputs } = layers[index], { rows, cols } = mlp.weights[index];
    return {
      index,
      name: network.names[index],
      graphon,
      density,
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
