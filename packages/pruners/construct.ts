import type { Network } from "@graphon-limit/model";
import { BitMatrix, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { countOnes } from "./count_ones.ts";
import type { ConstructContext, Method } from "./method.ts";

/**
 * Puts the masks that a method constructs on a network, if they keep as many weights as asked for.
 *
 * @throws {InvalidArgumentError} if they do not, or are not one mask of its shape for each weight; the network's own masks stay
 */
export async function constructMasks(
  { weights }: Network,
  { name, construct }: Method,
  context: ConstructContext,
): Promise<void> {
  const masks = await construct!(context), { keep, quota } = context;
  try {
    if (!Array.isArray(masks) || masks.length !== weights.length) {
      throw new InvalidArgumentError(
        `Expected ${name} to construct masks of ${weights.length} layers but found ${
          show(Array.isArray(masks) ? masks.length : masks)
        }`,
      );
    }
    masks.forEach((mask, layer) => {
      const { rows, cols } = weights[layer];
      if (mask instanceof BitMatrix && mask.rows === rows && mask.cols === cols) return;
      throw new InvalidArgumentError(
        `Expected ${name}'s mask of layer ${layer} to be ${rows}×${cols} bits but found ${
          mask instanceof BitMatrix ? mask.describe() : show(mask)
        }`,
      );
    });
    const kept = await Promise.all(masks.map(countOnes));
    const all = kept.reduce((sum, count) => sum + count, 0);
    if (all !== keep) {
      throw new InvalidArgumentError(`Expected ${name}'s masks to keep ${keep} weights but found ${all}`);
    }
    quota?.forEach((expected, layer) => {
      if (kept[layer] !== expected) {
        throw new InvalidArgumentError(
          `Expected ${name}'s mask of layer ${layer} to keep ${expected} weights but found ${kept[layer]}`,
        );
      }
    });
  } catch (error) {
    for (const mask of Array.isArray(masks) ? masks : []) {
      if (mask instanceof BitMatrix && !weights.some((weight) => weight.mask === mask)) mask.dispose();
    }
    throw error;
  }
  masks.forEach((mask, layer) => weights[layer].setMask(mask));
}
