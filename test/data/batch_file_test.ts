import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  batchIn,
  type Dtype,
  inputsIn,
  parseTensors,
  readBatch,
  readInputs,
  serialiseNpz,
  serialiseSafetensors,
  type Tensor,
} from "@graphon-limit/data";
import { throwsOneLine, withFolder } from "./support.ts";

function file(...tensors: Tensor[]) {
  return parseTensors(serialiseSafetensors(tensors), "b");
}

/** Inputs that tell their place. */
function x(...shape: number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { name: "x", shape, data: Float32Array.from({ length }, (_, i) => i / 4) };
}

function y(data: Tensor["data"], shape = [data.length], dtype?: Dtype): Tensor {
  return { name: "y", shape, data, ...(dtype && { dtype }) };
}

Deno.test("readBatch and readInputs read any container, and agree", () =>
  withFolder((folder) => {
    const path = join(folder, "batch");
    const pixels = x(2, 3).data as Float32Array, labels = Int32Array.of(3, 255);
    const files = [
      serialiseSafetensors([x(2, 3), y(new BigInt64Array([3n, 255n]))]),
      serialiseNpz([["x", { data: pixels, shape: [2, 3] }], ["y", { data: labels, shape: [2] }]]),
    ];
    for (const bytes of files) {
      Deno.writeFileSync(path, bytes);
      const inputs = { x: pixels, count: 2, dimension: 3, notices: [] };
      assert.deepEqual(readInputs(path), inputs);
      assert.deepEqual(readBatch(path), { ...inputs, y: Uint8Array.of(3, 255) });
    }
    throwsOneLine(
      () => readBatch(join(folder, "none")),
      /none: expected a file to read but found no such file/,
    );
  }));

Deno.test("images become rows of numbers, and keep their shape beside them", () => {
  const cases: [shape: number[], image: number[] | undefined][] = [
    [[2, 12], undefined],
    [[2, 3, 4], [1, 3, 4]],
    [[2, 2, 3, 2], [2, 3, 2]],
  ];
  for (const [shape, image] of cases) {
    const read = inputsIn(file(x(...shape)));
    assert.deepEqual([read.count, read.dimension, read.image, read.x], [2, 12, image, x(2, 12).data]);
  }
});

Deno.test("pixels in bytes are taken as they are, with a notice, by readBatch and readInputs alike", () => {
  const bytes: Tensor = { name: "x", shape: [1, 3], data: Uint8Array.of(0, 7, 255) };
  const expected =
    "b: x holds whole numbers (U8) of 0 to 255, which are taken as they are, not scaled to [0, 1]";
  for (const read of [inputsIn(file(bytes)), batchIn(file(bytes, y(Uint8Array.of(0))))]) {
    assert.deepEqual([[...read.x], read.notices], [[0, 7, 255], [expected]]);
  }
  assert.match(inputsIn(file({ ...bytes, data: new BigInt64Array(3) })).notices[0], /\(I64\) of 0 to 0/);
});

Deno.test("labels are whole numbers of any type, in a row or a column, or ones among zeros", () => {
  const labels = [2, 0, 1];
  const arrays: Tensor[] = [
    y(Uint8Array.from(labels)),
    y(BigInt64Array.from(labels, BigInt)),
    y(Float32Array.from(labels)),
    y(Float64Array.from(labels), [3, 1]),
    y(Float32Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0), [3, 3]),
    y(BigInt64Array.of(0n, 0n, 1n, 1n, 0n, 0n, 0n, 1n, 0n), [3, 3]),
    y(Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0), [3, 3], "BOOL"),
  ];
  for (const each of arrays) assert.deepEqual([...batchIn(file(x(3, 2), each)).y], labels);
  assert.deepEqual([...batchIn(file(x(2, 1), y(Uint8Array.of(0, 1), [2], "BOOL"))).y], [0, 1]);
});

Deno.test("one-hot labels are the classes they stand for, whatever the number of classes", () => {
  const cases = fc.integer({ min: 2, max: 256 }).chain((classes) =>
    fc.tuple(fc.constant(classes), fc.array(fc.nat(classes - 1), { minLength: 1, maxLength: 6 }))
  );
  fc.assert(fc.property(cases, ([classes, labels]) => {
    const ones = new Float32Array(labels.length * classes);
    labels.forEach((label, row) => ones[row * classes + label] = 1);
    assert.deepEqual([...batchIn(file(x(labels.length, 2), y(ones, [labels.length, classes]))).y], labels);
  }));
});

