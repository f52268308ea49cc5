import { allocate } from "../files/allocate.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { decodeElements, type Dtype, DTYPE_BYTES, isFloating } from "./dtype.ts";
import type { NpzArray } from "./npz.ts";
import { elementCount, showShape } from "./shape.ts";
import { fillDense, sortEntries, type Visit } from "./sparse_rows.ts";
import type { StoredTensor } from "./tensor_reader.ts";

/** The layouts of SciPy's sparse matrices that are read. */
const FORMATS = ["csr", "csc", "coo", "bsr", "dia"] as const;

/** Whether the arrays of an NPZ file are those of one sparse matrix (`scipy.sparse.save_npz`). */
export function isSparse(arrays: readonly NpzArray[]): boolean {
  const names = new Set(arrays.map(({ name }) => name));
  return ["format", "shape", "data"].every((name) => names.has(name));
}

/**
 * A matrix that `scipy.sparse.save_npz` wrote, as a tensor with all its zeros: floats as F64, integers as I32, booleans
 * as they are. The entries are held in memory, never the whole matrix; entries of one place add up, as in SciPy.
 *
 * @param name what to call the tensor: the file does not say
 * @throws FormatError naming `source` where the arrays are not those of one matrix
 */
export function readSparse(arrays: readonly NpzArray[], name: string, source: string): StoredTensor {
  const parts = new SparseParts(arrays, source);
  const format = parts.format(), [rows, columns] = parts.shape(), data = parts.array("data");
  const dtype = isFloating(data.dtype) ? "F64" : data.dtype === "BOOL" ? "BOOL" : "I32";
  if (dtype === "I32" && data.values.some((value) => value !== (value | 0))) {
    throw formatFault(source, "integers of 32 bits in a sparse matrix", "larger ones");
  }
  const entries = sortEntries(rows, data.values, (visit) => {
    visitEntries(format, parts, data, (row, column, place) => {
      if (!(row >= 0 && row < rows && column >= 0 && column < columns)) {
        throw formatFault(
          source,
          `entries within ${showShape([rows, columns])}`,
          `one at [${row}, ${column}]`,
        );
      }
      visit(row, column, place);
    });
  });
  // Sums of integers wrap, sums of booleans are one or the other.
  const { values } = entries;
  for (let i = 0; i < values.length && dtype !== "F64"; i++) {
    values[i] = dtype === "BOOL" ? Math.min(values[i], 1) : values[i] | 0;
  }
  return {
    name,
    dtype,
    shape: [rows, columns],
    readElements: (first, into) => fillDense(viewOf(dtype, into), first, columns, entries),
    entries: () => values,
  };
}

/** Calls `visit` with each entry, in the order of the file. */
function visitEntries(
  format: typeof FORMATS[number],
  parts: SparseParts,
  data: PartArray,
  visit: Visit,
): void {
  const { values, shape } = data, [rows, columns] = parts.shape();
  switch (format) {
    case "csr":
      return parts.eachCompressed(rows, values.length, (row, column, place) => visit(row, column, place));
    case "csc":
      return parts.eachCompressed(columns, values.length, (column, row, place) => visit(row, column, place));
    case "coo": {
      const row = parts.vector("row", values.length), column = parts.vector("col", values.length);
      for (let place = 0; place < values.length; place++) visit(row[place], column[place], place);
      return;
    }
    case "bsr": {
      const [blocks, height, width] = shape;
      if (shape.length !== 3) throw parts.fault("blocks [n, rows, columns] in data", showShape(shape));
      return parts.eachCompressed(rows / height, blocks, (blockRow, blockColumn, block) => {
        for (let i = 0; i < height * width; i++) {
          const row = blockRow * height + Math.floor(i / width), column = blockColumn * width + i % width;
          visit(row, column, block * height * width + i);
        }
      });
    }
    case "dia": {
      const [diagonals, width] = shape;
      if (shape.length !== 2) throw parts.fault("diagonals [n, length] in data", showShape(shape));
      parts.vector("offsets", diagonals).forEach((offset, diagonal) => {
        for (let column = Math.max(0, offset); column < Math.min(width, columns, rows + offset); column++) {
          visit(column - offset, column, diagonal * width + column);
        }
      });
    }
  }
}

