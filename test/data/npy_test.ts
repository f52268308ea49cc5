import assert from "node:assert/strict";
import fc from "fast-check";
import { type NpyWritable, parseNpy, serialiseNpy } from "@graphon-limit/data";
import { NUMPY_FILES } from "./numpy_files.ts";
import { assertLinear, fromBase64, npyFile, throwsOneLine } from "./support.ts";

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const kinds = fc.constantFrom<((length: number) => NpyWritable)[]>(
  (length) => Float32Array.from({ length }, (_, i) => i / 3 - 1),
  (length) => Float64Array.from({ length }, (_, i) => i / 3 - 1),
  (length) => Uint8Array.from({ length }, (_, i) => 7 * i),
  (length) => Int32Array.from({ length }, (_, i) => -(2 ** 31) + i),
  (length) => Uint32Array.from({ length }, (_, i) => 2 ** 32 - 1 - i),
);

Deno.test("serialiseNpy and parseNpy are inverse; data begins at a multiple of 64 bytes", () => {
  fc.assert(fc.property(shapes, kinds, (shape, kind) => {
    const data = kind(shape.reduce((product, size) => product * size, 1));
    const file = serialiseNpy(data, shape);
    assert.equal((file.length - data.byteLength) % 64, 0);
    assert.deepEqual(parseNpy(file), { shape, data });
  }));
});

Deno.test("parseNpy reads Fortran order as C order, for any shape and byte order", () => {
  fc.assert(fc.property(shapes, fc.boolean(), (shape, bigEndian) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const bytes = new Uint8Array(2 * count);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      let rest = i, at = 0;
      const strides = shape.map((_, axis) =>
        shape.slice(0, axis).reduce((product, size) => product * size, 1)
      );
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += (rest % shape[axis]) * strides[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      view.setUint16(2 * at, i, !bigEndian);
    }
    const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
    const descr = bigEndian ? ">u2" : "<u2";
    const file = npyFile(`{'descr': '${descr}', 'fortran_order': True, 'shape': (${tuple}), }`, bytes);
    assert.deepEqual(parseNpy(file), { shape, data: Uint16Array.from({ length: count }, (_, i) => i) });
  }));
});

Deno.test("parseNpy reads files NumPy wrote", () => {
  const read = (file: string) => parseNpy(fromBase64(file));
  assert.deepEqual(read(NUMPY_FILES.f4), {
    shape: [2, 3],
    data: new Float32Array([1.5, -2, 0, 3, 1e30, -0]),
  });
  assert.deepEqual(read(NUMPY_FILES.f8Fortran), {
    shape: [2, 3, 4],
    data: Float64Array.from({ length: 24 }, (_, i) => i / 8),
  });
  assert.deepEqual(read(NUMPY_FILES.i4BigEndian), { shape: [3], data: new Int32Array([-1, 2, 2 ** 31 - 1]) });
  assert.deepEqual(read(NUMPY_FILES.booleans), { shape: [2, 2], data: new Uint8Array([1, 0, 0, 1]) });
  assert.deepEqual(read(NUMPY_FILES.i8Scalar), { shape: [], data: new BigInt64Array([-(2n ** 53n)]) });
  assert.deepEqual(read(NUMPY_FILES.u2Version2), { shape: [2], data: new Uint16Array([1, 65535]) });
  assert.deepEqual(read(NUMPY_FILES.f2Version3), { shape: [1, 2], data: new Float16Array([0.5, 65504]) });
});

Deno.test("serialiseNpy writes the bytes NumPy does", () => {
  const data = new Float32Array([1.5, -2, 0, 3, 1e30, -0]);
  assert.deepEqual(serialiseNpy(data, [2, 3]), fromBase64(NUMPY_FILES.f4));
});

