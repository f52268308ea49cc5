import type { NetworkLayer } from "@graphon-limit/data";
import {
  type Activation,
  assertSamples,
  disconnectionOf,
  initialise,
  type Network,
  networkOfLayers,
  type OwnedBatch,
  rowPieces,
  uploadBatch,
  uploadMask,
} from "@graphon-limit/model";
import { methodNamed } from "@graphon-limit/pruners";
import { type BitMatrix, InvalidArgumentError, packBits, seedFrom } from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { PrunableNetwork } from "../../worker/pruned_network.ts";
import type { Call } from "../../worker/serve.ts";
import { fingerprintOf } from "./files.ts";
import { assertFits, type Own, widthsOf } from "./own.ts";
import type { LayerFacts, OwnParams } from "./requests.ts";
import { samplesOf } from "./samples.ts";

/** Bytes that pruning takes for each weight: weights, scores, their gradients, masks and histograms. */
const PRUNING_BYTES = 16;

/** A mask on its way to a picture. */
export interface LayerMask extends LayerFacts {
  /** The device's, and the caller's to dispose of where it `isOwned`; undefined where all weights are kept. */
  readonly mask: BitMatrix | undefined;
  readonly isOwned: boolean;
}

/** All masks of what was dropped, pruned if there is anything to prune. */
export interface OwnMasks {
  readonly layers: readonly LayerFacts[];
  readonly kept: readonly number[];
  readonly asked: number | undefined;
  readonly transposed: boolean;
  readonly notices: readonly string[];
  /** The network that was pruned; undefined of masks from files. */
  readonly network: Network | undefined;
  layer(index: number): LayerMask;
}

export async function masksOf(lab: Lab, own: Own, params: OwnParams, call: Call): Promise<OwnMasks> {
  const { network, taken } = own;
  if (taken.masks === undefined) return await prunedMasks(lab, own, params, call);
  const { layers, transposed } = network!.found;
  const key = JSON.stringify([
    "own kept",
    fingerprintOf(params.files),
    params.roles,
    params.order,
    params.layout,
  ]);
  const kept = await lab.known(key, () => Promise.resolve(layers.map(countKept)));
  return {
    ...{ layers, kept, transposed, asked: undefined, notices: [], network: undefined },
    layer(index) {
      const { mask, ...facts } = layerAt(layers, index);
      return { ...facts, mask: mask && uploadMask(lab.device, mask), isOwned: true };
    },
  };
}

export function layerAt<T>(layers: readonly T[], index: number): T {
  const layer = layers[index];
  if (layer === undefined) {
    throw new InvalidArgumentError(`Expected a layer below ${layers.length} but found ${index}`);
  }
  return layer;
}

function countKept({ mask, rows, columns }: NetworkLayer): number {
  if (!mask) return rows * columns;
  let kept = 0;
  for (const range of rowPieces(rows, columns)) for (const bit of mask.read(range)) kept += bit;
  return kept;
}

/** A network to prune, and what was said when it was made. */
interface OwnNetwork extends Disposable {
  readonly pruned: PrunableNetwork<OwnedBatch | undefined>;
  readonly notices: readonly string[];
}

async function prunedMasks(lab: Lab, own: Own, params: OwnParams, call: Call): Promise<OwnMasks> {
  const { method, seed, activation, sparsity, dataset, hidden, width } = params;
  const key = JSON.stringify([
    ...["own network", fingerprintOf(params.files), params.roles, params.order, params.layout],
    ...[dataset, method, seed, activation, own.network ? 0 : [hidden, width]],
  ]);
  const { pruned, notices } = await lab.shared(key, () => makeNetwork(lab, own, params));
  const { kept, asked } = await pruned.prune(sparsity, call), { network } = pruned;
  const broken = await disconnectionOf(network, kept);
  const layers = network.weights.map(({ name, shape, rows, cols }) => ({ name, shape, rows, columns: cols }));
  return {
    ...{ layers, kept, network, transposed: own.network?.found.transposed ?? false },
    notices: broken === undefined ? notices : [...notices, broken],
    asked: asked.reduce((sum, count) => sum + count, 0),
    layer: (index) => ({ ...layerAt(layers, index), mask: network.weights[index].mask, isOwned: false }),
  };
}

/** The network of the files' weights, or one that is drawn, with the samples that its method reads. */
async function makeNetwork(lab: Lab, own: Own, params: OwnParams): Promise<OwnNetwork> {
  const { method, seed, hidden, width } = params, { device } = lab, notices: string[] = [];
  const activation = params.activation as Activation;
  const samples = own.network === undefined || methodNamed(method).reads === "samples"
    ? await samplesOf(lab, own.taken, own.facts, params)
    : undefined;
  notices.push(...samples?.notices ?? []);
  const widths = samples ? widthsOf(samples.batch.dimension, hidden, width, samples.classes) : [];
  const sizes = own.network?.found.layers ?? widths.slice(1).map((rows, l) => ({ rows, columns: widths[l] }));
  assertFits(lab, sizes.reduce((sum, { rows, columns }) => sum + rows * columns, 0), PRUNING_BYTES);
  const network = own.network
    ? networkOfLayers(device, own.network.found, {
      ...{ activation, source: own.network.source },
      onNotice: (line) => notices.push(line),
    })
    : initialise(device, widths, "he", { seed: seedFrom(seed), activation });
  try {
    if (samples) assertSamples(network, samples.batch);
    const batch = samples && uploadBatch(device, samples.batch.x, samples.batch.y);
    const pruned = new PrunableNetwork({ method, seed, network, batch });
    return { pruned, notices, [Symbol.dispose]: () => pruned[Symbol.dispose]() };
  } catch (error) {
    network[Symbol.dispose]();
    throw error;
  }
}

/** The layer's mask, all ones where there is none, disposed of with `held` unless it is the network's. */
export function heldMask(
  { device }: Lab,
  { mask, isOwned, rows, columns }: LayerMask,
  held: DisposableStack,
): BitMatrix {
  if (mask) return isOwned ? held.use(mask) : mask;
  const ones = packBits(new Uint8Array(rows * columns).fill(1), rows, columns);
  return held.use(device.uploadBits(ones, rows, columns));
}
