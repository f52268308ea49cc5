import { balancedBatch } from "@graphon-limit/data";
import { kernelHistograms, type PlacedMask } from "@graphon-limit/graphon";
import {
  type Activation,
  type Axis,
  cnn,
  initialise,
  type Initialiser,
  type Network,
  type NetworkDefinition,
  resnet,
  uploadBatch,
  vit,
} from "@graphon-limit/model";
import { prune, type Schedule, type Scope } from "@graphon-limit/pruners";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { registerKind } from "../tasks/kind.ts";
import type { DataRef, Lab, PruningDemand } from "../tasks/lab.ts";
import { encodeCells } from "./cells.ts";
import { networkSeed, percent } from "./network.ts";

/** Kinds of networks whose widths grow with one number. */
export const ARCHITECTURES = ["cnn", "resnet", "vit"] as const;

/** One of them. */
export type ArchitectureName = (typeof ARCHITECTURES)[number];

/** A network of convolutions or of attention pruned at initialisation, as tasks name it. */
export type ArchitectureParams = {
  readonly data: DataRef;
  /** That of the whole study; networks and batches are derived from it. */
  readonly seed: number;
  readonly method: string;
  /** SHA-256 of the module of a method of the user's own. */
  readonly module?: string;
  readonly architecture: ArchitectureName;
  /** Of a cnn the channels of every layer; of a resnet those of its first stage, doubled in each; of a vit the numbers of a token. */
  readonly width: number;
  /** Convolutions of a cnn, stages of a resnet, blocks of a vit. */
  readonly depth: number;
  /** Of a cnn's kernels. */
  readonly kernel: number;
  /** Side of a vit's patches. */
  readonly patch: number;
  /** Numbers of a token in a head: heads grow with the width. */
  readonly headSize: number;
  readonly expansion: number;
  readonly sparsity: number;
  readonly scope: Scope;
  readonly schedule: Schedule;
  readonly rounds: number | null;
  readonly samplesPerClass: number;
  readonly trial: number;
  readonly initialiser: Initialiser;
  readonly activation: Activation;
  readonly grid: number;
};

/** What one layer's mask is like. */
export type ArchitectureLayer = {
  readonly name: string;
  /** Outputs, inputs, and a convolution's kernel. */
  readonly shape: readonly number[];
  readonly density: number;
  /** Of each tap; one of a layer without a kernel. */
  readonly tapDensities: readonly number[];
  /** For 0 to all taps the share of pairs of channels that keep so many. */
  readonly kernelSizes: readonly number[];
  /** `[taps · grid, grid]`, as `encodeCells` writes them. */
  readonly cells: string;
  readonly deadInputs: number;
  readonly deadOutputs: number;
  /** Of a layer that writes to heads or reads from them, each head's density, in the heads' order. */
  readonly headDensities: readonly number[];
};

/** Degrees along an axis that several layers share. */
export type StreamProfile = {
  readonly name: string;
  /** Means over tenths of the axis in its order, over the mean of all. */
  readonly degrees: readonly number[];
};

export type ArchitectureHistograms = {
  readonly layers: readonly ArchitectureLayer[];
  readonly streams: readonly StreamProfile[];
};

/** The tap graphons of all masks of one network, axes that several layers share in one order. */
export const architectureHistogram = registerKind<ArchitectureParams, ArchitectureHistograms>({
  name: "architecture-histogram",
  version: 1,
  describe: ({ method, architecture, depth, width, sparsity, trial }) =>
    `${method} ${percent(sparsity)}, ${architecture} ${depth} × ${width}, trial ${trial + 1}`,
  async compute(lab, params) {
    using network = await prunedArchitecture(lab, params);
    return await histogramsOf(network, params.grid, lab.signal);
  },
});

/** What a network's images and width make of it. */
export function architectureOf(
  lab: Lab,
  params: Omit<ArchitectureParams, "trial" | "method">,
): NetworkDefinition {
  const { architecture, width, depth, kernel, patch, headSize, expansion, activation } = params;
  const { image, classes } = lab.dataset(params.data), shared = { image, classes };
  if (architecture === "cnn") {
    return cnn({ ...shared, kernel, channels: new Array<number>(depth).fill(width) }, { activation });
  }
  if (architecture === "resnet") {
    const channels = Array.from({ length: depth }, (_, stage) => width * 2 ** stage);
    return resnet({ ...shared, channels, blocks: 1 }, { activation });
  }
  if (width % headSize !== 0) {
    throw new InvalidArgumentError(
      `Expected a width of whole heads of ${headSize} numbers but found ${width}`,
    );
  }
  return vit({ ...shared, width, heads: width / headSize, blocks: depth, patch, expansion });
}