Deno.test("parseNpy takes the dictionary in any order and nothing but the dictionary", () => {
  const accepted = npyFile(`{"shape":(2L,),'fortran_order':False , 'descr':'|u1'}`, [5, 6]);
  assert.deepEqual(parseNpy(accepted), { shape: [2], data: new Uint8Array([5, 6]) });
  const refused: [dictionary: string, pattern: RegExp][] = [
    ["", /expected "\{" in the NPY header but found its end$/],
    [
      "{'descr': '|u1', 'fortran_order': False}",
      /expected descr, fortran_order and shape in the NPY header but found no shape$/,
    ],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}", /but found the key "x"$/],
    ["{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}", /the key "descr"/],
    [
      "{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}",
      /expected True or False in the NPY header but found 0$/,
    ],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (2)}", /a tuple of one/],
    [
      "{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}",
      /expected a Python dictionary in the NPY header but found "-2/,
    ],
    ["{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} + 1", /but found " \+ 1"/],
    [
      "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)",
      /expected "\}" in the NPY header but found its end$/,
    ],
    ["{'descr': __import__('os'), 'fortran_order': False, 'shape': (2,)}", /expected a Python dictionary/],
    [
      "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      /expected a size that can be for \|u1 .* but found 2$/,
    ],
    [
      "{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}",
      /expected numbers or booleans but found complex numbers \[2\]$/,
    ],
    [
      "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}",
      /expected numbers or booleans but found Python objects \[2\]$/,
    ],
    [
      "{'descr': '<__proto__', 'fortran_order': False, 'shape': (2,)}",
      /expected NPY elements of f2, f4, .* but found "<__proto__"$/,
    ],
    [
      "{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}",
      /expected NPY booleans of bytes 0 or 1 but found 5$/,
    ],
    [
      "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}",
      /expected 3 bytes for \|u1 \[3\] but found 2$/,
    ],
  ];
  for (const [dictionary, pattern] of refused) {
    throwsOneLine(() => parseNpy(npyFile(dictionary, [5, 6]), "f.npy"), pattern, "FormatError");
  }
  throwsOneLine(
    () => parseNpy(fromBase64(NUMPY_FILES.structured)),
    /but found structured elements$/,
    "FormatError",
  );
});

Deno.test("parseNpy refuses other files, later versions and headers past the end", () => {
  const file = fromBase64(NUMPY_FILES.f4);
  throwsOneLine(
    () => parseNpy(file.slice(0, 9), "f"),
    /^f: expected an NPY file, which begins with \\x93NUMPY, but found another beginning$/,
    "FormatError",
  );
  throwsOneLine(
    () => parseNpy(file.with(1, 0), "f"),
    /^f: expected an NPY file, which begins with \\x93NUMPY, but found another beginning$/,
  );
  throwsOneLine(() => parseNpy(file.with(6, 4), "f"), /expected NPY version 1 to 3 but found 4$/);
  throwsOneLine(
    () => parseNpy(file.with(9, 255), "f"),
    /expected an NPY header of at most 142 bytes but found 65398$/,
  );
  throwsOneLine(
    () => parseNpy(file.slice(0, -1), "f"),
    /expected 24 bytes for <f4 \[2, 3\] but found 23$/,
  );
});

Deno.test("parseNpy refuses at once more dimensions than any library writes", () => {
  const dictionary = `{'descr': '|u1', 'fortran_order': True, 'shape': (${"1,".repeat(4_900)}), }`;
  throwsOneLine(
    () => parseNpy(npyFile(dictionary, [1]), "f"),
    /^f: expected a size that can be for .* 4900 axes\]/,
  );
  const longer = `{'descr': '|u1', 'fortran_order': True, 'shape': (${"1,".repeat(20_000)}), }`;
  throwsOneLine(
    () => parseNpy(npyFile(longer, [1]), "f"),
    /^f: expected an NPY header of at most 10000 bytes/,
  );
});

Deno.test("parseNpy goes through 64 dimensions in Fortran order in time that grows with the elements", () => {
  assertLinear((size) => {
    const axes = Math.log2(size), shape = Array.from({ length: 64 }, (_, axis) => axis < axes ? 2 : 1);
    const dictionary = `{'descr': '|u1', 'fortran_order': True, 'shape': (${shape.join(", ")}), }`;
    const file = npyFile(dictionary, new Uint8Array(size));
    return () => assert.equal(parseNpy(file).data.length, size);
  }, 2 ** 14);
});

Deno.test("serialiseNpy refuses a shape that is not the data's", () => {
  throwsOneLine(
    () => serialiseNpy(new Float32Array(5), [2, 3]),
    /^Expected as many elements as the shape \[2, 3\] has but found 5$/,
  );
});
