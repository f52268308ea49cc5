import { FormatError } from "@graphon-limit/runtime";
import { elementCount, sameShape, showShape } from "../containers/shape.ts";
import type { TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { transposedTensors } from "../containers/transposed_tensors.ts";
import { argumentFault, formatFault } from "../messages/faults.ts";
import { listed, printable, quoted } from "../messages/printable.ts";
import { layerFinder, type LayoutOptions, orderChain, orientLayers, unknownLayer } from "./chain_order.ts";
import { convolutionFault } from "./layer_ends.ts";
import {
  biasMaskVector,
  biasVector,
  type LayerVector,
  type MaskMatrix,
  maskMatrix,
  nonzeroMask,
  type WeightMatrix,
  weightMatrix,
} from "./layer_matrix.ts";
import { orientMasks } from "./mask_orientation.ts";
import { pairNames, strayFault } from "./pairing.ts";
import { assignRoles, type LayerTensors, type Stranger, strangersNotices, type Wanted } from "./roles.ts";
import { skippedLayerFault } from "./skipped_layers.ts";

/** The files that a network is made of: one of them, or both. */
export interface NetworkFiles {
  readonly weights?: TensorReader;
  /** Masks, in a file of their own or beside the weights; `nonzero` keeps the weights that are not exactly 0. */
  readonly masks?: TensorReader | "nonzero";
}

/** How {@linkcode readNetwork} is to read. */
export interface NetworkOptions extends LayoutOptions {
  /**
   * Whether signals are to run through the layers one after another: then their order is decided, or asked for. Otherwise
   * each is looked at alone, in natural order of their names, and any shapes will do. `wanted` where they may follow one
   * another and need not: the order is then decided where it can be.
   */
  readonly chain?: boolean | "wanted" | undefined;
  /** Tensors that are read by their names elsewhere, such as those of normalisations: no notice says that they are left alone. */
  readonly elsewhere?: readonly string[] | undefined;
}

/** One layer of a network in files. */
export interface NetworkLayer {
  /** The weight's name, without what marks an original or a mask: `fc1.weight`. */
  readonly name: string;
  /** `[out, in]`, or `[out, in, …taps]` of a convolution. */
  readonly shape: readonly number[];
  readonly rows: number;
  /** Inputs; of a convolution, channels times taps. */
  readonly columns: number;
  /** Absent where there are masks alone. */
  readonly weight?: WeightMatrix;
  /** Absent where every weight is kept. */
  readonly mask?: MaskMatrix;
  readonly bias?: LayerVector<Float32Array<ArrayBuffer>>;
  readonly biasMask?: LayerVector<Uint8Array<ArrayBuffer>>;
}

/** The layers of a network in files, and how they were told from what else is there. */
export interface NetworkInFiles {
  readonly layers: readonly NetworkLayer[];
  /** Whether they are stored `[in, out]`. */
  readonly transposed: boolean;
  /** Lines, safe to print, about what was left alone and what was decided that could be otherwise. */
  readonly notices: readonly string[];
  /**
   * Where layers were only `wanted` to follow one another: why it is not known how signals run through them. They do not follow one
   * another, or nobody knows how, or are not all matrices.
   */
  readonly gap?: FormatError;
}

/**
 * Finds the layers of a network in files as people have them: which tensor is a weight, a mask, a bias or none of them by
 * their roles, which mask goes with which weight by their names, which layer follows which by their names and shapes.
 * Elements are read, and checked, when a layer's matrix is read; the files must stay open till then.
 *
 * @throws FormatError where a file holds no layer, or what is ambiguous is to be asked for
 * @throws InvalidArgumentError for an order that names what is not there
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseTensors, readNetwork, serialiseNpz } from "@graphon-limit/data";
 *
 * const array = (shape: number[], ...values: number[]) => ({ data: Float32Array.from(values), shape });
 * using weights = parseTensors(
 *   serialiseNpz([["module.out.weight", array([1, 2], 5, 6)], ["module.in.weight", array([2, 2], 1, 2, 3, 4)]]),
 *   "weights.npz",
 * );
 * using masks = parseTensors(serialiseNpz([["in.weight_mask", array([2, 2], 1, 0, 1, 1)]]), "masks.npz");
 * const { layers, notices } = readNetwork({ weights, masks }, { chain: true });
 * assert.deepEqual(layers.map(({ name, mask }) => [name, mask && [...mask.read()]]), [
 *   ["module.in.weight", [1, 0, 1, 1]],
 *   ["module.out.weight", undefined],
 * ]);
 * assert.match(notices[0], /^masks.npz: no mask for "module.out.weight"/);
 * ```
 */
export function readNetwork(files: NetworkFiles, options: NetworkOptions = {}): NetworkInFiles {
  const { chain = false } = options;
  if (chain !== "wanted") return readLayers(files, { ...options, chain });
  try {
    const found = readLayers(files, { ...options, chain: true });
    const gap = convolutionFault(found.layers, mainOf(files).source);
    return gap ? { ...found, gap } : found;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // What is wrong with the file itself is wrong again; what is left is that its layers do not follow one another.
    return { ...readLayers(files, { ...options, chain: false }), gap: error };
  }
}

function readLayers(
  files: NetworkFiles,
  options: NetworkOptions & { readonly chain: boolean },
): NetworkInFiles {
  const { weights } = files, { order, chain, elsewhere = [] } = options, main = mainOf(files);
  const roles = assignRoles(main, weights === undefined ? "masks" : "weights", order);
  const names = roles.layers.map(({ name }) => name), known = [...names, ...roles.leftOut];
  const find = layerFinder(names), unknown = order?.find((wanted) => find(wanted) === undefined);
  if (unknown !== undefined) throw unknownLayer(unknown, known, main.source);
  if (roles.layers.length === 0) {
    throw noLayers(main, weights === undefined ? "masks" : "weights", roles.strangers);
  }
  const shapes = roles.layers.map(({ name, weight, mask, bias }) => ({
    name,
    shape: (weight ?? mask as TensorInfo).shape,
    ...(bias && { outputs: bias.shape[0] }),
  }));
  const skipped = chain && order === undefined ? skippedLayerFault(main, shapes) : undefined;
  if (skipped !== undefined) throw skipped;
  const layout = chain
    ? orderChain(shapes, options, main.source)
    : orientLayers(shapes, options, main.source);
  const view = layout.transposed ? transposedTensors(main) : main;
  const strangers = [...roles.strangers];
  const all = roles.layers.map((layer) => readLayer(view, layer, strangers));
  const found = masksOf(files, {
    ...{ main, layers: all, known, transposed: layout.transposed, said: options.transpose },
  });
  return {
    layers: layout.order.map((index) => found.layers[index]),
    transposed: layout.transposed,
    notices: [
      ...new Set([
        ...main.notices,
        ...strangersNotices(strangers.filter(({ name }) => !elsewhere.includes(name)), main.source),
        ...roles.notices,
        ...layout.notices,
        ...found.notices,
        ...denseNotices(layout.order.map((index) => found.layers[index]), files),
      ]),
    ],
  };
}

/** The file whose tensors are the layers. */
function mainOf({ weights, masks }: NetworkFiles): TensorReader {
  const main = weights ?? (masks === "nonzero" ? undefined : masks);
  if (main === undefined) throw argumentFault("a file of weights or of masks", "neither");
  return main;
}

function noLayers(file: TensorReader, wanted: Wanted, strangers: readonly Stranger[]): FormatError {
  const [notice] = strangersNotices(strangers, "");
  const found = notice === undefined ? "no tensor" : `none; ${notice.slice(2)}`;
  return formatFault(file.source, `at least one matrix of ${wanted}`, found);
}

/** A layer of one file, as it is seen there. A bias that is not of its outputs turns out a stranger. */
function readLayer(
  view: TensorReader,
  { name, ...tensors }: LayerTensors,
  strangers: Stranger[],
): NetworkLayer {
  const { weight, mask, bias, biasMask } = tensors;
  const { shape } = view.info((weight ?? mask as TensorInfo).name);
  const columns = elementCount(shape.slice(1)) ?? 0;
  const ofOutputs = [bias, biasMask].map((vector) => {
    if (vector === undefined || vector.shape[0] === shape[0]) return vector;
    strangers.push({ name: vector.name, what: `biases of ${vector.shape[0]} outputs` });
    return undefined;
  });
  return {
    name,
    shape,
    rows: shape[0],
    columns,
    ...(weight && { weight: weightMatrix(view, view.info(weight.name)) }),
    ...(mask && { mask: maskMatrix(view, view.info(mask.name), shape) }),
    ...(ofOutputs[0] && { bias: biasVector(view, ofOutputs[0]) }),
    ...(ofOutputs[1] && { biasMask: biasMaskVector(view, ofOutputs[1]) }),
  };
}

interface WithMasks {
  readonly layers: readonly NetworkLayer[];
  readonly notices: readonly string[];
}

/** The layers of the main file. */
interface MainLayers {
  readonly main: TensorReader;
  readonly layers: readonly NetworkLayer[];
  /** The names of the layers, then of those that were left out. */
  readonly known: readonly string[];
  readonly transposed: boolean;
  /** Whether a user said so. */
  readonly said: boolean | undefined;
}

/** Puts the masks asked for on the layers of the main file. */
function masksOf({ masks }: NetworkFiles, of: MainLayers): WithMasks {
  const { main, layers } = of;
  if (masks === main) return { layers, notices: [] };
  const bare = layers.map(({ mask: _mask, biasMask: _biasMask, ...layer }): NetworkLayer => layer);
  if (masks === undefined) {
    const count = layers.filter(({ mask }) => mask !== undefined).length;
    const notice =
      `${main.source}: holds masks of ${count} layers, too; --masks with the same file puts them on`;
    return { layers: bare, notices: count === 0 ? [] : [printable(notice)] };
  }
  if (masks === "nonzero") {
    return {
      layers: bare.map((layer) => ({ ...layer, mask: nonzeroMask(layer.weight as WeightMatrix) })),
      notices: [],
    };
  }
  return putMasks(masks, { ...of, layers: bare });
}

/** Puts the masks of a file of their own on layers, by their names. */
function putMasks(file: TensorReader, { main, layers, known, transposed, said }: MainLayers): WithMasks {
  const roles = assignRoles(file, "masks"), strangers = [...roles.strangers];
  const masked = roles.layers.filter(({ mask }) => mask !== undefined);
  if (masked.length === 0) throw noLayers(file, "masks", strangers);
  const { masks, strays } = pairNames(known, masked.map(({ name }) => name));
  if (strays.length > 0) {
    throw strayFault(strays.map((index) => masked[index].mask?.name ?? ""), known, file.source, main.source);
  }
  const pairs = layers.flatMap((layer, index) => {
    const { mask } = masked[masks[index] ?? -1] ?? {};
    return mask ? [{ mask: mask.name, stored: mask.shape, weight: layer.name, shape: layer.shape }] : [];
  });
  const orientation = orientMasks(pairs, { weights: transposed, said, source: file.source });
  const ways = new Map(pairs.map(({ mask }, at) => [mask, orientation.transposed[at]]));
  const [straight, turned] = [file, transposedTensors(file)];
  const found = masked.map((layer) => {
    const way = ways.get(layer.mask?.name ?? "") ?? transposed;
    return readLayer(way ? turned : straight, layer, strangers);
  });
  const both = layers.map((layer, index): NetworkLayer => {
    const place = masks[index];
    if (place === undefined) return layer;
    const { mask, biasMask, shape } = found[place];
    if (!sameShape(shape, layer.shape)) {
      const turned = sameShape([...shape].reverse(), layer.shape) ? ", which is it transposed" : "";
      throw formatFault(
        file.source,
        `${quoted(mask?.name ?? "")} to be ${showShape(layer.shape)}, as ${
          quoted(layer.name)
        } of ${main.source} is,`,
        `${showShape(shape)}${turned}`,
      );
    }
    return { ...layer, ...(mask && { mask }), ...(layer.bias && biasMask && { biasMask }) };
  });
  return {
    layers: both,
    notices: [
      ...file.notices,
      ...strangersNotices(strangers, file.source),
      ...roles.notices,
      ...orientation.notices,
    ],
  };
}

/** A line that names the layers without a mask, where there are masks at all. */
function denseNotices(layers: readonly NetworkLayer[], { masks }: NetworkFiles): readonly string[] {
  const dense = layers.filter(({ mask }) => mask === undefined).map(({ name }) => name);
  if (masks === undefined || masks === "nonzero" || dense.length === 0) return [];
  return [printable(`${masks.source}: no mask for ${listed(dense)}; all weights there are kept`)];
}
