import type { NumberArray } from "../containers/dtype.ts";
import { elementCount } from "../containers/shape.ts";
import { allocate } from "../files/allocate.ts";
import { storedNumber } from "../containers/stored_number.ts";
import type { RowRange, TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { argumentFault, formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";

/** A layer's matrix `[rows, columns]` = `[out, in]` in an open file; elements are read when asked for. */
export interface LayerMatrix<Elements> {
  /** The tensor's name in the file. */
  readonly name: string;
  /** Outputs of the layer. */
  readonly rows: number;
  /** Inputs of the layer; of a convolution, channels times taps. */
  readonly columns: number;
  /** `[out, in]`, or `[out, in, …taps]` of a convolution. */
  readonly shape: readonly number[];
  /**
   * Reads the matrix, or some rows of it, row-major, and checks each element.
   *
   * @param rows the rows to read; all, unless given
   * @param out receives the elements; a fresh array unless given
   */
  read(rows?: RowRange, out?: Elements): Elements;
}

/** A layer's weights, as float32. Reading throws a FormatError where one is not finite. */
export type WeightMatrix = LayerMatrix<Float32Array<ArrayBuffer>>;

/** A layer's mask, a byte 0 or 1 per weight. Reading throws a FormatError where it is anything else. */
export type MaskMatrix = LayerMatrix<Uint8Array<ArrayBuffer>>;

/** A number for each output of a layer: its biases, or their mask. */
export interface LayerVector<Elements> {
  readonly name: string;
  readonly length: number;
  /** Reads all of it, and checks each element as a matrix does. */
  read(): Elements;
}

/** The weights of a tensor `[out, in, …]`. */
export function weightMatrix(file: TensorReader, { name, shape }: TensorInfo): WeightMatrix {
  return {
    ...sizesOf(name, shape),
    read(rows, out) {
      const elements = file.readFloat32(name, rows, out);
      const bad = firstNonFinite(elements);
      if (bad >= 0) {
        throw formatFault(
          file.source,
          "finite weights",
          `${storedNumber(file, name, rows, bad)} ${placeOf(bad, name, shape, rows)}`,
        );
      }
      return elements;
    },
  };
}

/**
 * The mask in a tensor of any element type.
 *
 * @param shape of its layer, where the tensor holds the elements in one row
 */
export function maskMatrix(file: TensorReader, tensor: TensorInfo, shape = tensor.shape): MaskMatrix {
  const { name, dtype } = tensor, sizes = sizesOf(name, shape);
  const isFlat = tensor.shape.length === 1 && shape.length > 1, isBytes = dtype === "U8" || dtype === "BOOL";
  return {
    ...sizes,
    read(rows = [0, sizes.rows], out) {
      const [from, to] = rows, width = sizes.columns;
      const range: RowRange = isFlat ? [from * width, to * width] : rows;
      const elements = isBytes ? file.readUint8(name, range, out) : outputFor(name, (to - from) * width, out);
      const check = (values: NumberArray, at: number) => {
        const bad = firstNeither(values);
        if (bad < 0) return;
        const place = placeOf(at + bad, name, shape, rows);
        throw formatFault(file.source, "0 or 1", `${values[bad]} ${place}${adviceOn(values[bad])}`);
      };
      if (isBytes) check(elements, 0);
      else {
        file.decodePieces(name, range, (values, at) => {
          check(values, at);
          elements.set(values, at);
        });
      }
      return elements;
    },
  };
}

/** The weights that are not exactly 0 as a mask: of a layer that was pruned and has no mask. */
export function nonzeroMask(weights: WeightMatrix): MaskMatrix {
  const { name, rows, columns, shape } = weights;
  return {
    name,
    rows,
    columns,
    shape,
    read(range = [0, rows], out) {
      const values = weights.read(range), elements = outputFor(name, values.length, out);
      for (let i = 0; i < values.length; i++) elements[i] = values[i] === 0 ? 0 : 1;
      return elements;
    },
  };
}

/** The biases in a tensor `[out]`. */
export function biasVector(
  file: TensorReader,
  { name, shape }: TensorInfo,
): LayerVector<Float32Array<ArrayBuffer>> {
  return {
    name,
    length: shape[0],
    read() {
      const elements = file.readFloat32(name), bad = firstNonFinite(elements);
      if (bad >= 0) {
        throw formatFault(
          file.source,
          "finite biases",
          `${storedNumber(file, name, undefined, bad)} at ${bad} of ${quoted(name)} (counted from 0)`,
        );
      }
      return elements;
    },
  };
}

/** The mask of biases in a tensor `[out]` of any element type. */
export function biasMaskVector(file: TensorReader, tensor: TensorInfo): LayerVector<Uint8Array<ArrayBuffer>> {
  const { name, shape: [length] } = tensor, matrix = maskMatrix(file, tensor, [length]);
  return { name, length, read: () => matrix.read() };
}

function sizesOf(name: string, shape: readonly number[]): Omit<LayerMatrix<unknown>, "read"> {
  return { name, shape, rows: shape[0], columns: elementCount(shape.slice(1)) ?? 0 };
}

function outputFor(name: string, count: number, out?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (out === undefined) return allocate(Uint8Array, count, quoted(name));
  if (out.length !== count) {
    throw argumentFault(`an array of ${count} elements to read ${quoted(name)} into`, `${out.length}`);
  }
  return out;
}

// Plain loops: a callback per element would take seconds on a 10,000 × 10,000 matrix.
function firstNonFinite(elements: Float32Array): number {
  for (let i = 0; i < elements.length; i++) if (!Number.isFinite(elements[i])) return i;
  return -1;
}

function firstNeither(elements: NumberArray): number {
  for (let i = 0; i < elements.length; i++) if (elements[i] !== 0 && elements[i] !== 1) return i;
  return -1;
}

/** Where an element is, each index counted from 0. */
function placeOf(index: number, name: string, shape: readonly number[], rows: RowRange | undefined): string {
  const columns = elementCount(shape.slice(1)) ?? 1, row = (rows?.[0] ?? 0) + Math.floor(index / columns);
  const place = shape.length === 2
    ? `in row ${row}, column ${index % columns}`
    : `at [${[row, ...indicesOf(index % columns, shape.slice(1))].join(", ")}]`;
  return `${place} of ${quoted(name)} (counted from 0)`;
}

function indicesOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape.toReversed().map((size) => {
    const here = rest % size;
    rest = Math.floor(rest / size);
    return here;
  }).reverse();
}

/** What may have been meant by a mask that is none. */
function adviceOn(value: number): string {
  if (value === 255) return "; masks of 0 and 255 are to be divided by 255";
  return Number.isInteger(value) || Number.isNaN(value)
    ? ""
    : "; of weights, --masks nonzero keeps those that are not 0, and graphon --nonzero";
}
