import type { FormatError, InvalidArgumentError } from "@graphon-limit/runtime";
import { showShape } from "../containers/shape.ts";
import { closestName } from "../messages/closest_name.ts";
import { fileFault, formatFault } from "../messages/faults.ts";
import { naturalCompare } from "../messages/natural_order.ts";
import { listed, printable, quoted } from "../messages/printable.ts";
import { groupBy } from "./group_by.ts";
import { parseTensorName } from "./tensor_name.ts";
import { findTrail } from "./trail.ts";

/** A layer as a file has it: its shape is `[out, in, …]` or, where it is stored transposed, `[…, in, out]`. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a user says about the layers of a file. */
export interface LayoutOptions {
  /** The layers by name, from the inputs on; those it leaves out are left out. */
  readonly order?: readonly string[];
  /** Whether layers are stored `[in, out]`; told by names and shapes, unless given. */
  readonly transpose?: boolean;
}

/** How the layers of a file follow one another. */
export interface ChainOrder {
  /** The layers as indices of what was given, from the inputs on. */
  readonly order: readonly number[];
  /** Whether they are stored `[in, out]`. */
  readonly transposed: boolean;
  /** Lines, safe to print, about what was decided that could be otherwise. */
  readonly notices: readonly string[];
}

/** Names that a message lists in full: an order is of use only whole. */
const LISTED_LAYERS = 40;

/**
 * The order in which layers follow one another: the one asked for; else, where the natural order of names fits the shapes,
 * that, with a notice where others fit and the names are not simply numbered; else the one way that fits. A layer follows
 * another if it has as many inputs as that has outputs; a matrix may follow a convolution that it takes flattened.
 *
 * @param source the file, as messages call it
 * @throws InvalidArgumentError for an order that names what is not there
 * @throws FormatError where no order fits, several do and the names do not tell, or layers fit only transposed
 */
export function orderChain(
  layers: readonly NamedShape[],
  { order, transpose }: LayoutOptions,
  source: string,
): ChainOrder {
  const given = order === undefined ? naturalOrder(layers) : findOrder(layers, order, source);
  const names = given.map((index) => layers[index].name);
  const [straight, turned] = [false, true].map((transposed) =>
    firstGap(layers, given, transposed) === undefined
  );
  if (transpose === undefined && turned && !straight) {
    throw formatFault(
      source,
      `layers of [out, in], or --transpose for [in, out], the only way that they follow one another,`,
      listed(names, LISTED_LAYERS),
    );
  }
  const byName = straight === turned && areKernels(names);
  const { transposed, notices } = transpose === undefined && byName
    ? { transposed: true, notices: [kernelNotice(source)] }
    : { transposed: transpose ?? false, notices: [] };
  if (transposed ? turned : straight) {
    const isTold = order !== undefined || areNumbered(names) || findChain(layers, transposed).unique;
    return {
      order: given,
      transposed,
      notices: isTold ? notices : [...notices, orderNotice(names, source, "others fit, too")],
    };
  }
  const { chain, unique } = order === undefined ? findChain(layers, transposed) : NO_CHAIN;
  if (chain === undefined) throw gapFault(layers, given, transposed, source, order !== undefined);
  if (!unique) {
    const likely = (likelyOrder(layers, given, transposed) ?? chain).map((index) => layers[index].name);
    const shown = likely.slice(0, LISTED_LAYERS).join(",");
    throw formatFault(
      source,
      `--order with the ${layers.length} layers from the inputs on, for their shapes allow several and the natural ` +
        "order of their names is none of them,",
      `none; one that fits is --order ${shown}${likely.length > LISTED_LAYERS ? ",…" : ""}`,
    );
  }
  const inChain = chain.map((index) => layers[index].name);
  return {
    order: chain,
    transposed,
    notices: [...notices, orderNotice(inChain, source, "the only one that their shapes allow")],
  };
}

/**
 * The order of layers that are looked at one by one, whatever their shapes: the one asked for, or the natural order of
 * their names; and whether they are stored `[in, out]`.
 *
 * @param source the file, as messages call it
 * @throws InvalidArgumentError for an order that names what is not there
 */
export function orientLayers(
  layers: readonly NamedShape[],
  { order, transpose }: LayoutOptions,
  source: string,
): ChainOrder {
  const given = order === undefined ? naturalOrder(layers) : findOrder(layers, order, source);
  const decided = (transposed: boolean, ...notices: string[]) => ({ order: given, transposed, notices });
  if (transpose !== undefined) return decided(transpose);
  const [straight, turned] = [false, true].map((transposed) =>
    firstGap(layers, given, transposed) === undefined
  );
  if (straight && !turned) return decided(false);
  if (areKernels(given.map((index) => layers[index].name))) return decided(true, kernelNotice(source));
  if (!turned || straight) return decided(false);
  return decided(
    false,
    printable(
      `${source}: read as [out, in], though the layers follow one another only as [in, out]; --transpose reads them so`,
    ),
  );
}

/** The indices of layers in natural order of their names. */
function naturalOrder(layers: readonly { readonly name: string }[]): number[] {
  return layers.map((_, index) => index).sort((a, b) => naturalCompare(layers[a].name, layers[b].name));
}

/** Outputs and inputs of a layer; of a convolution, its channels. */
function endsOf({ shape }: NamedShape, transposed: boolean): { out: number; inputs: number } {
  return transposed
    ? { out: shape[shape.length - 1], inputs: shape[shape.length - 2] }
    : { out: shape[0], inputs: shape[1] };
}

function isConvolution({ shape }: NamedShape): boolean {
  return shape.length > 2;
}

