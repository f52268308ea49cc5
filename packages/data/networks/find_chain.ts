import { groupBy } from "./group_by.ts";
import { endsOf, firstGap, isConvolution, type NamedShape } from "./layer_ends.ts";
import { findTrail } from "./trail.ts";

/** An order in which layers fit. */
export interface Chain {
  /** As indices of the layers; undefined where there is none. */
  readonly chain: readonly number[] | undefined;
  /** Whether it is the only one. */
  readonly unique: boolean;
}

export const NO_CHAIN: Chain = { chain: undefined, unique: false };

/** An order that fits, and whether it is the only one: convolutions first, for nothing makes channels of flat numbers. */
export function findChain(layers: readonly NamedShape[], transposed: boolean): Chain {
  let chain: number[] = [];
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
    chain = chain.concat(found.trail.map((index) => part[index]));
    unique &&= found.unique;
  }
  return firstGap(layers, chain, transposed) === undefined ? { chain, unique } : NO_CHAIN;
}

/** Orders of groups that are tried: more than five groups have too many. */
const MOST_GROUPS = 5;

/**
 * An order that fits and is likely meant: layers whose names begin alike stay together, in natural order; undefined where
 * none does. Good for a suggestion, not for more.
 */
export function likelyOrder(
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
