import { isFloating } from "../containers/dtype.ts";
import { showShape } from "../containers/shape.ts";
import type { RowRange, TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { formatFault } from "../messages/faults.ts";
import { naturalCompare } from "../messages/natural_order.ts";
import { printable, quoted } from "../messages/printable.ts";

/** A layer's matrix `[rows, columns]` = `[out, in]` in an open file; elements are read when asked for. */
export interface LayerMatrix<Elements> {
  /** The tensor's name in the file. */
  readonly name: string;
  /** Outputs of the layer. */
  readonly rows: number;
  /** Inputs of the layer. */
  readonly columns: number;
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

/** How {@linkcode readWeightMatrices} and {@linkcode readMaskMatrices} report. */
export interface MatrixOptions {
  /** Receives a line about tensors that were left out. */
  readonly onNotice?: (line: string) => void;
}

/**
 * The weight matrices of a network in a safetensors file: its 2-D tensors in natural order of their names. Tensors of
 * fewer dimensions (biases) are left out with a notice. Nothing but the header is read until a matrix is.
 *
 * @returns matrices `[n_l, n_{l-1}]` for l = 1 …, each with as many columns as the one before has rows
 * @throws FormatError naming the file and the tensor where there is no matrix, one has no floating-point elements, an
 * axis of size 0 or three dimensions, or two do not chain
 */
export function readWeightMatrices(file: TensorReader, options: MatrixOptions = {}): WeightMatrix[] {
  return chainedMatrices(file, options).map((tensor) => {
    if (!isFloating(tensor.dtype)) {
      throw formatFault(file.source, `${quoted(tensor.name)} to hold floating-point weights`, tensor.dtype);
    }
    return layerMatrix(tensor, (rows, out?: Float32Array<ArrayBuffer>) => {
      const elements = file.readFloat32(tensor.name, rows, out);
      const bad = firstNonFinite(elements);
      if (bad >= 0) {
        throw formatFault(file.source, "finite weights", `${elements[bad]} ${placeOf(bad, tensor, rows)}`);
      }
      return elements;
    });
  });
}

/**
 * The masks of a network in a safetensors file: its 2-D tensors in natural order of their names, of any element type
 * as long as every element is 0 or 1.
 *
 * @returns matrices `[n_l, n_{l-1}]` for l = 1 …, each with as many columns as the one before has rows
 * @throws FormatError as {@linkcode readWeightMatrices} does
 */
export function readMaskMatrices(file: TensorReader, options: MatrixOptions = {}): MaskMatrix[] {
  return chainedMatrices(file, options).map((tensor) =>
    layerMatrix(tensor, (rows, out?: Uint8Array<ArrayBuffer>) => {
      const elements = file.readUint8(tensor.name, rows, out);
      const bad = firstAboveOne(elements);
      if (bad >= 0) {
        throw formatFault(file.source, "0 or 1", `${elements[bad]} ${placeOf(bad, tensor, rows)}`);
      }
      return elements;
    })
  );
}

function layerMatrix<Elements>(
  { name, shape: [rows, columns] }: TensorInfo,
  read: LayerMatrix<Elements>["read"],
): LayerMatrix<Elements> {
  return { name, rows, columns, read };
}

// Plain loops: a callback per element would take seconds on a 10,000 × 10,000 matrix.
function firstNonFinite(elements: Float32Array): number {
  for (let i = 0; i < elements.length; i++) if (!Number.isFinite(elements[i])) return i;
  return -1;
}

function firstAboveOne(elements: Uint8Array): number {
  for (let i = 0; i < elements.length; i++) if (elements[i] > 1) return i;
  return -1;
}

/** Where an element is, rows and columns counted from 0. */
function placeOf(
  index: number,
  { name, shape: [, columns] }: TensorInfo,
  rows: RowRange | undefined,
): string {
  const row = (rows?.[0] ?? 0) + Math.floor(index / columns);
  return `in row ${row}, column ${index % columns} (from 0) of ${quoted(name)}`;
}

function chainedMatrices(file: TensorReader, { onNotice }: MatrixOptions): TensorInfo[] {
  const inOrder = file.tensors.toSorted((a, b) => naturalCompare(a.name, b.name));
  const deep = inOrder.find(({ shape }) => shape.length > 2);
  if (deep !== undefined) {
    throw formatFault(
      file.source,
      "matrices and biases only",
      `${quoted(deep.name)} of shape ${showShape(deep.shape)}`,
    );
  }
  const matrices = inOrder.filter(({ shape }) => shape.length === 2);
  const ignored = inOrder.filter(({ shape }) => shape.length < 2).map(({ name }) => name);
  if (ignored.length > 0) {
    onNotice?.(printable(`${file.source}: ignored tensors that are no matrices: ${ignored.join(", ")}`));
  }
  if (matrices.length === 0) throw formatFault(file.source, "at least one 2-D tensor", "none");
  for (const [index, { name, shape }] of matrices.entries()) {
    if (shape.includes(0)) {
      throw formatFault(file.source, `${quoted(name)} to have elements`, `the shape ${showShape(shape)}`);
    }
    const before = matrices[index - 1];
    if (before !== undefined && before.shape[0] !== shape[1]) {
      throw formatFault(
        file.source,
        `${quoted(name)} to have ${before.shape[0]} columns, one for each row of ${
          quoted(before.name)
        } before it,`,
        `the shape ${showShape(shape)}`,
      );
    }
  }
  return matrices;
}
