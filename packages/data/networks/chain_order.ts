import { FormatError, type InvalidArgumentError } from "@graphon-limit/runtime";
import { showShape } from "../containers/shape.ts";
import { closestName } from "../messages/closest_name.ts";
import { faultLine, fileFault, formatFault } from "../messages/faults.ts";
import { naturalCompare } from "../messages/natural_order.ts";
import { listed, printable, quoted } from "../messages/printable.ts";
import { findChain, likelyOrder, NO_CHAIN } from "./find_chain.ts";
import { areTurnedByBiases, endsOf, firstGap, type NamedShape } from "./layer_ends.ts";
import { parseTensorName } from "./tensor_name.ts";

/** What a user says about the layers of a file. */
export interface LayoutOptions {
  /** The layers by name, from the inputs on; those it leaves out are left out. */
  readonly order?: readonly string[] | undefined;
  /** Whether layers are stored `[in, out]`; told by names and shapes, unless given. */
  readonly transpose?: boolean | undefined;
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

/** Layers follow one another in several orders, and nothing tells which is theirs: their owner is to say. */
export class UnknownOrderError extends FormatError {
  override name = "UnknownOrderError";

  /** @param order names of the layers in an order that fits, to begin with */
  constructor(line: string, readonly order: readonly string[]) {
    super(line);
  }
}

/** Layers fit as `[in, out]` alone, though nothing says that they are stored so: their owner is to say. */
export class TransposedLayersError extends FormatError {
  override name = "TransposedLayersError";
}

/** Names that a message lists in full: an order is of use only whole. */
const LISTED_LAYERS = 40;

/** The most letters of an order that a message shows. */
const LONGEST_ORDER = 2000;

/**
 * The order in which layers follow one another: the one asked for; else, where the natural order of names fits the shapes,
 * that, with a notice where others fit and the names are counted, but not simply; else the one way that fits. A layer follows
 * another if it has as many inputs as that has outputs; a matrix may follow a convolution that it takes flattened.
 *
 * @param source the file, as messages call it
 * @throws InvalidArgumentError for an order that names what is not there
 * @throws FormatError where no order fits, or layers fit only transposed; UnknownOrderError where several do and the names do not
 * tell
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
  const byBiases = areTurnedByBiases(given.map((index) => layers[index]));
  if (transpose === undefined && (byBiases || (turned && !straight))) {
    const why = byBiases
      ? "as their biases have it"
      : "the only way that they follow one another in this order";
    const wanted = `layers of [out, in], or --transpose for [in, out], ${why},`;
    throw new TransposedLayersError(faultLine(source, wanted, listed(names, LISTED_LAYERS)));
  }
  const byName = straight === turned && areKernels(names);
  const { transposed, notices } = transpose === undefined && byName
    ? { transposed: true, notices: [kernelNotice(source)] }
    : { transposed: transpose ?? false, notices: [] };
  if (transposed ? turned : straight) {
    const isTold = order !== undefined || areNumbered(names) || findChain(layers, transposed).unique;
    if (isTold) return { order: given, transposed, notices };
    if (!areCounted(layers)) {
      throw unknownOrder(
        source,
        layers,
        "their names do not tell",
        { advice: "the natural order of names", order: names },
      );
    }
    return { order: given, transposed, notices: [...notices, orderNotice(names, source, "others fit, too")] };
  }
  const { chain, unique } = order === undefined ? findChain(layers, transposed) : NO_CHAIN;
  if (chain === undefined) throw gapFault(layers, given, transposed, source, order !== undefined);
  if (!unique) {
    const likely = (likelyOrder(layers, given, transposed) ?? chain).map((index) => layers[index].name);
    const why = "the natural order of their names is none of them";
    throw unknownOrder(source, layers, why, { advice: "one that fits", order: likely });
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
  const chosen = given.map((index) => layers[index]), named = areKernels(chosen.map(({ name }) => name));
  const hint = (why: string) =>
    printable(`${source}: read as [out, in], ${why} [in, out]; --transpose reads them so`);
  if (areTurnedByBiases(chosen)) {
    return named
      ? decided(true, kernelNotice(source))
      : decided(false, hint("though the biases are those of"));
  }
  if (straight && !turned) return decided(false);
  if (named) return decided(true, kernelNotice(source));
  if (straight || !turned) return decided(false);
  // Layers that follow one another as [in, out] do so backwards as [out, in]: it is their order that may tell.
  const { chain } = findChain(chosen, false);
  const other = chain && listed(chain.map((index) => chosen[index].name), LISTED_LAYERS);
  return decided(
    false,
    hint(
      other === undefined
        ? "though the layers follow one another only as"
        : `where the layers follow one another as ${other}; in the order of their names they do as`,
    ),
  );
}

/** The indices of layers in natural order of their names. */
function naturalOrder(layers: readonly { readonly name: string }[]): number[] {
  return layers.map((_, index) => index).sort((a, b) => naturalCompare(layers[a].name, layers[b].name));
}

/** The indices of the layers that a user lists. */
function findOrder(layers: readonly NamedShape[], order: readonly string[], source: string): number[] {
  const names = layers.map(({ name }) => name), find = layerFinder(names), taken = new Set<number>();
  const indices = order.map((wanted) => find(wanted) ?? raise(unknownLayer(wanted, names, source)));
  const twice = order.find((_, place) => taken.has(indices[place]) || !taken.add(indices[place]));
  if (twice !== undefined) throw fileFault(source, "each layer once in --order", `${quoted(twice)} twice`);
  if (indices.length === 0) throw fileFault(source, "at least one layer in --order", "none");
  return indices;
}

function raise(error: Error): never {
  throw error;
}

/** Tells which of some layers a name is of: their own, or that of a tensor of theirs; undefined where it is of none. */
export function layerFinder(names: readonly string[]): (wanted: string) => number | undefined {
  const byName = new Map<string, number>(), byLayer = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const { layer } = parseTensorName(name);
    if (!byName.has(name)) byName.set(name, index);
    if (!byLayer.has(layer)) byLayer.set(layer, index);
  }
  return (wanted) => {
    const { base, layer } = parseTensorName(wanted);
    return byName.get(wanted) ?? byName.get(base) ?? byLayer.get(layer);
  };
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

/** Whether the names of layers of one shape differ in numbers only: then these tell which comes first. */
function areCounted(layers: readonly NamedShape[]): boolean {
  const patterns = new Map<string, string>();
  return layers.every(({ name, shape }) => {
    const key = shape.join(), pattern = name.replaceAll(/\d+/g, "#");
    if (!patterns.has(key)) patterns.set(key, pattern);
    return patterns.get(key) === pattern;
  });
}

function unknownOrder(
  source: string,
  layers: readonly NamedShape[],
  why: string,
  { advice, order }: { readonly advice: string; readonly order: readonly string[] },
): UnknownOrderError {
  const wanted =
    `--order with the ${layers.length} layers from the inputs on, for their shapes allow several and ${why},`;
  const line = faultLine(source, wanted, `none; ${advice} is --order ${shownOrder(order)}`);
  return new UnknownOrderError(line, order);
}

/** An order as a flag takes it; of very many layers, or of names longer than a line, the first. */
function shownOrder(names: readonly string[]): string {
  let letters = 0;
  const end = names.findIndex((name, at) => {
    letters += printable(name).length + 1;
    return at >= LISTED_LAYERS || letters > LONGEST_ORDER;
  });
  return end < 0 ? names.join(",") : [...names.slice(0, end), "…"].join(",");
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
