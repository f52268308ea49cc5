import type { Weight } from "@graphon-limit/model";
import {
  InvalidArgumentError,
  packBits,
  RandomSequence,
  type Seed,
  show,
  unpackBits,
} from "@graphon-limit/runtime";
import { type ConstructContext, definePruner, type Method } from "../method.ts";

/** Of all weights, at most so many in the walks: the last small ones take them too long to come by. */
const MOST_WALKED = 0.99;

/**
 * PHEW (Patil and Dovrolis 2021): random walks along the weights' sizes, from the inputs forward and from the outputs back by turns,
 * whose edges stay. A walk begins at one end's neurons in turn, and goes on with a chance in proportion to `|w|`.
 */
export const phew: Method = definePruner({
  name: "phew",
  label: "PHEW",
  reads: "weights",
  async construct(context) {
    assertWalkable(context);
    const { device, network: { weights } } = context, layers = await Promise.all(weights.map(readLayer));
    walk(layers, context.keep, context.seed);
    return layers.map(({ kept, rows, cols }) => device.uploadBits(packBits(kept, rows, cols), rows, cols));
  },
});

/** A layer's weights by size, which of them are kept, and the largest of each row and column. */
interface WalkedLayer {
  readonly rows: number;
  readonly cols: number;
  readonly sizes: Float32Array;
  readonly kept: Uint8Array;
  readonly rowMost: Float32Array;
  readonly columnMost: Float32Array;
}

function assertWalkable({ network: { weights }, keep, quota }: ConstructContext): void {
  if (quota) {
    throw new InvalidArgumentError(
      "Expected no number of weights for each layer with phew, whose walks say it",
    );
  }
  weights.forEach(({ name, kernel, cols }, layer) => {
    if (kernel.length === 0 && (layer === 0 || cols === weights[layer - 1].rows)) return;
    throw new InvalidArgumentError(
      `Expected layers that follow one another for phew, which walks through them, but found ${show(name)}`,
    );
  });
  const all = weights.reduce((sum, { count }) => sum + count, 0);
  if (keep > MOST_WALKED * all && keep < all) {
    throw new InvalidArgumentError(
      `Expected phew to keep at most ${MOST_WALKED} of all weights, or all of them, but found ${keep} of ${all}`,
    );
  }
}

async function readLayer({ matrix, mask, rows, cols }: Weight): Promise<WalkedLayer> {
  const { device } = matrix, sizes = (await device.read(matrix)).map(Math.abs);
  // What is gone already has no size.
  if (mask) unpackBits(await device.readBits(mask), rows, cols).forEach((bit, at) => bit || (sizes[at] = 0));
  const rowMost = new Float32Array(rows), columnMost = new Float32Array(cols);
  sizes.forEach((size, at) => {
    const i = Math.floor(at / cols), j = at % cols;
    rowMost[i] = Math.max(rowMost[i], size);
    columnMost[j] = Math.max(columnMost[j], size);
  });
  return { rows, cols, sizes, kept: new Uint8Array(rows * cols), rowMost, columnMost };
}

/** Walks until so many weights are kept. The last walk keeps no more than are left to keep. */
function walk(layers: readonly WalkedLayer[], keep: number, seed: Seed): void {
  const walkable = layers.reduce(
    (sum, { sizes }) => sum + sizes.reduce((count, size) => count + Number(size > 0), 0),
    0,
  );
  if (keep >= layers.reduce((sum, { sizes }) => sum + sizes.length, 0)) {
    for (const { kept } of layers) kept.fill(1);
    return;
  }
  if (keep > walkable) {
    throw new InvalidArgumentError(
      `Expected ${keep} weights for phew to keep but found ${walkable} that are not 0`,
    );
  }
  const random = new RandomSequence(seed), inputs = layers[0].cols, outputs = layers.at(-1)!.rows;
  let left = keep, barren = 0;
  for (let number = 0; left > 0; number++) {
    const start = Math.floor(number / 2), forward = number % 2 === 0;
    const found = forward
      ? walkForward(layers, start % inputs, random)
      : walkBack(layers, start % outputs, random);
    let grown = 0;
    for (const [layer, at] of found) {
      if (left === 0 || layers[layer].kept[at]) continue;
      layers[layer].kept[at] = 1;
      left--;
      grown++;
    }
    barren = grown > 0 ? 0 : barren + 1;
    if (barren > MOST_BARREN) {
      throw new InvalidArgumentError(
        `Expected paths from inputs to outputs for phew but found ${left} of ${keep} weights on none`,
      );
    }
  }
}

/** Walks one after the other that come by nothing new: no path leads to what is left. */
const MOST_BARREN = 1e6;

type Step = readonly [layer: number, at: number];

function walkForward(layers: readonly WalkedLayer[], start: number, random: RandomSequence): Step[] {
  const steps: Step[] = [];
  let unit = start;
  for (const [layer, { rows, cols, sizes, columnMost }] of layers.entries()) {
    const next = drawn(sizes, unit, cols, rows, columnMost[unit], random);
    if (next < 0) return [];
    steps.push([layer, next * cols + unit]);
    unit = next;
  }
  return steps;
}

function walkBack(layers: readonly WalkedLayer[], start: number, random: RandomSequence): Step[] {
  const steps: Step[] = [];
  let unit = start;
  for (const [layer, { cols, sizes, rowMost }] of [...layers.entries()].reverse()) {
    const next = drawn(sizes, unit * cols, 1, cols, rowMost[unit], random);
    if (next < 0) return [];
    steps.push([layer, unit * cols + next]);
    unit = next;
  }
  return steps;
}

/** One of `count` numbers from `first` on, drawn with a chance in proportion to its size; −1 where all are 0. */
function drawn(
  sizes: Float32Array,
  first: number,
  stride: number,
  count: number,
  most: number,
  random: RandomSequence,
): number {
  if (!(most > 0)) return -1;
  for (;;) {
    const candidate = random.integer(count);
    if (random.uniform() * most < sizes[first + candidate * stride]) return candidate;
  }
}
