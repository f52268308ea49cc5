import { type Method, prune, random } from "@graphon-limit/pruners";
import { type BitMatrix, popCount, type Seed } from "@graphon-limit/runtime";
import type { Batch, Network } from "@graphon-limit/model";

/** Masks of a network's layers by a name, held on the host; a layer without one keeps every weight. */
export interface NamedMasks {
  readonly name: string;
  /** The masks that these are a control of: random ones with as many weights in each layer. */
  readonly quotaOf?: string;
  /** Words of a `BitMatrix` of the layer's shape. */
  readonly layers: readonly (Uint32Array | undefined)[];
}

/** The masks that a network has, which stay on it. */
export async function masksOn({ device, weights }: Network, name: string): Promise<NamedMasks> {
  const layers = weights.map(({ mask }) => mask ? device.readBits(mask) : Promise.resolve(undefined));
  return { name, layers: await Promise.all(layers) };
}

/** Takes the masks off a network. */
export function clearMasks({ weights }: Network): void {
  for (const weight of weights) weight.setMask(undefined);
}

/** Puts masks on a network, in place of those it has. */
export function putMasks({ device, weights }: Network, { layers }: NamedMasks): void {
  weights.forEach((weight, layer) => {
    const words = layers[layer];
    weight.setMask(words && device.uploadBits(words, weight.rows, weight.cols));
  });
}

/** A mask of a layer on the device, the caller's to dispose of; all ones where the layer has none. */
export function layerMask({ device, weights }: Network, { layers }: NamedMasks, layer: number): BitMatrix {
  const { rows, cols } = weights[layer], words = layers[layer];
  return device.uploadBits(words ?? fullWords(rows, cols), rows, cols);
}

function fullWords(rows: number, cols: number): Uint32Array {
  const perRow = Math.ceil(cols / 32), words = new Uint32Array(rows * perRow).fill(0xffffffff);
  if (cols % 32 > 0) {
    for (let row = 0; row < rows; row++) words[(row + 1) * perRow - 1] = 2 ** (cols % 32) - 1;
  }
  return words;
}

/** Weights that masks keep, layer by layer. */
export function keptByLayer({ weights }: Pick<Network, "weights">, { layers }: NamedMasks): number[] {
  return weights.map(({ count }, layer) =>
    layers[layer]?.reduce((sum, word) => sum + popCount(word), 0) ?? count
  );
}

/** The masks of a method on the network without any. */
export async function masksOf(
  network: Network,
  method: Method,
  options: {
    readonly sparsity: number;
    readonly batch: Batch | undefined;
    readonly seed: Seed;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<NamedMasks> {
  clearMasks(network);
  await prune(network, method, options);
  return await masksOn(network, method.name);
}

/** Random masks that keep as many weights in all as others. */
export async function randomLike(
  network: Network,
  like: NamedMasks,
  name: string,
  seed: Seed,
): Promise<NamedMasks> {
  const total = network.weights.reduce((sum, { count }) => sum + count, 0);
  const kept = keptByLayer(network, like).reduce((sum, count) => sum + count, 0);
  clearMasks(network);
  // Half a weight more, so that rounding does not remove one.
  if (kept < total) await prune(network, random, { sparsity: (total - kept + 0.5) / total, seed });
  return await masksOn(network, name);
}

/** Random masks that keep as many weights in each layer as others. */
export async function randomQuota(
  network: Network,
  like: NamedMasks,
  name: string,
  seed: Seed,
): Promise<NamedMasks> {
  clearMasks(network);
  await prune(network, random, { quota: keptByLayer(network, like), seed });
  return { ...await masksOn(network, name), quotaOf: like.name };
}
