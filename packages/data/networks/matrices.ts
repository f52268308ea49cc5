import { isFloating } from "../containers/dtype.ts";
import { showShape } from "../containers/shape.ts";
import type { TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { formatFault } from "../messages/faults.ts";
import { naturalCompare } from "../messages/natural_order.ts";
import { listed, printable, quoted } from "../messages/printable.ts";
import { type MaskMatrix, maskMatrix, type WeightMatrix, weightMatrix } from "./layer_matrix.ts";

/** How {@linkcode readWeightMatrices} and {@linkcode readMaskMatrices} report. */
export interface MatrixOptions {
  /** Receives a line about tensors that were left out. */
  readonly onNotice?: ((line: string) => void) | undefined;
}

/**
 * The weight matrices of a network in a file that holds nothing else, as those that this project writes: its 2-D tensors
 * in natural order of their names. Tensors of fewer dimensions (biases) are left out with a notice. Other files are for
 * `readNetwork`.
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
    return weightMatrix(file, tensor);
  });
}

/**
 * The masks of a network in a file that holds nothing else: its 2-D tensors in natural order of their names, of any element
 * type as long as every element is 0 or 1. `readNetwork` reads others.
 *
 * @returns matrices `[n_l, n_{l-1}]` for l = 1 …, each with as many columns as the one before has rows
 * @throws FormatError as {@linkcode readWeightMatrices} does
 */
export function readMaskMatrices(file: TensorReader, options: MatrixOptions = {}): MaskMatrix[] {
  return chainedMatrices(file, options).map((tensor) => maskMatrix(file, tensor));
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
    onNotice?.(printable(`${file.source}: ignored tensors that are no matrices: ${listed(ignored)}`));
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
