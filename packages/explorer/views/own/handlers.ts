import { type NetworkLayer, serialiseSafetensors, type Tensor, UnknownOrderError } from "@graphon-limit/data";
import { DEFAULT_GRID, kernelHistograms, sortAndSmooth, type StepGraphon } from "@graphon-limit/graphon";
import {
  type Activation,
  assertSamples,
  axis,
  disconnectionOf,
  initialise,
  maskBytes,
  type Network,
  networkOfLayers,
  type OwnedBatch,
  rowPieces,
  uploadBatch,
  uploadMask,
} from "@graphon-limit/model";
import { methodNamed } from "@graphon-limit/pruners";
import {
  type BitMatrix,
  formatBytes,
  GraphonLimitError,
  InvalidArgumentError,
  OutOfDeviceMemoryError,
  packBits,
  seedFrom,
  unpackBits,
} from "@graphon-limit/runtime";
import type { Lab } from "../../worker/lab.ts";
import { PrunableNetwork } from "../../worker/pruned_network.ts";
import { type Call, handle } from "../../worker/serve.ts";
import { sortMask } from "../../worker/sorted_mask.ts";
import {
  asQuestion,
  fingerprintOf,
  give,
  lookAtFiles,
  type OpenNetwork,
  openNetwork,
  takeFiles,
  type Taken,
  Undecided,
} from "./files.ts";
import {
  type FileFacts,
  type LayerFacts,
  ownFile,
  type OwnLook,
  ownLook,
  type OwnParams,
  type OwnPicture,
  ownPicture,
} from "./requests.ts";
import { type Samples, samplesOf } from "./samples.ts";

/** Bytes that a picture of a mask takes for each weight: read, sorted, packed. */
const PICTURE_BYTES = 3;

/** Bytes that pruning takes for each weight: weights, scores, their gradients, masks and histograms. */
const PRUNING_BYTES = 16;

/** What was dropped, open. */
interface Own extends Disposable {
  readonly facts: readonly FileFacts[];
  readonly taken: Taken;
  /** The layers in the files; undefined where there are none. */
  readonly network: OpenNetwork | undefined;
}

async function factsOf(lab: Lab, { files, roles }: OwnParams): Promise<FileFacts[]> {
  give(files);
  const facts = await lab.known(`own files ${fingerprintOf(files)}`, () => lookAtFiles(files));
  return facts.map((each) => ({ ...each, role: roles[each.path] ?? each.role }));
}

function openOwn(facts: readonly FileFacts[], params: OwnParams): Own {
  const taken = takeFiles(facts), { masks, weights } = taken;
  const chain = masks === undefined && methodNamed(params.method).reads === "samples" ? true : "wanted";
  const network = (masks ?? weights) === undefined ? undefined : openNetwork(taken, params, chain);
  return { facts, taken, network, [Symbol.dispose]: () => network?.[Symbol.dispose]() };
}

function kindOf({ masks, weights, samples, images }: Taken): OwnLook["kind"] {
  if (masks !== undefined) return "masks";
  if (weights !== undefined) return "weights";
  return samples !== undefined || images ? "drawn" : undefined;
}

/** Says what the files are, what was guessed, and what has to be decided. */
async function look(lab: Lab, params: OwnParams): Promise<OwnLook> {
  const files = await factsOf(lab, params);
  const nothing = {
    files,
    kind: undefined,
    layers: [],
    notices: [],
    question: undefined,
    failure: undefined,
  };
  try {
    using own = openOwn(files, params);
    const kind = kindOf(own.taken);
    if (kind === undefined) return nothing;
    if (own.network === undefined) {
      const samples = await samplesOf(lab, own.taken, files, params);
      return { ...nothing, kind, layers: drawnLayers(params, samples), notices: samples.notices };
    }
    const { found, source } = own.network, gap = asQuestion(found.gap);
    const layers = found.layers.map(({ name, shape, rows, columns }) => ({ name, shape, rows, columns }));
    const numbered = kind === "masks" && found.gap instanceof UnknownOrderError
      ? [`${source}: layers are numbered in the natural order of their names, though shapes allow others`]
      : [];
    return {
      ...{ files, kind, layers, failure: undefined },
      notices: [...found.notices, ...numbered],
      // What need not follow one another may all the same be asked.
      question: kind === "weights" && gap instanceof Undecided
        ? { ...gap.question, needed: false }
        : undefined,
    };
  } catch (error) {
    if (error instanceof Undecided) return { ...nothing, question: { ...error.question, needed: true } };
    if (error instanceof GraphonLimitError) return { ...nothing, failure: error.message };
    throw error;
  }
}

function drawnLayers({ hidden, width }: OwnParams, { batch, classes }: Samples): LayerFacts[] {
  const widths = widthsOf(batch.dimension, hidden, width, classes);
  return widths.slice(1).map((rows, l) => ({
    name: `layers.${l}.weight`,
    ...{ rows, columns: widths[l], shape: [rows, widths[l]] },
  }));
}

function widthsOf(inputs: number, hidden: number, width: number, classes: number): number[] {
  return [inputs, ...new Array<number>(hidden).fill(width), classes];
}

/** A mask on its way to a picture. */
interface LayerMask extends LayerFacts {
  /** The device's, and the caller's to dispose of where it `isOwned`; undefined where all weights are kept. */
  readonly mask: BitMatrix | undefined;
  readonly isOwned: boolean;
}

/** All masks of what was dropped, pruned if there is anything to prune. */
interface OwnMasks {
  readonly layers: readonly LayerFacts[];
  readonly kept: readonly number[];
  readonly asked: number | undefined;
  readonly transposed: boolean;
  readonly notices: readonly string[];
  /** The network that was pruned; undefined of masks from files. */
  readonly network: Network | undefined;
  layer(index: number): LayerMask;
}

