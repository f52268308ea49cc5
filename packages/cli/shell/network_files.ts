import {
  type MaskMatrix,
  type NetworkInFiles,
  type NetworkLayer,
  openTensors,
  readNetwork,
  type TensorReader,
  type WeightMatrix,
  type ZeroCount,
  zerosNotice,
} from "@graphon-limit/data";
import { biasNameOf, type LayerMatrices, mlp, type Network, unconnected } from "@graphon-limit/model";
import {
  type BitMatrix,
  type Device,
  FormatError,
  type Matrix,
  packBits,
  show,
} from "@graphon-limit/runtime";
import { type LayoutFlags, type ModelFlags, NONZERO, type WeightsFlags } from "./network_flags.ts";
import type { Session } from "./session.ts";

/** Elements of a layer brought to the device at a time: a large file never fills memory twice. */
const PIECE_ELEMENTS = 2 ** 24;

/** Files of weights, of masks, or both, that are open. */
export interface OpenFiles extends Disposable {
  readonly weights?: TensorReader;
  readonly masks?: TensorReader | typeof NONZERO;
}

/** Opens the files that flags name; one that is named twice is opened once. */
export function openFiles(
  { weights, masks }: { readonly weights?: string | undefined; readonly masks?: string | undefined },
): OpenFiles {
  using opened = new DisposableStack();
  const first = weights === undefined ? undefined : opened.use(openTensors(weights));
  const second = masks === undefined || masks === NONZERO
    ? masks
    : masks === weights
    ? first
    : opened.use(openTensors(masks));
  const kept = opened.move();
  return {
    ...(first ? { weights: first } : {}),
    ...(second ? { masks: second } : {}),
    [Symbol.dispose]: () => kept.dispose(),
  };
}

/**
 * The layers of open files, with what there is to say of them said.
 *
 * @param chain whether signals are to run through them; `wanted` where they may, and need not
 * @returns `gap` where layers were only wanted to follow one another and do not: why
 */
export function layersOf(
  session: Session,
  files: OpenFiles,
  { order, transpose }: LayoutFlags,
  chain: boolean | "wanted",
): NetworkInFiles & { readonly gap?: FormatError } {
  const layout = { ...(order ? { order } : {}), ...(transpose === undefined ? {} : { transpose }) };
  const read = (chain: boolean) => {
    const found = readNetwork(files, { ...layout, chain });
    for (const line of found.notices) session.notice(line);
    return found;
  };
  if (chain !== "wanted") return read(chain);
  try {
    return read(true);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // What is wrong with the file itself is wrong again; what is left is that its layers do not follow one another.
    return { ...read(false), gap: error };
  }
}

/**
 * A network of the layers of open files, on the device with its biases and masks; the caller's to dispose of. Where there are masks
 * alone its weights are not drawn yet.
 */
export function networkOfLayers(
  session: Session,
  { layers, gap }: NetworkInFiles & { readonly gap?: FormatError },
  { activation, parametrization = "standard", bias }: ModelFlags & Pick<WeightsFlags, "bias">,
  source: string,
): Network {
  const { device } = session, zeros: ZeroCount[] = [];
  using unfinished = new DisposableStack();
  const matrices = layers.map((layer): LayerMatrices & { name: string; kernel: readonly number[] } => {
    const { name, weight, rows, columns, shape } = layer;
    const matrix = unfinished.use(device.matrix(rows, columns));
    if (weight) zeros.push(uploadWeights(matrix, weight));
    const values = bias === false ? undefined : biasOf(layer);
    return {
      ...{ name, weight: matrix, kernel: shape.slice(2) },
      biasName: layer.bias?.name ?? biasNameOf(name),
      bias: values && unfinished.use(device.upload(values, rows, 1)),
    };
  });
  noticeBiases(session, layers, bias === false, source);
  noticeZeros(session, layers, zeros, source);
  const network = gap === undefined
    ? mlp(device, matrices.map(asMatrix(source)), { activation, parametrization })
    : unconnected(
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

function asMatrix(source: string) {
  return (layer: LayerMatrices & { name: string; kernel: readonly number[] }): LayerMatrices => {
    if (layer.kernel.length === 0) return layer;
    throw new FormatError(
      `${source}: expected matrices, through which a network of fully connected layers runs, but found the convolution ${
        show(layer.name)
      }`,
    );
  };
}

/** Says where many weights are exactly 0 and no mask tells what that means. */
export function noticeZeros(
  session: Session,
  layers: readonly NetworkLayer[],
  zeros: readonly ZeroCount[],
  source: string,
): void {
  if (layers.some(({ mask }) => mask !== undefined)) return;
  const line = zerosNotice(zeros, source);
  if (line !== undefined) session.notice(line);
}

/** A layer's bias, 0 where it is masked. */
export function biasOf({ bias, biasMask }: NetworkLayer): Float32Array | undefined {
  const values = bias?.read(), kept = biasMask?.read();
  return kept ? values?.map((value, i) => value * kept[i]) : values;
}

/** Says which biases are left out, or masked. */
export function noticeBiases(
  session: Session,
  layers: readonly NetworkLayer[],
  leftOut: boolean,
  source: string,
): void {
  const named = (some: readonly NetworkLayer[]) => some.map(({ bias }) => bias!.name).join(", ");
  const biased = layers.filter(({ bias }) => bias), masked = biased.filter(({ biasMask }) => biasMask);
  if (leftOut && biased.length > 0) session.notice(`${source}: biases are left out: ${named(biased)}`);
  if (!leftOut && masked.length > 0) {
    session.notice(`${source}: biases that a mask removes are 0 to begin with: ${named(masked)}`);
  }
}

/** Brings weights to the device, some rows at a time, and counts those that are exactly 0. */
export function uploadWeights(matrix: Matrix, { rows, columns, read }: WeightMatrix): ZeroCount {
  let zeros = 0;
  for (const range of pieces(rows, columns)) {
    const values = read(range);
    for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros++;
    matrix.device.write(matrix, values, range[0]);
  }
  return { zeros, total: rows * columns };
}

/** Packs a mask from its file onto the device, some rows at a time. */
export function uploadMask(device: Device, { rows, columns, read }: MaskMatrix): BitMatrix {
  const mask = device.bits(rows, columns);
  try {
    for (const range of pieces(rows, columns)) {
      device.write(mask, packBits(read(range), range[1] - range[0], columns), range[0]);
    }
    return mask;
  } catch (error) {
    mask.dispose();
    throw error;
  }
}

/** Ranges of rows of at most {@linkcode PIECE_ELEMENTS} elements. */
export function* pieces(rows: number, cols: number): Generator<[number, number]> {
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / Math.max(cols, 1)));
  for (let row = 0; row < rows; row += rowsAtOnce) yield [row, Math.min(row + rowsAtOnce, rows)];
}
