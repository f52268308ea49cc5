import { sameShape } from "../containers/shape.ts";
import { transposedShape } from "../containers/transposed_tensors.ts";
import { listed, printable } from "../messages/printable.ts";
import { parseTensorName } from "./tensor_name.ts";

/** A mask in a file of its own, and the weight that it goes with. */
export interface MaskPair {
  readonly mask: string;
  /** As it is in its file. */
  readonly stored: readonly number[];
  readonly weight: string;
  /** `[out, in, …]`, whichever way the weight is stored. */
  readonly shape: readonly number[];
}

/** Which way masks are stored. */
export interface MaskOrientation {
  /** For each mask, whether it is stored `[in, out]`. */
  readonly transposed: readonly boolean[];
  /** Lines, safe to print, about those that are stored otherwise than their weights. */
  readonly notices: readonly string[];
}

/**
 * Which way the masks of a file of their own are stored: as the weights, unless their names say otherwise. Then shapes decide and,
 * where these allow both, those of other masks so called; else the name.
 *
 * @param weights whether the weights are stored `[in, out]`
 * @param said whether a user said how layers are stored
 * @param source the file of the masks, as messages call it
 */
export function orientMasks(
  pairs: readonly MaskPair[],
  { weights, said, source }: {
    readonly weights: boolean;
    readonly said: boolean | undefined;
    readonly source: string;
  },
): MaskOrientation {
  const named = pairs.map((pair) => namedOrientation(pair, weights, said));
  const told = pairs.map(({ stored, shape }) => {
    const [straight, turned] = [stored, transposedShape(stored)].map((each) => sameShape(each, shape));
    return straight === turned ? undefined : turned;
  });
  const otherwise = named.flatMap((turned, at) => turned === weights ? [] : [told[at]]);
  const asWeights = otherwise.includes(weights) && !otherwise.includes(!weights);
  const transposed = named.map((turned, at) =>
    turned === weights ? weights : told[at] ?? (asWeights ? weights : turned)
  );
  const turned = transposed.flatMap((way, at) => way === weights ? [] : [pairs[at].mask]);
  const notices = turned.length === 0 ? [] : [noticeOf(turned, weights, source)];
  return { transposed, notices };
}

/** How a mask is stored by its name, where that and the weight's say different things; else as the weight. */
function namedOrientation(
  { mask, weight }: MaskPair,
  weights: boolean,
  said: boolean | undefined,
): boolean {
  const own = parseTensorName(mask), other = parseTensorName(weight);
  if (own.isKernel && !other.isKernel) return said ?? true;
  // A mask that is called as its layer, `fc_mask`, says nothing of it.
  return other.isKernel && !own.isKernel && own.part !== undefined ? false : weights;
}

function noticeOf(masks: readonly string[], weights: boolean, source: string): string {
  const [taken, called] = weights
    ? ["[out, in], unlike their weights", "call them kernel where they are [in, out], too"]
    : ["[in, out], as Keras and Flax store what is called kernel", "--no-transpose says otherwise"];
  return printable(`${source}: masks are taken as ${taken}: ${listed(masks, 4)}; ${called}`);
}
