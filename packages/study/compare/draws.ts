import {
  type KernelHistogram,
  kernelHistograms,
  sampleFromGraphon,
  StepGraphon,
} from "@graphon-limit/graphon";
import type { Network, Weight } from "@graphon-limit/model";
import {
  type BitMatrix,
  deriveSeed,
  type Device,
  RandomSequence,
  type Seed,
  wordsPerBitRow,
} from "@graphon-limit/runtime";
import { layerMask, type NamedMasks } from "./masks.ts";

/** A network's masks and what they are when sorted, layer by layer. */
export interface SortedMasks {
  readonly name: string;
  readonly masks: NamedMasks;
  readonly layers: readonly KernelHistogram[];
}

/** Two of them. */
export type SortedPair = readonly [SortedMasks, SortedMasks];

/** Sorts the masks of all layers: taps of a kernel in one order, axes that several layers share in one, heads as wholes. */
export async function sortMasks(
  network: Network,
  masks: NamedMasks,
  grid: number,
  signal?: AbortSignal,
): Promise<SortedMasks> {
  const layers = await histogramsOf(network, (_, layer) => layerMask(network, masks, layer), grid, signal);
  return { name: masks.name, masks, layers };
}

/**
 * Draws masks of all layers from the graphon between two networks' masks, and sorts them as those are: an edge is kept as often as the
 * mean of the two has it in its cell, and a kernel is one that either has there, all its taps together.
 */
export async function drawSorted(
  network: Network,
  pair: SortedPair,
  { grid, draw, seed, signal }: {
    readonly grid: number;
    readonly draw: number;
    readonly seed: Seed;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<KernelHistogram[]> {
  return await histogramsOf(
    network,
    (weight, layer) => {
      const own = deriveSeed(deriveSeed(seed, layer), draw);
      return weight.taps === 1
        ? drawEdges(network.device, weight, pair, { layer, seed: own })
        : drawKernels(network.device, weight, pair, { layer, grid, seed: own });
    },
    grid,
    signal,
  );
}

async function histogramsOf(
  { weights }: Network,
  maskOf: (weight: Weight, layer: number) => BitMatrix,
  grid: number,
  signal: AbortSignal | undefined,
): Promise<KernelHistogram[]> {
  using made = new DisposableStack();
  const placed = weights.map((weight, layer) => ({
    mask: made.use(maskOf(weight, layer)),
    // Every weight that may be pruned joins two axes.
    ...{ taps: weight.taps, output: weight.output, input: weight.input! },
  }));
  return await kernelHistograms(placed, grid, { signal });
}

function drawEdges(
  device: Device,
  { rows, cols }: Weight,
  [a, b]: SortedPair,
  { layer, seed }: { readonly layer: number; readonly seed: Seed },
): BitMatrix {
  const [one, other] = [a, b].map(({ layers }) => layers[layer].channels);
  const mean = new StepGraphon(
    one.rows,
    one.cols,
    one.values.map((value, cell) => Math.min(1, (value + other.values[cell]) / 2)),
  );
  return sampleFromGraphon(device, mean, rows, cols, { seed, layer });
}

function drawKernels(
  device: Device,
  { rows, cols, taps }: Weight,
  pair: SortedPair,
  { layer, grid, seed }: { readonly layer: number; readonly grid: number; readonly seed: Seed },
): BitMatrix {
  const inputs = cols / taps, perRow = wordsPerBitRow(cols), words = new Uint32Array(rows * perRow);
  const random = new RandomSequence(seed);
  const sources = pair.map(({ masks, layers }) => ({
    kept: masks.layers[layer],
    order: layers[layer].order,
  }));
  const outputCells = cellsOf(rows, grid), inputCells = cellsOf(inputs, grid);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < inputs; j++) {
      const { kept, order } = sources[random.integer(2)];
      const row = order.outputs[within(outputCells[i], random)] * perRow;
      const first = order.inputs[within(inputCells[j], random)] * taps;
      for (let tap = 0; tap < taps; tap++) {
        const from = first + tap, to = j * taps + tap;
        // A layer without a mask keeps everything.
        const bit = kept ? (kept[row + (from >>> 5)] >>> (from & 31)) & 1 : 1;
        words[i * perRow + (to >>> 5)] |= bit << (to & 31);
      }
    }
  }
  return device.uploadBits(words, rows, cols);
}

type Places = readonly [number, number];

/** For each of `n` places in an order the places of its cell, from and to. */
function cellsOf(n: number, grid: number): Places[] {
  const cells = Math.min(n, grid), cellOf = (place: number) => Math.floor(place * cells / n);
  const bounds = Array.from({ length: cells + 1 }, (_, cell) => Math.ceil(cell * n / cells));
  return Array.from({ length: n }, (_, place) => [bounds[cellOf(place)], bounds[cellOf(place) + 1]]);
}

function within([from, to]: Places, random: RandomSequence): number {
  return to - from === 1 ? from : from + random.integer(to - from);
}
