import {
  convolutionFault,
  type MaskMatrix,
  type NetworkInFiles,
  type NetworkLayer,
  type WeightMatrix,
  type ZeroCount,
  zerosNotice,
} from "@graphon-limit/data";
import {
  type BitMatrix,
  type Device,
  InvalidArgumentError,
  type Matrix,
  packBits,
  unpackBits,
} from "@graphon-limit/runtime";
import { biasNameOf } from "../bias_name.ts";
import { type LayerMatrices, mlp, type MlpOptions } from "../mlp.ts";
import type { Network } from "../network.ts";
import { unconnected } from "../unconnected.ts";
import type { Weight } from "../weight.ts";

/** Elements of a layer brought to the device at a time: a large file never fills memory twice. */
const PIECE_ELEMENTS = 2 ** 24;

/** How {@linkcode networkOfLayers} makes a network of what is in files. */
export interface FileNetworkOptions extends MlpOptions {
  /** Whether biases in the files are taken; they are, unless given. */
  readonly biases?: boolean | undefined;
  /** What error messages and notices call the file. */
  readonly source: string;
  /** Told, in lines that are safe to print, what was left out or may be meant otherwise. */
  readonly onNotice?: ((line: string) => void) | undefined;
}

/**
 * A network of the layers in open files, on the device with its biases and masks; the caller's to dispose of. Where there are masks
 * alone its weights are not drawn yet. Layers of which it is not known how signals run through them (`gap`) are `unconnected`.
 *
 * @throws FormatError for a convolution among layers through which signals are to run
 */
export function networkOfLayers(
  device: Device,
  { layers, gap }: Pick<NetworkInFiles, "layers" | "gap">,
  { activation, parametrization = "standard", biases = true, source, onNotice }: FileNetworkOptions,
): Network {
  const fault = gap === undefined ? convolutionFault(layers, source) : undefined;
  if (fault) throw fault;
  const zeros: ZeroCount[] = [];
  using unfinished = new DisposableStack();
  const matrices = layers.map((layer): LayerMatrices & { name: string; kernel: readonly number[] } => {
    const { name, weight, rows, columns, shape } = layer;
    const matrix = unfinished.use(device.matrix(rows, columns));
    if (weight) zeros.push(uploadWeights(matrix, weight));
    const values = biases ? biasOf(layer) : undefined;
    return {
      ...{ name, weight: matrix, kernel: shape.slice(2) },
      biasName: layer.bias?.name ?? biasNameOf(name),
      bias: values && unfinished.use(device.upload(values, rows, 1)),
    };
  });
  for (const line of fileNotices(layers, zeros, { biases, source })) onNotice?.(line);
  const network = gap === undefined ? mlp(device, matrices, { activation, parametrization }) : unconnected(
    device,
    matrices.map(({ name, weight, kernel }) => ({ name, matrix: weight, kernel })),
    gap.message,
  );
  unfinished.move();
  if (gap !== undefined) matrices.forEach(({ bias }) => bias?.dispose());
  try {
    layers.forEach(({ mask }, layer) => mask && network.weights[layer].setMask(uploadMask(device, mask)));
    return network;
  } catch (error) {
    network[Symbol.dispose]();
    throw error;
  }
}

/**
 * Lines about biases that are left out or masked, and about weights that are exactly 0 where no mask tells what that means.
 *
 * @param zeros of each layer, as {@linkcode uploadWeights} counts them
 */
export function fileNotices(
  layers: readonly NetworkLayer[],
  zeros: readonly ZeroCount[],
  { biases, source }: { readonly biases: boolean; readonly source: string },
): string[] {
  const named = (some: readonly NetworkLayer[]) => some.map(({ bias }) => bias!.name).join(", ");
  const biased = layers.filter(({ bias }) => bias), masked = biased.filter(({ biasMask }) => biasMask);
  const lines: string[] = [];
  if (!biases && biased.length > 0) lines.push(`${source}: biases are left out: ${named(biased)}`);
  if (biases && masked.length > 0) {
    lines.push(`${source}: biases that a mask removes are 0 to begin with: ${named(masked)}`);
  }
  const line = layers.some(({ mask }) => mask !== undefined) ? undefined : zerosNotice(zeros, source);
  return line === undefined ? lines : [...lines, line];
}

