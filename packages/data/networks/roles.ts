import { FormatError } from "@graphon-limit/runtime";
import { isFloating, type NumberArray } from "../containers/dtype.ts";
import { elementCount, sameShape, showShape } from "../containers/shape.ts";
import type { TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { faultLine, formatFault } from "../messages/faults.ts";
import { listed, printable, quoted } from "../messages/printable.ts";
import { groupBy } from "./group_by.ts";
import { parseTensorName, strangeName, type TensorName } from "./tensor_name.ts";

/** The tensors of one layer in a file. */
export interface LayerTensors {
  /** The weight's name, without what marks an original or a mask: `fc1.weight`. */
  readonly name: string;
  /** `[out, in]`, or `[out, in, …]` of a convolution; the other way round in a file that is transposed. */
  readonly weight?: TensorInfo;
  /** Of the weight's shape, or its elements in one row. */
  readonly mask?: TensorInfo;
  /** `[out]` */
  readonly bias?: TensorInfo;
  /** `[out]` */
  readonly biasMask?: TensorInfo;
}

/** A tensor that is no layer's. */
export interface Stranger {
  readonly name: string;
  /** What it seems to be: `batch-norm statistics`. */
  readonly what: string;
}

/** What the tensors of a file are for. */
export interface FileRoles {
  readonly layers: readonly LayerTensors[];
  /** Names of layers that were not asked for. */
  readonly leftOut: readonly string[];
  readonly strangers: readonly Stranger[];
  /** Lines, safe to print, about what may be meant otherwise. */
  readonly notices: readonly string[];
}

/** What is wanted of a file: weights, with masks beside them or not, or masks. */
export type Wanted = "weights" | "masks";

/** Zeros and ones that may be a mask, or a layer, or neither: their owner is to say. */
export class UnknownTensorError extends FormatError {
  override name = "UnknownTensorError";

  /**
   * @param tensor its name
   * @param others the names of the layers beside it
   */
  constructor(line: string, readonly tensor: string, readonly others: readonly string[]) {
    super(line);
  }
}

interface Named {
  readonly tensor: TensorInfo;
  readonly parts: TensorName;
}

/**
 * Decides what each tensor of a file is, by its name, shape and element type and, where these do not tell a mask from a
 * weight, by its elements. What no layer needs is a stranger and stands in nobody's way.
 *
 * @param wanted of weights, matrices of floats are layers and those called masks go with them; of masks, matrices called
 * masks are, or all of them where none is
 * @param only names of layers; what is not among them is left out. All, unless given
 * @throws FormatError for two tensors of one role, and for a matrix of zeros and ones among weights that no name explains:
 * its owner is asked
 */
export function assignRoles(file: TensorReader, wanted: Wanted, only?: readonly string[]): FileRoles {
  const strangers: Stranger[] = file.unread.map(({ name, what }) => ({ name, what: what.split(" [")[0] }));
  const notices: string[] = [], matrices: Named[] = [], vectors: Named[] = [];
  const named = file.tensors.map((tensor) => ({ tensor, parts: parseTensorName(tensor.name) }));
  // Where no mask is called one, all matrices of a file of masks are meant.
  const asMasks = wanted === "masks" && !named.some(({ parts }) => parts.isMask);
  for (const each of named) {
    const what = strangeShape(each.tensor) ?? strangeTensor(file, each, asMasks);
    if (what !== undefined) strangers.push({ name: each.tensor.name, what });
    else (each.tensor.shape.length > 1 ? matrices : vectors).push(each);
  }
  const isChosen = only === undefined ? () => true : isAmong(only);
  const chosen = matrices.filter(isChosen), leftOut = matrices.filter((each) => !isChosen(each));
  const masks = asMasks ? chosen : chosen.filter(({ parts }) => parts.isMask);
  const rest = asMasks ? [] : chosen.filter(({ parts }) => !parts.isMask);
  const weights = only === undefined
    ? weightsAmong(file, rest, wanted === "masks" && !asMasks, { strangers, notices })
    : rest;
  const roles = new RoleTable(file.source, strangers);
  for (const each of weights) roles.addWeight(each);
  for (const each of masks) roles.addMask(each, wanted);
  for (const each of vectors) if (isChosen(each)) roles.addVector(each, asMasks);
  return { layers: roles.layers(), leftOut: leftOut.map(({ parts }) => parts.base), strangers, notices };
}

/** Whether a tensor is of one of some layers, called by their own names or those of their weights. */
function isAmong(names: readonly string[]): (named: Named) => boolean {
  const layers = new Set(names.map((name) => parseTensorName(name).layer));
  return ({ parts }) => layers.has(parts.layer);
}

/** One line that names the tensors of a file that were left alone, where there are any. */
export function strangersNotices(strangers: readonly Stranger[], source: string): readonly string[] {
  if (strangers.length === 0) return [];
  const kinds = groupBy(strangers, ({ what }) => what);
  const parts = [...kinds].map(([what, all]) => `${listed(all.map(({ name }) => name), 4)} (${what})`);
  return [printable(`${source}: left alone what no layer needs: ${parts.join(", ")}`)];
}

function strangeShape({ shape }: TensorInfo): string | undefined {
  if (shape.length === 0) return "single numbers";
  return shape.includes(0) ? "empty tensors" : undefined;
}

/**
 * What a tensor is that its name or type keeps from being a layer's. A mask is one whatever it is a mask of: where all
 * matrices are meant, one that is called as something else has to be of zeros and ones.
 */
function strangeTensor(file: TensorReader, { tensor, parts }: Named, asMasks: boolean): string | undefined {
  const { name, dtype, shape } = tensor, isMatrix = shape.length > 1;
  if (parts.isMask && !(isMatrix && parts.part === "bias")) return undefined;
  const strange = isMatrix && parts.part === "bias" ? `biases of ${shape.length} axes` : strangeName(name);
  if (strange !== undefined) return asMasks && isMatrix && isBinary(file, tensor) ? undefined : strange;
  return isMatrix || isFloating(dtype) || asMasks ? undefined : "whole numbers";
}

/**
 * The matrices without a mask's name that are weights. Whole numbers are none; zeros and ones among other weights, not called
 * weights either, may be a mask or a layer of binary weights, and taking them for either would be a guess.
 *
 * @param amongMasks whether there are masks that are called so, beside which zeros and ones are as doubtful
 */
function weightsAmong(
  file: TensorReader,
  matrices: readonly Named[],
  amongMasks: boolean,
  { strangers, notices }: { strangers: Stranger[]; notices: string[] },
): readonly Named[] {
  const binary = new Set(matrices.filter(({ tensor }) => isBinary(file, tensor)));
  const floats = matrices.filter(({ tensor }) => isFloating(tensor.dtype));
  const others = floats.filter((each) => !binary.has(each));
  const doubtful = [...binary].find(({ parts }) => amongMasks || parts.part !== "weight");
  if (doubtful && (others.length > 0 || amongMasks)) throw doubt(file.source, doubtful, others);
  for (const { tensor } of matrices) {
    if (!isFloating(tensor.dtype)) strangers.push({ name: tensor.name, what: "whole numbers" });
  }
  if (floats.length > 0 && others.length === 0) {
    notices.push(printable(`${file.source}: all weights are 0 or 1, as those of masks are`));
  } else if (binary.size > 0) {
    const names = listed([...binary].map(({ tensor }) => tensor.name));
    notices.push(
      printable(`${file.source}: taken as weights, as the name says, though 0 and 1 alone: ${names}`),
    );
  }
  return floats;
}

/** The error that asks what a matrix of zeros and ones is. */
function doubt(
  source: string,
  { tensor: { name, shape } }: Named,
  weights: readonly Named[],
): UnknownTensorError {
  const alike = weights.find(({ tensor }) => sameShape(tensor.shape, shape));
  const asMask = alike === undefined
    ? "call it as its weight with _mask behind if it is a mask"
    : `call it ${quoted(`${alike.parts.base}_mask`)} if it is the mask of ${quoted(alike.tensor.name)}`;
  const line = faultLine(
    source,
    `to be told what ${quoted(name)} is`,
    `zeros and ones ${
      showShape(shape)
    }; ${asMask}, name it in --order if it is a layer, and the others alone if it is none`,
  );
  return new UnknownTensorError(line, name, weights.map(({ tensor }) => tensor.name));
}

/** Whether a tensor is made of zeros and ones; of zeros alone it may as well be a layer that was pruned away. */
function isBinary(file: TensorReader, { name }: TensorInfo): boolean {
  let binary = true, ones = false;
  const look = (elements: NumberArray) => {
    for (let i = 0; i < elements.length && binary; i++) {
      binary = elements[i] === 0 || elements[i] === 1;
      ones ||= elements[i] === 1;
    }
    return !binary;
  };
  const entries = file.stored(name).entries?.();
  if (entries === undefined) file.decodePieces(name, undefined, look);
  else look(entries);
  return binary && ones;
}

/** The tensors of each layer, found by the layer's name. */
class RoleTable {
  readonly #source: string;
  readonly #strangers: Stranger[];
  /** In the order they were added, by base name. */
  readonly #layers = new Map<string, { -readonly [K in keyof LayerTensors]: LayerTensors[K] }>();
  /** Base names by that of the layer; undefined where two have it. */
  readonly #bases = new Map<string, string | undefined>();

  constructor(source: string, strangers: Stranger[]) {
    this.#source = source;
    this.#strangers = strangers;
  }

  layers(): readonly LayerTensors[] {
    return [...this.#layers.values()];
  }

  addWeight({ tensor, parts }: Named): void {
    const there = this.#layers.get(parts.base)?.weight;
    if (there !== undefined) throw this.#twice("weight", parts.base, there, tensor);
    this.#layers.set(parts.base, { name: parts.base, weight: tensor });
    this.#bases.set(parts.layer, this.#bases.has(parts.layer) ? undefined : parts.base);
  }

  /** Adds a mask to its weight. One without is a layer of its own among masks, and a stranger among weights. */
  addMask({ tensor, parts }: Named, wanted: Wanted): void {
    const layer = this.#find(parts);
    if (layer === undefined) {
      if (wanted === "weights") this.#strangers.push({ name: tensor.name, what: "masks of nothing here" });
      else {
        this.#layers.set(parts.base, { name: parts.base, mask: tensor });
        this.#bases.set(parts.layer, this.#bases.has(parts.layer) ? undefined : parts.base);
      }
      return;
    }
    const { weight, mask } = layer;
    if (mask !== undefined) throw this.#twice("mask", layer.name, mask, tensor);
    if (weight !== undefined && !sameShape(weight.shape, tensor.shape) && !isFlat(tensor, weight)) {
      throw formatFault(
        this.#source,
        `${quoted(tensor.name)} to be ${showShape(weight.shape)}, as ${quoted(weight.name)} is,`,
        showShape(tensor.shape),
      );
    }
    layer.mask = tensor;
  }

  /** Adds a bias, or its mask, or a mask in one row, to the layer of its name. */
  addVector(named: Named, asMasks: boolean): void {
    const { tensor, parts } = named, layer = this.#find(parts);
    const matrix = layer?.weight ?? layer?.mask;
    if (layer !== undefined && matrix !== undefined && parts.part === "bias") {
      const role = parts.isMask || asMasks ? "biasMask" : "bias";
      const { shape } = matrix;
      // Of a matrix [in, out] the outputs are the last axis; which it is is not decided yet.
      if (
        (tensor.shape[0] === shape[0] || tensor.shape[0] === shape[shape.length - 1]) &&
        layer[role] === undefined
      ) {
        layer[role] = tensor;
        return;
      }
    }
    if (
      layer?.weight !== undefined && layer.mask === undefined && parts.isMask && isFlat(tensor, layer.weight)
    ) {
      layer.mask = tensor;
      return;
    }
    const what = parts.isMask
      ? "masks of nothing here"
      : "vectors that are no layer's bias, as normalisations have";
    this.#strangers.push({ name: tensor.name, what });
  }

  #find({ base, layer, part }: TensorName) {
    if (part !== "bias" && this.#layers.has(base)) return this.#layers.get(base);
    const found = this.#bases.get(layer);
    return found === undefined ? undefined : this.#layers.get(found);
  }

  #twice(role: string, name: string, first: TensorInfo, second: TensorInfo): Error {
    return formatFault(
      this.#source,
      `one ${role} of ${quoted(name)}`,
      `${quoted(first.name)} and ${quoted(second.name)}`,
    );
  }
}

/** Whether a vector has as many elements as a matrix. */
function isFlat({ shape }: TensorInfo, matrix: TensorInfo): boolean {
  return shape.length === 1 && shape[0] === elementCount(matrix.shape);
}