/** What pruning such a network asks of the device. */
export function architectureDemand(lab: Lab, params: Omit<ArchitectureParams, "trial">): PruningDemand {
  const { data, scope, samplesPerClass } = params, method = lab.method(params.method);
  return {
    network: architectureOf(lab, params),
    ...{ method, scope },
    samples: samplesPerClass * lab.dataset(data).classes,
    rounds: params.rounds ?? method.rounds ?? 1,
  };
}

async function prunedArchitecture(lab: Lab, params: ArchitectureParams): Promise<Network> {
  const { initialiser, samplesPerClass, method, sparsity, scope, schedule, rounds, depth } = params;
  const seed = networkSeed({ ...params, hidden: depth });
  const weights = lab.storage(architectureDemand(lab, params));
  const network = initialise(lab.device, architectureOf(lab, params), initialiser, { seed, weights });
  try {
    const samples = balancedBatch(lab.dataset(params.data), samplesPerClass, seed);
    using batch = uploadBatch(lab.device, samples.x, samples.y);
    await prune(network, lab.method(method), {
      ...{ batch, seed, schedule, sparsity, scope, signal: lab.signal },
      ...(rounds === null ? {} : { rounds }),
    });
    return network;
  } catch (error) {
    network[Symbol.dispose]();
    throw error;
  }
}

async function histogramsOf(
  { weights }: Network,
  grid: number,
  signal: AbortSignal | undefined,
): Promise<ArchitectureHistograms> {
  const placed = weights.map(({ mask, taps, output, input, name }): PlacedMask => {
    if (!mask || !input) throw new InvalidArgumentError(`Expected a mask on ${name} but found none`);
    return { mask, taps, output, input };
  });
  const found = await kernelHistograms(placed, grid, { signal });
  const layers = weights.map(({ name, shape, count, rows }, l): ArchitectureLayer => {
    const { taps, kept, densities, kernelSizes, deadInputs, deadOutputs, headDensities } = found[l];
    const cells = new Float64Array(taps.length * grid ** 2);
    taps.forEach(({ values }, tap) => cells.set(values, tap * grid ** 2));
    return {
      ...{ name, shape: [...shape], density: kept / count, cells: encodeCells(cells) },
      ...{ tapDensities: [...densities], kernelSizes: [...kernelSizes], headDensities: [...headDensities] },
      ...{ deadInputs: deadInputs / placed[l].input.size, deadOutputs: deadOutputs / rows },
    };
  });
  return { layers, streams: streamsOf(placed, found) };
}

/** Parts that a stream's axis is cut into. */
const TENTHS = 10;

function streamsOf(
  placed: readonly PlacedMask[],
  found: readonly { readonly outputDegrees: Float64Array; readonly inputDegrees: Float64Array }[],
): StreamProfile[] {
  const totals = new Map<Axis, { uses: number; degrees: Float64Array }>();
  const add = (axis: Axis, degrees: Float64Array) => {
    const total = totals.get(axis) ?? { uses: 0, degrees: new Float64Array(axis.size) };
    total.uses++;
    degrees.forEach((degree, neuron) => total.degrees[neuron] += degree);
    totals.set(axis, total);
  };
  placed.forEach(({ output, input }, l) => {
    add(output, found[l].outputDegrees);
    add(input, found[l].inputDegrees);
  });
  return [...totals].filter(([axis, { uses }]) => uses > 2 && !axis.heads).map(([{ name }, { degrees }]) => {
    const sorted = degrees.toSorted((a, b) => b - a), sum = sorted.reduce((all, degree) => all + degree, 0);
    const tenths = Array.from({ length: TENTHS }, (_, tenth) => {
      const [from, to] = [tenth, tenth + 1].map((at) => Math.floor(at * sorted.length / TENTHS));
      const part = sorted.subarray(from, Math.max(to, from + 1));
      const mean = part.reduce((all, degree) => all + degree, 0) / part.length;
      return sum === 0 ? 0 : mean * sorted.length / sum;
    });
    return { name, degrees: tenths };
  });
}