function follows(before: NamedShape, after: NamedShape, transposed: boolean): boolean {
  const { out } = endsOf(before, transposed), { inputs } = endsOf(after, transposed);
  return out === inputs || (isConvolution(before) && !isConvolution(after) && inputs % out === 0);
}

/** The first place in an order whose layer cannot follow the one before; undefined where there is none. */
function firstGap(
  layers: readonly NamedShape[],
  order: readonly number[],
  transposed: boolean,
): number | undefined {
  const gap = order.findIndex((index, place) =>
    place > 0 && !follows(layers[order[place - 1]], layers[index], transposed)
  );
  return gap < 0 ? undefined : gap;
}

interface Chain {
  readonly chain: readonly number[] | undefined;
  readonly unique: boolean;
}

const NO_CHAIN: Chain = { chain: undefined, unique: false };

/** An order that fits, and whether it is the only one: convolutions first, for nothing makes channels of flat numbers. */
function findChain(layers: readonly NamedShape[], transposed: boolean): Chain {
  const chain: number[] = [];
  let unique = true;
  for (const convolutions of [true, false]) {
    const part = layers.flatMap((layer, index) => isConvolution(layer) === convolutions ? [index] : []);
    if (part.length === 0) continue;
    const before = chain.length === 0 ? undefined : endsOf(layers[chain[chain.length - 1]], transposed).out;
    const found = findTrail(
      part.map((index) => {
        const { out, inputs } = endsOf(layers[index], transposed);
        return { from: inputs, to: out };
      }),
      // Where the matrices could begin anywhere, they have to with one that takes what is flattened.
      before === undefined ? undefined : (inputs) => inputs % before === 0,
    );
    if (found.trail === undefined) return NO_CHAIN;
    chain.push(...found.trail.map((index) => part[index]));
    unique &&= found.unique;
  }
  return firstGap(layers, chain, transposed) === undefined ? { chain, unique } : NO_CHAIN;
}

/** The indices of the layers that a user lists. */
function findOrder(layers: readonly NamedShape[], order: readonly string[], source: string): number[] {
  const names = layers.map(({ name }) => name);
  const indices = order.map((wanted) =>
    findLayer(names, wanted) ?? raise(unknownLayer(wanted, names, source))
  );
  const twice = order.find((_, place) => indices.indexOf(indices[place]) !== place);
  if (twice !== undefined) throw fileFault(source, "each layer once in --order", `${quoted(twice)} twice`);
  if (indices.length === 0) throw fileFault(source, "at least one layer in --order", "none");
  return indices;
}

function raise(error: Error): never {
  throw error;
}

/** Which of some layers a name is of: their own, or that of a tensor of theirs; undefined where it is of none. */
export function findLayer(names: readonly string[], wanted: string): number | undefined {
  const { base, layer } = parseTensorName(wanted);
  for (
    const matches of [
      (name: string) => name === wanted || name === base,
      (name: string) => parseTensorName(name).layer === layer,
    ]
  ) {
    const index = names.findIndex(matches);
    if (index >= 0) return index;
  }
}

/** The error of an order that names what is not there. */
export function unknownLayer(wanted: string, names: readonly string[], source: string): InvalidArgumentError {
  const closest = closestName(wanted, names);
  const hint = closest === undefined ? "" : `; the closest name is ${quoted(closest)}`;
  return fileFault(source, "the layers that --order names", `no ${quoted(wanted)}${hint}`);
}

function areKernels(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => parseTensorName(name).isKernel);
}

/** Whether names differ in one number only, as those of layers that are counted do: nothing tells their order better. */
function areNumbered(names: readonly string[]): boolean {
  const parts = names.map((name) => name.split(/(\d+)/));
  const [first] = parts;
  if (first === undefined || parts.some(({ length }) => length !== first.length)) return false;
  const differing = first.flatMap((text, place) => parts.some((part) => part[place] !== text) ? [place] : []);
  // Numbers are at odd places, see `split`.
  return differing.length === 0 || (differing.length === 1 && differing[0] % 2 === 1);
}

/** Orders of groups that are tried: more than five groups have too many. */
const MOST_GROUPS = 5;

/**
 * An order that fits and is likely meant: layers whose names begin alike stay together, in natural order; undefined where
 * none does. Good for a suggestion, not for more.
 */
function likelyOrder(
  layers: readonly NamedShape[],
  natural: readonly number[],
  transposed: boolean,
): readonly number[] | undefined {
  const groups = [...groupBy(natural, (index) => /^[^./]*/.exec(layers[index].name)?.[0]).values()];
  if (groups.length > MOST_GROUPS) return undefined;
  return permutations(groups).map((order) => order.flat())
    .find((order) => firstGap(layers, order, transposed) === undefined);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

function kernelNotice(source: string): string {
  return printable(
    `${source}: layers called kernel are taken as [in, out], as Keras and Flax store them; --no-transpose says otherwise`,
  );
}

function orderNotice(names: readonly string[], source: string, why: string): string {
  return printable(
    `${source}: took the layers in the order ${listed(names, LISTED_LAYERS)}; ${why} (--order names another)`,
  );
}

function gapFault(
  layers: readonly NamedShape[],
  order: readonly number[],
  transposed: boolean,
  source: string,
  asked: boolean,
): FormatError {
  const place = firstGap(layers, order, transposed) ?? 0;
  const before = layers[order[place - 1]], { name, shape } = layers[order[place]];
  const others = asked ? "" : ", and no other order fits either";
  return formatFault(
    source,
    `${quoted(name)} to have ${endsOf(before, transposed).out} inputs, the outputs of ${
      quoted(before.name)
    } before it,`,
    `the shape ${showShape(shape)}${transposed ? " (transposed)" : ""}${others}`,
  );
}
