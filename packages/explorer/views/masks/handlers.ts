import {
  bernoulliSquaredError,
  DEFAULT_GRID,
  entriesPerCell,
  frobeniusDistance,
  sortAndSmooth,
  type SortedHistogram,
} from "@graphon-limit/graphon";
import { limitGraphon, type LimitLayer, limitNamed } from "@graphon-limit/limit";
import { type BitMatrix, InvalidArgumentError, seedFrom, unpackBits } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { DIGITS } from "../../worker/networks.ts";
import { type PrunableNetwork, prunableNetwork } from "../../worker/pruned_network.ts";
import { type Call, handle } from "../../worker/serve.ts";
import { sortMask } from "../../worker/sorted_mask.ts";
import {
  type LimitPicture,
  limitPicture,
  type MaskParams,
  type MaskPicture,
  maskPicture,
} from "./requests.ts";

/** Types sampled of each layer of a limit that is sampled: enough to come within a few hundredths of a noise floor, in seconds. */
const MOST_TYPES = 1000;

/** The same of a limit whose types are whole trajectories over the rounds. */
const MOST_TRAJECTORIES = 200;

/** Repetitions of a sampled limit, from whose spread its own noise is known. */
const REPETITIONS = 2;

/** Draws a layer's mask, sorted. */
async function drawMask(lab: Lab, params: MaskParams, call: Call): Promise<MaskPicture> {
  const { sparsity } = params, begun = performance.now();
  const pruned = await prunableNetwork(lab, params);
  const { kept, asked } = await pruned.prune(sparsity, call);
  const layers = pruned.network.weights.map(({ rows, cols }, l) => ({
    outputs: rows,
    inputs: cols,
    kept: kept[l],
  }));
  const mask = maskOf(pruned, params), { rows, cols } = mask;
  const bits = unpackBits(await mask.device.readBits(mask), rows, cols);
  const { graphon, deadInputs, deadOutputs } = await histogramOf(lab, params, mask);
  return {
    ...sortMask(bits, rows, cols),
    ...{ rows, cols, grid: DEFAULT_GRID, graphon: graphon.values.slice(), deadInputs, deadOutputs, layers },
    asked: asked.reduce((sum, count) => sum + count, 0),
    milliseconds: performance.now() - begun,
  };
}

function maskOf({ network }: PrunableNetwork, { layer, sparsity }: MaskParams): BitMatrix {
  const weight = network.weights[layer];
  if (!weight) {
    throw new InvalidArgumentError(`Expected a layer below ${network.weights.length} but found ${layer}`);
  }
  if (weight.mask) return weight.mask;
  throw new InvalidArgumentError(`Expected a sparsity that removes a weight but found ${sparsity}`);
}

/** The mask's histogram, kept for the distance to come. */
function histogramOf(lab: Lab, params: MaskParams, mask: BitMatrix): Promise<SortedHistogram> {
  return lab.known(keyOf("histogram", params), () => sortAndSmooth(mask, DEFAULT_GRID));
}

function keyOf(what: string, { method, width, hidden, sparsity, seed, layer }: MaskParams): string {
  return JSON.stringify([what, method, width, hidden, sparsity, seed, layer]);
}

/** Computes a layer's limit, at the network's own width, and the distance of its mask. */
async function drawLimit(lab: Lab, params: MaskParams, call: Call): Promise<LimitPicture> {
  const begun = performance.now();
  const mask = await lab.known(keyOf("histogram", params), async () => {
    const pruned = await prunableNetwork(lab, params);
    await pruned.prune(params.sparsity, { ...call, onProgress: () => {} });
    return await sortAndSmooth(maskOf(pruned, params), DEFAULT_GRID);
  });
  const limits = await lab.known(keyOf("limit", { ...params, layer: -1 }), () => limitsOf(lab, params, call));
  const limit = limits[params.layer], { graphon } = limit;
  const distance = frobeniusDistance(mask.graphon, graphon);
  const noise = bernoulliSquaredError(graphon, entriesOf(params, limits.length)) + squaredError(limit);
  return {
    ...{ grid: DEFAULT_GRID, graphon: graphon.values.slice(), density: limit.density },
    outputDegrees: limit.outputDegrees.slice(),
    inputDegrees: limit.inputDegrees.slice(),
    distance,
    noiseFloor: Math.sqrt(noise),
    debiased: Math.sqrt(Math.max(0, distance ** 2 - noise)),
    milliseconds: performance.now() - begun,
  };
}

async function limitsOf(lab: Lab, params: MaskParams, call: Call): Promise<LimitLayer[]> {
  const { method, width, hidden, sparsity, seed } = params, limit = limitNamed(method);
  const pruned = await prunableNetwork(lab, params);
  const samples = limit.method.reads === "samples";
  const network = { ...DIGITS, hidden, width };
  const most = (limit.method.rounds ?? 1) > 1 ? MOST_TRAJECTORIES : MOST_TYPES;
  return await limitGraphon(lab.device, method, network, {
    ...{ sparsity, seed: seedFrom(seed), batch: pruned.batch, outputDraws: REPETITIONS },
    types: Math.min(limit.types, most),
    // As the mask's histogram, which it is compared with.
    cells: "neurons",
    // The outputs of a network stay random however wide it is: its own limit is the one given these.
    ...(samples ? { outputs: await pruned.outputs() } : {}),
    ...{ signal: call.signal, onProgress: call.onProgress },
  });
}

/** Entries of the layer's mask in a cell of its histogram. */
function entriesOf({ width, layer }: MaskParams, layers: number): number {
  const outputs = layer === layers - 1 ? DIGITS.classes : width, inputs = layer === 0 ? DIGITS.inputs : width;
  return entriesPerCell(outputs, inputs, DEFAULT_GRID);
}

/** What the sampling of the limit itself adds to a squared distance. */
function squaredError({ standardError }: LimitLayer): number {
  return standardError?.reduce((sum, error) => sum + error ** 2, 0) ?? 0;
}

export const maskHandlers = [handle(maskPicture, drawMask), handle(limitPicture, drawLimit)];
