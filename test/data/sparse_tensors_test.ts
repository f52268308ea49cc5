import assert from "node:assert/strict";
import { type NpyWritable, parseTensors, readNetwork, serialiseNpy } from "@graphon-limit/data";
import { SCIPY_FILES } from "./scipy_files.ts";
import { fromBase64, npyFile, storedZip, throwsOneLine } from "./support.ts";

const SPARSE = [[0, 1.5, 0, 0], [2, 0, 0, -3], [0, 0, 0, 0], [0, 4, 0, 5], [6, 0, 7, 0], [0, 0, 0, 8]];

Deno.test("SciPy's sparse matrices are tensors with all their zeros, read by rows", () => {
  for (const format of ["csr", "csc", "coo", "bsr", "dia"] as const) {
    const file = parseTensors(fromBase64(SCIPY_FILES[format]), "folder/fc1.npz");
    assert.deepEqual(file.tensors, [{ name: "fc1", dtype: "F64", shape: [6, 4] }], format);
    assert.deepEqual([...file.readFloat32("fc1")], SPARSE.flat(), format);
    assert.deepEqual([...file.readFloat32("fc1", [3, 5])], SPARSE.slice(3, 5).flat(), format);
  }
  const booleans = parseTensors(fromBase64(SCIPY_FILES.csrBooleans), "m.npz");
  assert.deepEqual(booleans.info("m"), { ...booleans.info("m"), dtype: "BOOL", shape: [6, 4] });
  assert.deepEqual([...booleans.readUint8("m")], SPARSE.flat().map((value) => value === 0 ? 0 : 1));
  const twice = parseTensors(fromBase64(SCIPY_FILES.cooTwice), "m.npz");
  assert.deepEqual([twice.info("m").dtype, ...twice.readInt32("m")], ["I32", 0, 3, 3, 0]);
});

/** A sparse matrix as `save_npz` lays it out. */
function sparseFile(format: string, arrays: Record<string, [data: NpyWritable, shape: number[]]>) {
  const files: Record<string, Uint8Array> = {
    "format.npy": npyFile(
      "{'descr': '|S3', 'fortran_order': False, 'shape': (), }",
      new TextEncoder().encode(format),
    ),
  };
  for (const [name, [data, shape]] of Object.entries(arrays)) {
    files[`${name}.npy`] = serialiseNpy(data, shape);
  }
  return storedZip(files);
}

Deno.test("sparse matrices that are none are refused in one line", () => {
  const ints = (...values: number[]): [Int32Array, number[]] => [Int32Array.from(values), [values.length]];
  const data = (
    ...values: number[]
  ): [Float32Array, number[]] => [Float32Array.from(values), [values.length]];
  const shape = ints(2, 3);
  const cases: [file: Uint8Array, pattern: RegExp][] = [
    [
      sparseFile("lil", { shape, data: data(1) }),
      /expected a sparse matrix with the layout csr, .* but found "lil"$/,
    ],
    [sparseFile("csr", { shape, data: data(1), indices: ints(0) }), /with indptr but found none$/],
    [
      sparseFile("csr", { shape, data: data(1), indices: ints(0), indptr: ints(0, 1) }),
      /with 3 whole numbers in indptr/,
    ],
    [
      sparseFile("csr", { shape, data: data(1), indices: ints(0), indptr: ints(0, 2, 1) }),
      /indptr that does not fall/,
    ],
    [
      sparseFile("csr", { shape, data: data(1), indices: ints(0), indptr: ints(0, 0, 0) }),
      /indptr from 0 to 1 but found 0 to 0/,
    ],
    [
      sparseFile("csr", { shape, data: data(1), indices: ints(3), indptr: ints(0, 0, 1) }),
      /one at \[1, 3\]$/,
    ],
    [
      sparseFile("csr", { shape, data: data(1), indices: ints(-1), indptr: ints(0, 0, 1) }),
      /one at \[1, -1\]$/,
    ],
    [
      sparseFile("coo", { shape, data: data(1), row: ints(2), col: ints(0) }),
      /entries within \[2, 3\] but found one at \[2, 0\]/,
    ],
    [
      sparseFile("coo", { shape, data: data(1), row: ints(0, 1), col: ints(0) }),
      /with 1 whole numbers in row but found I32 \[2\]/,
    ],
    [
      sparseFile("bsr", { shape, data: data(1), indices: ints(0), indptr: ints(0, 1) }),
      /blocks \[n, rows, columns\]/,
    ],
    [sparseFile("dia", { shape, data: data(1), offsets: ints(0) }), /diagonals \[n, length\]/],
    [
      sparseFile("coo", { shape: ints(-1, 2), data: data(1), row: ints(0), col: ints(0) }),
      /a size that can be/,
    ],
  ];
  for (const [file, pattern] of cases) {
    throwsOneLine(() => parseTensors(file, "f.npz"), pattern, "FormatError");
  }
});

Deno.test("a sparse matrix of few entries takes the memory of these, and no row of zeros is gone through", () => {
  const row = Int32Array.of(2 ** 30 - 1, 0, 2 ** 30 - 1, 7), col = Int32Array.of(9, 2, 9, 0);
  const file = sparseFile("coo", {
    shape: [Int32Array.of(2 ** 30, 2 ** 19), [2]],
    data: [Float32Array.of(0.5, 1, 0.5, 1), [4]],
    row: [row, [4]],
    col: [col, [4]],
  });
  const before = Deno.memoryUsage().external;
  using matrix = parseTensors(file, "f.npz");
  assert.ok(Deno.memoryUsage().external - before < 2 ** 20);
  assert.equal(matrix.readFloat32("f", [2 ** 30 - 1, 2 ** 30])[9], 1);
  assert.deepEqual([...matrix.readFloat32("f", [0, 1]).subarray(0, 4)], [0, 0, 1, 0]);
  // Zeros and ones: it would be a mask, had it a weight beside it.
  const { notices } = readNetwork({ weights: matrix });
  assert.deepEqual(notices, ["f.npz: all weights are 0 or 1, as those of masks are"]);
});

Deno.test("entries of a sparse matrix add up where they are in one place, in any order", () => {
  const places = Array.from({ length: 60 }, (_, i) => [i * 7 % 5, i * 11 % 6]);
  const expected = new Float32Array(30);
  places.forEach(([i, j], place) => expected[6 * i + j] += place);
  for (const rows of [5, 5000]) {
    const file = sparseFile("coo", {
      shape: [Int32Array.of(rows, 6), [2]],
      data: [Float32Array.from(places, (_, place) => place), [60]],
      row: [Int32Array.from(places, ([i]) => i), [60]],
      col: [Int32Array.from(places, ([, j]) => j), [60]],
    });
    using matrix = parseTensors(file, "f.npz");
    assert.deepEqual(matrix.readFloat32("f", [0, 5]), expected);
    assert.deepEqual(matrix.readFloat32("f", [2, 4]), expected.slice(12, 24));
  }
});
