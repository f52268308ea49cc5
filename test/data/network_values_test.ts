import assert from "node:assert/strict";
import { countZeros, type Dtype, readNetwork, type Tensor, zerosNotice } from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";
import { file, mask } from "./network_files.ts";

Deno.test("weights that are exactly 0 are counted, noticed past one in a hundred, and taken as pruned where so asked", () => {
  for (const dtype of ["F32", "F16", "BF16"] as const) {
    const values = [1, -2, 0, -0, 0.5, 3, 0, 0, 2, 1, 1, 1];
    const bits: Record<string, (value: number) => number> = {
      F16: (value) => new Uint16Array(new Float16Array([value]).buffer)[0],
      BF16: (value) => new Uint32Array(new Float32Array([value]).buffer)[0] >>> 16,
    };
    const data = dtype === "F32" ? new Float32Array(values) : Uint16Array.from(values, bits[dtype]);
    const weights = file("w", { name: "fc", shape: [3, 4], data, dtype });
    const { layers } = readNetwork({ weights, masks: "nonzero" });
    assert.deepEqual([...layers[0].mask?.read() ?? []], values.map((value) => value === 0 ? 0 : 1));
    assert.deepEqual([...layers[0].mask?.read([1, 2]) ?? []], [1, 1, 0, 0]);
    const counts = countZeros(layers.flatMap(({ weight }) => weight ?? []));
    assert.deepEqual(counts, [{ zeros: 4, total: 12 }]);
    assert.equal(
      zerosNotice(counts, "w"),
      "w: 4 of 12 weights (33.3 %) are exactly 0, and no mask says whether they are pruned; --masks nonzero takes them as pruned",
    );
  }
  assert.equal(zerosNotice([{ zeros: 1, total: 100 }], "w"), undefined);
  assert.match(zerosNotice([{ zeros: 2, total: 100 }], "w") ?? "", /2 of 100/);
  assert.equal(zerosNotice([], "w"), undefined);
});

Deno.test("zeros are counted row by row, past what is read at a time", () => {
  const columns = 1000, rows = 4300;
  const weights = file("w", {
    name: "fc",
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, (_, i) => i % 3),
  });
  const [{ weight }] = readNetwork({ weights }).layers;
  assert.deepEqual(weight && countZeros([weight]), [{
    zeros: Math.ceil(rows * columns / 3),
    total: rows * columns,
  }]);
});

Deno.test("masks are 0 and 1 of any type; anything else is shown with its place", () => {
  const arrays: Partial<Record<Dtype, (values: number[]) => Tensor["data"]>> = {
    F64: (values) => new Float64Array(values),
    F32: (values) => new Float32Array(values),
    I64: (values) => BigInt64Array.from(values, BigInt),
    I32: (values) => new Int32Array(values),
    I16: (values) => new Int16Array(values),
    I8: (values) => new Int8Array(values),
    U8: (values) => new Uint8Array(values),
    U16: (values) => new Uint16Array(values),
  };
  for (const [dtype, array] of Object.entries(arrays)) {
    const masks = file("m", {
      name: "a",
      shape: [2, 3],
      data: array([0, 1, 1, 0, 0, 1]),
      dtype: dtype as Dtype,
    });
    const read = readNetwork({ masks }).layers[0].mask?.read;
    assert.deepEqual([...read?.() ?? []], [0, 1, 1, 0, 0, 1], dtype);
    assert.deepEqual([...read?.([1, 2]) ?? []], [0, 0, 1], dtype);
  }
  const bad: [value: number, shown: string][] = [
    [0.5, "0.5"],
    [-1, "-1"],
    [NaN, "NaN"],
    [255, "255"],
    [2, "2"],
    [Math.fround(1 - 1e-7), "0.9999998807907104"],
  ];
  for (const [value, shown] of bad) {
    const data = new Float32Array(12).fill(1).with(7, value);
    const masks = file("m", { name: "a.weight", shape: [3, 4], data });
    const { mask } = readNetwork({ masks }).layers[0];
    assert.equal(mask?.read([0, 1]).length, 4);
    const found = new RegExp(
      `^m: expected 0 or 1 but found ${shown} in row 1, column 3 of "a.weight" \\(counted from 0\\)`,
    );
    for (const rows of [undefined, [1, 2], [0, 2]] as const) {
      throwsOneLine(() => mask?.read(rows), found, "FormatError");
    }
  }
  const taps = file("m", { name: "conv", shape: [2, 2, 1, 2], data: new Float32Array(8).fill(1).with(6, 7) });
  throwsOneLine(
    () => readNetwork({ masks: taps }).layers[0].mask?.read([1, 2]),
    /^m: expected 0 or 1 but found 7 at \[1, 1, 0, 0\] of "conv" \(counted from 0\)$/,
  );
  const pixels = file("m", { name: "a", shape: [1, 2], data: new Uint8Array([0, 255]) });
  throwsOneLine(
    () => readNetwork({ masks: pixels }).layers[0].mask?.read(),
    /; masks of 0 and 255 are to be divided by 255$/,
  );
  const out = new Uint8Array(3);
  const whole = readNetwork({ masks: file("m", mask("a", [3, 1])) }).layers[0].mask;
  assert.equal(whole?.read(undefined, out), out);
  throwsOneLine(
    () => whole?.read([0, 1], out),
    /^Expected an array of 1 elements to read "a" into but found 3$/,
  );
});

Deno.test("weights and biases that are not finite are shown with their place", () => {
  const weights = file(
    "w",
    { name: "fc.weight", shape: [2, 2], data: new Float32Array([1, 2, Infinity, 4]) },
    { name: "fc.bias", shape: [2], data: new Float32Array([1, NaN]) },
  );
  const [{ weight, bias }] = readNetwork({ weights }).layers;
  throwsOneLine(
    () => weight?.read(),
    /^w: expected finite weights but found Infinity in row 1, column 0 of "fc.weight"/,
  );
  const wide = file("w", { name: "fc.weight", shape: [1, 2], data: new Float64Array([1, -1e300]) });
  throwsOneLine(
    () => readNetwork({ weights: wide }).layers[0].weight?.read(),
    /^w: expected finite weights but found -1e\+300 \(more than float32 holds\) in row 0, column 1 of/,
  );
  throwsOneLine(
    () => bias?.read(),
    /^w: expected finite biases but found NaN at 1 of "fc.bias" \(counted from 0\)$/,
  );
});