async function masksOf(lab: Lab, own: Own, params: OwnParams, call: Call): Promise<OwnMasks> {
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

function layerAt<T>(layers: readonly T[], index: number): T {
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

/** Throws where so many weights do not fit. @throws {OutOfDeviceMemoryError} */
function assertFits({ memoryBytes }: Lab, weights: number, bytesEach: number): void {
  const needed = weights * bytesEach;
  if (needed <= memoryBytes) return;
  throw new OutOfDeviceMemoryError(
    `Expected layers that fit but found ${weights} weights, which need ${formatBytes(needed)} of the ${
      formatBytes(memoryBytes)
    } there are; leave layers out by naming the others in their order`,
  );
}

/** Draws one layer. */
async function draw(
  lab: Lab,
  params: OwnParams & { readonly layer: number },
  call: Call,
): Promise<OwnPicture> {
  const begun = performance.now();
  using own = openOwn(await factsOf(lab, params), params);
  const masks = await masksOf(lab, own, params, call), facts = layerAt(masks.layers, params.layer);
  const { rows, columns } = facts,
    sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  assertFits(lab, rows * columns, PICTURE_BYTES);
  using held = new DisposableStack();
  const mask = heldMask(lab, masks.layer(params.layer), held);
  const bits = unpackBits(await lab.device.readBits(mask), rows, columns);
  const { graphon, deadInputs, deadOutputs } = await graphonOf(facts, mask, call);
  const dense = own.network?.found.layers[params.layer]?.mask === undefined && masks.network === undefined;
  return {
    ...sortMask(bits, rows, columns),
    ...{ rows, cols: columns, grid: DEFAULT_GRID, graphon: graphon.values.slice(), deadInputs, deadOutputs },
    ...{ kept: masks.kept[params.layer], keptInAll: sum(masks.kept), asked: masks.asked },
    total: sum(masks.layers.map((layer) => layer.rows * layer.columns)),
    notices: [...masks.notices, ...dense ? [`${facts.name} has no mask: all its weights are kept`] : []],
    milliseconds: performance.now() - begun,
  };
}

/** The layer's mask, all ones where there is none, disposed of with `held` unless it is the network's. */
function heldMask(
  { device }: Lab,
  { mask, isOwned, rows, columns }: LayerMask,
  held: DisposableStack,
): BitMatrix {
  if (mask) return isOwned ? held.use(mask) : mask;
  const ones = packBits(new Uint8Array(rows * columns).fill(1), rows, columns);
  return held.use(device.uploadBits(ones, rows, columns));
}

/** A layer's graphon as the command estimates it; of a convolution that of its channels, and those of its taps. */
async function graphonOf({ name, shape, rows, columns }: LayerFacts, mask: BitMatrix, { signal }: Call) {
  const taps = shape.slice(2).reduce((product, extent) => product * extent, 1);
  if (shape.length === 2) {
    return { ...await sortAndSmooth(mask, DEFAULT_GRID, {}, { signal }), taps: undefined };
  }
  const [histogram] = await kernelHistograms(
    [{
      ...{ mask, taps },
      output: axis(`outputs of ${name}`, rows),
      input: axis(`inputs of ${name}`, columns / taps),
    }],
    DEFAULT_GRID,
    { signal },
  );
  return { ...histogram, graphon: histogram.channels };
}

/** Writes all masks as `prune` does, or all graphons as `graphon --layers all` does. */
async function write(
  lab: Lab,
  params: OwnParams & { readonly of: "masks" | "graphons" },
  call: Call,
): Promise<Uint8Array<ArrayBuffer>> {
  using own = openOwn(await factsOf(lab, params), params);
  const masks = await masksOf(lab, own, params, call);
  if (params.of === "masks") return await writeMasks(masks);
  const tensors: Tensor[] = [];
  for (const [index, facts] of masks.layers.entries()) {
    using held = new DisposableStack();
    const { mask, ...layer } = masks.layer(index);
    // As the command, whose masks have no layer that keeps all.
    if (!mask && masks.network === undefined) continue;
    const found = await graphonOf(facts, heldMask(lab, { ...layer, mask }, held), call);
    tensors.push(...tensorsOf(`graphon.${index}`, found.graphon, found.taps));
    call.onProgress(index + 1, masks.layers.length);
  }
  return serialiseSafetensors(tensors);
}

async function writeMasks({ network, transposed }: OwnMasks): Promise<Uint8Array<ArrayBuffer>> {
  if (!network) throw new InvalidArgumentError("Expected weights that were pruned here but found masks");
  const tensors: Tensor[] = [];
  for (const weight of network.weights) {
    const data = new Uint8Array(weight.count);
    let at = 0;
    for await (const piece of maskBytes(weight, transposed)) {
      data.set(piece, at);
      at += piece.length;
    }
    const shape = transposed ? weight.shape.toReversed() : weight.shape;
    tensors.push({ name: weight.name, shape, data, dtype: "U8" });
  }
  return serialiseSafetensors(tensors);
}

/** A layer's tensors: its graphon; of a convolution those of its taps, and their mean beside them. */
function tensorsOf(name: string, graphon: StepGraphon, taps: readonly StepGraphon[] | undefined): Tensor[] {
  const one = { name, shape: [graphon.rows, graphon.cols], data: Float32Array.from(graphon.values) };
  if (!taps) return [one];
  const data = Float32Array.from(taps.flatMap(({ values }) => [...values]));
  return [{ name, shape: [taps.length, ...one.shape], data }, { ...one, name: `${name}.channels` }];
}

export const ownHandlers = [handle(ownLook, look), handle(ownPicture, draw), handle(ownFile, write)];