/** A layer's bias, 0 where it is masked. */
export function biasOf({ bias, biasMask }: NetworkLayer): Float32Array<ArrayBuffer> | undefined {
  const values = bias?.read(), kept = biasMask?.read();
  return kept ? values?.map((value, i) => value * kept[i]) : values;
}

/** Brings weights to the device, some rows at a time, and counts those that are exactly 0. */
export function uploadWeights(matrix: Matrix, { rows, columns, read }: WeightMatrix): ZeroCount {
  let zeros = 0;
  for (const range of rowPieces(rows, columns)) {
    const values = read(range);
    for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros++;
    matrix.device.write(matrix, values, range[0]);
  }
  return { zeros, total: rows * columns };
}

/** Packs a mask from its file onto the device, some rows at a time; the caller's to dispose of. */
export function uploadMask(device: Device, { rows, columns, read }: MaskMatrix): BitMatrix {
  const mask = device.bits(rows, columns);
  try {
    for (const range of rowPieces(rows, columns)) {
      device.write(mask, packBits(read(range), range[1] - range[0], columns), range[0]);
    }
    return mask;
  } catch (error) {
    mask.dispose();
    throw error;
  }
}

/** A weight's shape in a file: `[out, in, …taps]`; `[…taps, in, out]` where layers are stored transposed. */
export function shapeInFile({ shape }: Pick<Weight, "shape">, transposed: boolean): readonly number[] {
  const [outputs, inputs, ...kernel] = shape;
  return transposed ? [...kernel, inputs, outputs] : shape;
}

/**
 * A weight's mask as files hold it, a piece after another: bytes 0 and 1, row-major, all 1 where there is no mask.
 *
 * @param transposed the shape is that of {@linkcode shapeInFile}, in one piece
 */
export async function* maskBytes(
  { mask, rows, cols, taps }: Weight,
  transposed = false,
): AsyncGenerator<Uint8Array> {
  // A mask that is written the other way round is seen whole.
  for (const [from, to] of transposed ? [[0, rows] as const] : rowPieces(rows, cols)) {
    const words = mask && await mask.device.readBits(mask, [from, to]);
    const bits = words ? unpackBits(words, to - from, cols) : new Uint8Array((to - from) * cols).fill(1);
    yield transposed ? transpose(bits, rows, taps) : bits;
  }
}

/** `[out, in, taps]` as `[taps, in, out]`. */
function transpose(bits: Uint8Array, outputs: number, taps: number): Uint8Array {
  const turned = new Uint8Array(bits.length), columns = bits.length / outputs, inputs = columns / taps;
  for (let i = 0; i < outputs; i++) {
    for (let j = 0; j < inputs; j++) {
      for (let tap = 0; tap < taps; tap++) {
        turned[(tap * inputs + j) * outputs + i] = bits[i * columns + j * taps + tap];
      }
    }
  }
  return turned;
}

/** Ranges of rows that are brought to the device, or from it, at a time. */
export function* rowPieces(rows: number, cols: number): Generator<[number, number]> {
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / Math.max(cols, 1)));
  for (let row = 0; row < rows; row += rowsAtOnce) yield [row, Math.min(row + rowsAtOnce, rows)];
}

/** Throws unless a network takes samples of so many numbers, with such labels. @throws InvalidArgumentError */
export function assertSamples(
  { features, classes }: Pick<Network, "features" | "classes">,
  { y, dimension }: { readonly y: Iterable<number>; readonly dimension: number },
): void {
  if (dimension !== features) {
    throw new InvalidArgumentError(
      `Expected samples of ${features} numbers, the network's inputs, but found ${dimension}`,
    );
  }
  let largest = 0;
  for (const label of y) largest = Math.max(largest, label);
  if (largest >= classes) {
    throw new InvalidArgumentError(
      `Expected labels below ${classes}, the network's outputs, but found ${largest}`,
    );
  }
}
