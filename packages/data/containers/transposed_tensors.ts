import { columnMajorReader } from "./column_major.ts";
import { DTYPE_BYTES } from "./dtype.ts";
import { type StoredTensor, TensorReader } from "./tensor_reader.ts";

/** Elements read at a time: each time goes through the whole tensor. */
const PIECE_ELEMENTS = 2 ** 23;

/**
 * A file's tensors as if its layers were stored the other way round: `[in, out]` as `[out, in]`, and the convolutions of
 * Keras and Flax, `[…, in, out]`, as `[out, in, …]`. The file stays the caller's to close.
 */
export function transposedTensors(file: TensorReader): TensorReader {
  return new TensorReader({
    source: file.source,
    tensors: file.tensors.map(({ name }) => transposed(file.stored(name))),
    unread: file.unread,
    metadata: file.metadata,
    notices: file.notices,
    [Symbol.dispose]: () => {},
  });
}

/** `[…, in, out]` as `[out, in, …]`; of fewer than two axes the shape itself. */
export function transposedShape(shape: readonly number[]): readonly number[] {
  const axes = shape.length;
  return axes < 2 ? shape : [shape[axes - 1], shape[axes - 2], ...shape.slice(0, -2)];
}

function transposed(tensor: StoredTensor): StoredTensor {
  const { name, dtype, shape, readElements, entries } = tensor;
  if (shape.length < 2) return tensor;
  const itemBytes = DTYPE_BYTES[dtype];
  const layer = transposedShape(shape);
  const stored = {
    label: name,
    size: Infinity,
    readAt: (offset: number, into: Uint8Array<ArrayBuffer>) => readElements(offset / itemBytes, into),
    [Symbol.dispose]: () => {},
  };
  return {
    name,
    dtype,
    shape: layer,
    piece: PIECE_ELEMENTS,
    ...(entries && { entries }),
    readElements: columnMajorReader(stored, {
      offset: 0,
      itemBytes,
      shape: layer,
      // Inputs vary fastest after outputs, then the taps, the last of them first.
      restOrder: [1, ...layer.map((_, axis) => axis).slice(2).reverse()],
    }),
  };
}
