// A mask rule of one's own: sparse evolutionary training (Mocanu et al. 2018). Now and then the smallest kept weights of each layer
// go, and as many others come back, at zero, where chance says.
import type { Weight } from "@graphon-limit/model";
import { deriveSeed, packBits, RandomSequence, unpackBits } from "@graphon-limit/runtime";
import type { MaskRule, RewireContext } from "@graphon-limit/training";

/** @param share of the kept weights of a layer that are exchanged each time */
export function sparseEvolution(every: number, share: number): MaskRule {
  return {
    name: "sparse evolution",
    every,
    async rewire(context) {
      for (const [layer, weight] of context.network.weights.entries()) {
        if (weight.mask) await exchange(context, weight, layer, share);
      }
      return true;
    },
  };
}

async function exchange({ device, seed, step }: RewireContext, weight: Weight, layer: number, share: number) {
  const { matrix, mask, rows, cols } = weight;
  const values = await device.read(matrix);
  const kept = unpackBits(await device.readBits(mask!), rows, cols);
  const places = (bit: number) => [...kept.keys()].filter((at) => kept[at] === bit);
  const removed = places(0), smallest = places(1).sort((a, b) => Math.abs(values[a]) - Math.abs(values[b]));
  const random = new RandomSequence(deriveSeed(seed, step, layer)[0]);
  const count = Math.min(Math.floor(share * smallest.length), removed.length);
  for (const at of smallest.slice(0, count)) kept[at] = 0;
  for (let i = 0; i < count; i++) kept[removed.splice(random.integer(removed.length), 1)[0]] = 1;
  weight.setMask(device.uploadBits(packBits(kept, rows, cols), rows, cols));
}
