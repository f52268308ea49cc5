import type { FormatError } from "@graphon-limit/runtime";
import { closestName } from "../messages/closest_name.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { parseTensorName } from "./tensor_name.ts";

/** Which mask goes with which weight. */
export interface Pairing {
  /** For each weight the index of its mask; undefined where it has none. */
  readonly masks: readonly (number | undefined)[];
  /** The indices of masks that no weight has the name of. */
  readonly strays: readonly number[];
}

/** Beginnings are cut off at most so many parts deep. */
const MOST_PARTS = 16;

/**
 * Finds the weight of each mask by name: the same but for what marks a mask or an original and for `.weight`, and for a
 * beginning that all names on either side share, such as `module.` or `model.`. Beginnings are left off only as far as it
 * takes; where no way pairs all masks, the one that pairs most is taken.
 *
 * @param weights names of layers as `assignRoles` gives them, each once
 * @param masks the same
 */
export function pairNames(weights: readonly string[], masks: readonly string[]): Pairing {
  const weightKeys = keysOf(weights), maskKeys = keysOf(masks);
  const ways = beginningsOf(weightKeys).flatMap((cutFromWeights, a) =>
    beginningsOf(maskKeys).map((cutFromMasks, b) => ({ cutFromWeights, cutFromMasks, parts: a + b }))
  ).sort((a, b) => a.parts - b.parts);
  let best: Pairing | undefined;
  for (const { cutFromWeights, cutFromMasks } of ways) {
    const found = pairKeys(
      weightKeys.map((key) => key.slice(cutFromWeights.length)),
      maskKeys.map((key) => key.slice(cutFromMasks.length)),
    );
    if (best === undefined || found.strays.length < best.strays.length) best = found;
    if (best.strays.length === 0) break;
  }
  return best as Pairing;
}

/**
 * The error of masks that no weight has the name of.
 *
 * @param source the file of the masks, as messages call it
 * @param weightsSource the file of the weights
 */
export function strayFault(
  strays: readonly string[],
  weights: readonly string[],
  source: string,
  weightsSource: string,
): FormatError {
  const shown = strays.slice(0, 4).map((name) => {
    const closest = closestName(parseTensorName(name).base, weights);
    return closest === undefined ? quoted(name) : `${quoted(name)} (the closest there is ${quoted(closest)})`;
  });
  const more = strays.length > shown.length ? ` and ${strays.length - shown.length} more` : "";
  return formatFault(
    source,
    `masks that are called as weights of ${weightsSource} are`,
    `${shown.join(", ")}${more}`,
  );
}

function pairKeys(weights: readonly string[], masks: readonly string[]): Pairing {
  const places = new Map(weights.map((key, index) => [key, index]));
  const paired: (number | undefined)[] = weights.map(() => undefined), strays: number[] = [];
  masks.forEach((key, mask) => {
    const weight = places.get(key);
    if (weight === undefined) strays.push(mask);
    else paired[weight] = mask;
  });
  return { masks: paired, strays };
}

/** Names by which layers meet: those of the layers, unless two tensors are of a layer of one name. */
function keysOf(names: readonly string[]): readonly string[] {
  const layers = names.map((name) => parseTensorName(name).layer);
  return new Set(layers).size === layers.length ? layers : names;
}

/** What all keys begin with, from nothing to all but their last parts. */
function beginningsOf(keys: readonly string[]): readonly string[] {
  const beginnings = [""];
  if (keys.length === 0) return beginnings;
  const [first] = keys;
  for (const { 0: part, index } of first.matchAll(/[^./]*[./]/g)) {
    const beginning = first.slice(0, index + part.length);
    // Something must be left of each name to tell it by.
    if (
      beginnings.length > MOST_PARTS ||
      !keys.every((key) => key.startsWith(beginning) && key.length > beginning.length)
    ) {
      break;
    }
    beginnings.push(beginning);
  }
  return beginnings;
}