Deno.test("labels from 1 are noticed, and others are not", () => {
  const notices = (...labels: number[]) =>
    batchIn(file(x(labels.length, 1), y(Int32Array.from(labels)))).notices;
  assert.deepEqual(notices(3, 1, 26), [
    "b: y holds labels of 1 to 26 and none of class 0; labels are counted from 0",
  ]);
  assert.deepEqual([notices(0, 1, 2), notices(3, 8)], [[], []]);
});

Deno.test("a lone vector is named with its one axis, whatever it is called", () => {
  throwsOneLine(
    () => inputsIn(file({ ...x(12), name: "x1" })),
    /^b: expected x of \[rows, numbers\], .* but found "x1" of one axis, F32 \[12\]$/,
    "FormatError",
  );
  throwsOneLine(
    () => inputsIn(file({ ...x(12), name: "p" }, { ...x(3), name: "q" })),
    /expected a tensor "x" but found only "p", "q"$/,
  );
});

Deno.test("what is no batch is said in one line", () => {
  const ints = (...values: number[]) => y(Int32Array.from(values));
  const bad = (value: number) => ({ ...x(2, 3), data: (x(2, 3).data as Float32Array).with(4, value) });
  const cases: [tensors: Tensor[], pattern: RegExp][] = [
    [[x(2, 1)], /^b: expected a tensor "y" but found only "x"$/],
    [[ints(1, 2)], /^b: expected a tensor "x" but found only "y"$/],
    [
      [{ ...x(2, 1), name: "images" }, { ...ints(0, 1), name: "labels" }],
      /expected a tensor "x" but found only "(images|labels)", "(images|labels)"$/,
    ],
    [
      [x(2, 1), ints(1)],
      /^b: expected y of labels \[2\] or ones among zeros \[2, classes\], .* but found I32 \[1\]$/,
    ],
    [[x(2, 1), y(new Int32Array(2), [1, 2])], /but found I32 \[1, 2\]$/],
    [[x(2, 1), y(new Int32Array(0), [2, 0])], /but found I32 \[2, 0\]$/],
    [[x(2, 1), y(new Int32Array(4), [2, 2, 1])], /but found I32 \[2, 2, 1\]$/],
    [[x(1, 1), y(new Int32Array(1), [])], /but found I32 \[\]$/],
    [
      [bad(NaN), ints(0, 1)],
      /^b: expected x of finite numbers but found NaN in row 1, column 1 \(counted from 0\)$/,
    ],
    [
      [{ name: "x", shape: [1, 2], data: Float64Array.of(1, 1e300) }, ints(0)],
      /found 1e\+300 \(more than float32 holds\) in row 0, column 1/,
    ],
    [[bad(-Infinity), ints(0, 1)], /found -Infinity in row 1/],
    [[x(0, 1), ints()], /^b: expected x of \[rows, numbers\], .* but found no rows, F32 \[0, 1\]$/],
    [[x(2), ints(0, 1)], /but found one axis, F32 \[2\]$/],
    [[x(2, 1, 1, 1, 1), ints(0, 1)], /but found 5 axes, F32 \[2, 1, 1, 1, 1\]$/],
    [
      [x(2, 1), ints(0, 256)],
      /^b: expected labels of 0 to 255 in y but found 256 in row 1 \(counted from 0\)$/,
    ],
    [[x(2, 1), ints(-1, 1)], /found -1 in row 0/],
    [[x(2, 1), y(Float32Array.of(0, 0.5))], /found 0.5 in row 1/],
    [[x(2, 1), y(Float32Array.of(NaN, 0))], /found NaN in row 0/],
    [
      [x(2, 1), y(Float32Array.of(0, 1, 0.5, 0.5), [2, 2])],
      /^b: expected one 1 in each row of y \[2, 2\] and 0 elsewhere but found 0.5 in row 1, column 0/,
    ],
    [[x(2, 1), y(Float32Array.of(0, 1, 1, 1), [2, 2])], /but found 2 of them in row 1/],
    [[x(2, 1), y(Float32Array.of(0, 0, 0, 1), [2, 2])], /but found 0 of them in row 0/],
    [[x(1, 1), y(new Float32Array(257), [1, 257])], /expected y of at most 256 classes but found 257$/],
  ];
  for (const [tensors, pattern] of cases) throwsOneLine(() => batchIn(file(...tensors)), pattern);
});