type Elements = Float64Array | Int32Array | Uint8Array;

function viewOf(
  dtype: "F64" | "I32" | "BOOL",
  { buffer, byteOffset, length }: Uint8Array<ArrayBuffer>,
): Elements {
  const count = length / DTYPE_BYTES[dtype];
  if (dtype === "F64") return new Float64Array(buffer, byteOffset, count);
  return dtype === "I32"
    ? new Int32Array(buffer, byteOffset, count)
    : new Uint8Array(buffer, byteOffset, count);
}

interface PartArray {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The arrays that make up a sparse matrix, each checked as it is asked for. */
class SparseParts {
  readonly #arrays: ReadonlyMap<string, NpzArray>;
  readonly #read = new Map<string, PartArray>();
  readonly #source: string;

  constructor(arrays: readonly NpzArray[], source: string) {
    this.#arrays = new Map(arrays.map((array) => [array.name, array]));
    this.#source = source;
  }

  fault(expected: string, found: string): Error {
    return formatFault(this.#source, `a sparse matrix with ${expected}`, found);
  }

  /** The name of the layout, which is stored as text. */
  format(): typeof FORMATS[number] {
    const { layout, bytes } = this.#array("format");
    let name = "";
    if ("what" in layout && bytes.size - layout.dataStart <= 64) {
      const text = new Uint8Array(bytes.size - layout.dataStart);
      bytes.readAt(layout.dataStart, text);
      // Text of four bytes a letter has zeros between.
      name = String.fromCharCode(...text.filter((byte) => byte !== 0));
    }
    const known = FORMATS.find((format) => format === name);
    if (known === undefined) throw this.fault(`the layout ${FORMATS.join(", ")}`, quoted(name));
    return known;
  }

  shape(): readonly [rows: number, columns: number] {
    const [rows, columns] = this.vector("shape", 2);
    if (elementCount([rows, columns], 8) === undefined) {
      throw this.fault("a size that can be", showShape([rows, columns]));
    }
    return [rows, columns];
  }

  /** The numbers of an array. */
  array(name: string): PartArray {
    let part = this.#read.get(name);
    if (part === undefined) this.#read.set(name, part = this.#readArray(name));
    return part;
  }

  #readArray(name: string): PartArray {
    const { layout } = this.#array(name);
    if ("what" in layout) throw this.fault(`numbers in ${name}`, layout.what);
    const { dtype, shape, readElements } = layout;
    const count = elementCount(shape) ?? 0, what = `${quoted(name)} of a sparse matrix`;
    const raw = allocate(Uint8Array, count * DTYPE_BYTES[dtype], what);
    readElements(0, raw);
    const values = allocate(Float64Array, count, what);
    values.set(decodeElements(dtype, raw.buffer));
    return { dtype, shape, values };
  }

  /** An array of so many whole numbers. */
  vector(name: string, length: number): Float64Array {
    const { shape, values, dtype } = this.array(name);
    if (isFloating(dtype) || shape.length !== 1 || values.length !== length) {
      throw this.fault(`${length} whole numbers in ${name}`, `${dtype} ${showShape(shape)}`);
    }
    return values;
  }

  /** Goes through `count` entries whose outer indices are compressed: `indptr` says where those of each begin. */
  eachCompressed(
    outers: number,
    count: number,
    visit: (outer: number, inner: number, place: number) => void,
  ): void {
    const starts = this.vector("indptr", outers + 1), inner = this.vector("indices", count);
    if (starts[0] !== 0 || starts[outers] !== count) {
      throw this.fault(`indptr from 0 to ${count}`, `${starts[0]} to ${starts[outers]}`);
    }
    for (let outer = 0; outer < outers; outer++) {
      const end = starts[outer + 1];
      if (end < starts[outer] || end > count) throw this.fault("indptr that does not fall", `${end}`);
      for (let place = starts[outer]; place < end; place++) visit(outer, inner[place], place);
    }
  }

  #array(name: string): NpzArray {
    const array = this.#arrays.get(name);
    if (array === undefined) throw this.fault(name, "none");
    return array;
  }
}
