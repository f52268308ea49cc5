import assert from "node:assert/strict";
import {
  type Dtype,
  parseSafetensors,
  readMaskMatrices,
  readWeightMatrices,
  serialiseSafetensors,
  type Tensor,
} from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";

function weights(name: string, rows: number, columns: number): Tensor {
  const data = Float32Array.from({ length: rows * columns }, (_, i) => i - 3);
  return { name, shape: [rows, columns], data };
}

function open(...tensors: Tensor[]) {
  return parseSafetensors(serialiseSafetensors(tensors), "w.safetensors");
}

Deno.test("readWeightMatrices gives the matrices in natural order and says what it left out", () => {
  const notices: string[] = [];
  const file = open(
    weights("layers.10.weight", 2, 4),
    { name: "layers.2.bias", shape: [4], data: new Float32Array(4) },
    { name: "steps", shape: [], data: new BigInt64Array(1) },
    weights("layers.2.weight", 4, 3),
  );
  const matrices = readWeightMatrices(file, { onNotice: (line) => notices.push(line) });
  assert.deepEqual(
    matrices.map(({ name, rows, columns }) => [name, rows, columns]),
    [["layers.2.weight", 4, 3], ["layers.10.weight", 2, 4]],
  );
  assert.deepEqual(notices, [
    'w.safetensors: ignored tensors that are no matrices: "layers.2.bias", "steps"',
  ]);
  assert.deepEqual([...matrices[0].read([1, 3])], [0, 1, 2, 3, 4, 5]);
  const panel = new Float32Array(4);
  assert.equal(matrices[1].read([1, 2], panel), panel);
  assert.deepEqual([...panel], [1, 2, 3, 4]);
  assert.equal(matrices[1].read().length, 8);
});

Deno.test("readWeightMatrices names the matrix that does not chain", () => {
  throwsOneLine(
    () => readWeightMatrices(open(weights("a", 4, 3), weights("b", 2, 5))),
    /^w.safetensors: expected "b" to have 4 columns, one for each row of "a" before it, but found the shape \[2, 5\]$/,
    "FormatError",
  );
});

Deno.test("readWeightMatrices refuses files without matrices and tensors that are none", () => {
  const cases: [tensor: Tensor, pattern: RegExp][] = [
    [
      { name: "bias", shape: [2], data: new Float32Array(2) },
      /^w.safetensors: expected at least one 2-D tensor but found none$/,
    ],
    [
      { name: "conv", shape: [1, 1, 2], data: new Float32Array(2) },
      /expected matrices and biases only but found "conv" of shape \[1, 1, 2\]$/,
    ],
    [
      { name: "none", shape: [0, 2], data: new Float32Array(0) },
      /expected "none" to have elements but found the shape \[0, 2\]$/,
    ],
    [
      { name: "ids", shape: [1, 2], data: new Int32Array(2) },
      /expected "ids" to hold floating-point weights but found I32$/,
    ],
  ];
  for (const [tensor, pattern] of cases) {
    throwsOneLine(() => readWeightMatrices(open(tensor)), pattern, "FormatError");
  }
});

Deno.test("a weight that is not finite is found when its rows are read, and named", () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const data = new Float32Array(12).with(7, value);
    const [matrix] = readWeightMatrices(open({ name: "a", shape: [4, 3], data }));
    assert.equal(matrix.read([0, 2]).length, 6);
    throwsOneLine(
      () => matrix.read([1, 3]),
      new RegExp(
        `^w.safetensors: expected finite weights but found ${value} in row 2, column 1 of "a" \\(counted from 0\\)$`,
      ),
      "FormatError",
    );
  }
});

Deno.test("readMaskMatrices takes 0 and 1 of any element type and nothing else", () => {
  const stored: [data: Tensor["data"], dtype?: Dtype][] = [
    [new Uint8Array([0, 1, 1, 0])],
    [new Uint8Array([0, 1, 1, 0]), "BOOL"],
    [new Float32Array([0, 1, 1, 0])],
    [new BigInt64Array([0n, 1n, 1n, 0n])],
  ];
  for (const [data, dtype] of stored) {
    const [mask] = readMaskMatrices(open({ name: "m", shape: [2, 2], data, ...(dtype && { dtype }) }));
    assert.deepEqual([mask.rows, mask.columns, ...mask.read()], [2, 2, 0, 1, 1, 0]);
    assert.deepEqual([...mask.read([1, 2])], [1, 0]);
  }
  const [two] = readMaskMatrices(open({ name: "m", shape: [2, 2], data: new Uint8Array([0, 1, 1, 2]) }));
  throwsOneLine(
    () => two.read([1, 2]),
    /expected 0 or 1 but found 2 in row 1, column 1 of "m" \(counted from 0\)$/,
    "FormatError",
  );
  const [half] = readMaskMatrices(open({ name: "m", shape: [1, 1], data: new Float32Array([0.5]) }));
  throwsOneLine(
    () => half.read(),
    /expected 0 or 1 but found 0.5 in row 0, column 0 of "m" \(counted from 0\); of weights, --masks nonzero/,
    "FormatError",
  );
});
