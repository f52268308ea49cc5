import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  type Dtype,
  parseSafetensors,
  SafetensorsFile,
  serialiseSafetensors,
  type TensorArray,
} from "@graphon-limit/data";
import { DTYPE_BYTES } from "../../packages/data/containers/dtype.ts";
import { assertLinear, safetensorsFile, throwsOneLine, withFolder } from "./support.ts";

/** The array of each element type that holds the given bytes. */
const VIEWS: Record<Dtype, (buffer: ArrayBuffer) => TensorArray> = {
  F64: (buffer) => new Float64Array(buffer),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => new Float16Array(buffer),
  BF16: (buffer) => new Uint16Array(buffer),
  I64: (buffer) => new BigInt64Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I16: (buffer) => new Int16Array(buffer),
  I8: (buffer) => new Int8Array(buffer),
  U64: (buffer) => new BigUint64Array(buffer),
  U32: (buffer) => new Uint32Array(buffer),
  U16: (buffer) => new Uint16Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
  BOOL: (buffer) => new Uint8Array(buffer),
};

const tensors = fc.uniqueArray(
  fc.record({
    name: fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "constructor", "layers.0")),
    dtype: fc.constantFrom(...Object.keys(DTYPE_BYTES) as Dtype[]),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
    seed: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
).map((list) =>
  list.filter(({ name }) => name !== "__metadata__").map(({ name, dtype, shape, seed }) => {
    const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
    const content = Uint8Array.from({ length: bytes }, (_, i) => seed[i % 8] ^ i);
    return { name, dtype, shape, content, data: VIEWS[dtype](content.buffer) };
  })
);

Deno.test("serialiseSafetensors and parseSafetensors are inverse, bytes and all", () => {
  const texts = fc.dictionary(fc.string(), fc.string({ unit: "grapheme" }), { maxKeys: 3 });
  fc.assert(fc.property(tensors, texts, (list, metadata) => {
    const file = serialiseSafetensors(list, metadata);
    const headerBytes = new DataView(file.buffer).getBigUint64(0, true);
    assert.equal(headerBytes % 8n, 0n);
    using reader = parseSafetensors(file);
    assert.deepEqual([...reader.metadata], Object.entries(metadata));
    const order = (a: { name: string }, b: { name: string }) => a.name < b.name ? -1 : 1;
    assert.deepEqual(
      reader.tensors.toSorted(order),
      list.map(({ name, dtype, shape }) => ({ name, dtype, shape })).sort(order),
    );
    for (const { name, content } of list) assert.deepEqual(reader.readBytes(name), content);
  }));
});

Deno.test("serialiseSafetensors writes the bytes of the reference implementation's own tests", () => {
  const aligned = '{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}';
  const padded = '{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       ';
  for (
    const [header, name, shape] of [[aligned, "attn.0", [1, 2, 3]], [padded, "attn0", [1, 1, 2, 3]]] as const
  ) {
    assert.deepEqual(
      serialiseSafetensors([{ name, shape, data: new Float32Array(6) }]),
      safetensorsFile(header, new Uint8Array(24)),
    );
  }
});

Deno.test("serialiseSafetensors aligns every tensor to its elements", () => {
  const reader = parseSafetensors(serialiseSafetensors([
    { name: "mask", shape: [3], data: new Uint8Array([1, 0, 1]) },
    { name: "weight", shape: [2], data: new Float32Array([1.5, -2]) },
    { name: "label", shape: [1], data: new BigInt64Array([7n]) },
  ]));
  assert.deepEqual(reader.tensors.map(({ name }) => name), ["label", "weight", "mask"]);
  assert.deepEqual([...reader.readFloat32("weight")], [1.5, -2]);
});

Deno.test("readFloat32 converts every element type", () => {
  const file = serialiseSafetensors([
    { name: "F64", shape: [2], data: new Float64Array([0.1, -1e300]) },
    { name: "F16", shape: [4], data: new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]), dtype: "F16" },
    { name: "BF16", shape: [3], data: new Uint16Array([0x3f80, 0xc049, 0x0001]), dtype: "BF16" },
    { name: "I64", shape: [2], data: new BigInt64Array([-3n, 1n << 40n]) },
    { name: "U64", shape: [1], data: new BigUint64Array([1n << 63n]) },
    { name: "I16", shape: [1], data: new Int16Array([-300]) },
    { name: "I8", shape: [1], data: new Int8Array([-3]) },
    { name: "U16", shape: [1], data: new Uint16Array([65535]) },
    { name: "U32", shape: [1], data: new Uint32Array([2 ** 31]) },
    { name: "BOOL", shape: [2], data: new Uint8Array([0, 1]), dtype: "BOOL" },
  ]);
  const reader = parseSafetensors(file);
  const read = (name: string) => [...reader.readFloat32(name)];
  assert.deepEqual(read("F64"), [Math.fround(0.1), -Infinity]);
  assert.deepEqual(read("F16"), [1, -2, 2 ** -24, Infinity]);
  assert.deepEqual(read("BF16"), [1, -3.140625, 2 ** -133]);
  assert.deepEqual(read("I64"), [-3, 2 ** 40]);
  assert.deepEqual(read("U64"), [2 ** 63]);
  assert.deepEqual([read("I16"), read("I8"), read("U16"), read("U32")], [[-300], [-3], [65535], [2 ** 31]]);
  assert.deepEqual(read("BOOL"), [0, 1]);
});

Deno.test("readUint8 and readInt32 take whole numbers in range from any type, and nothing else", () => {
  const reader = parseSafetensors(
    serialiseSafetensors([
      { name: "labels", shape: [3], data: new BigInt64Array([0n, 9n, 255n]) },
      { name: "mask", shape: [2], data: new Float32Array([1, 0]) },
      { name: "half", shape: [2], data: new Float32Array([1, 0.5]) },
      { name: "wide", shape: [2], data: new BigInt64Array([-(2n ** 31n), 2n ** 31n]) },
      { name: "missing", shape: [1], data: new Float32Array([NaN]) },
    ]),
    "f",
  );
  assert.deepEqual([...reader.readUint8("labels")], [0, 9, 255]);
  assert.deepEqual([...reader.readInt32("labels")], [0, 9, 255]);
  assert.deepEqual([...reader.readUint8("mask")], [1, 0]);
  assert.deepEqual([...reader.readInt32("wide", [0, 1])], [-(2 ** 31)]);
  throwsOneLine(
    () => reader.readUint8("half"),
    /^f: expected tensor "half" to hold whole numbers of 0 to 255 but found 0.5$/,
  );
  throwsOneLine(() => reader.readInt32("wide"), /but found 2147483648$/, "FormatError");
  throwsOneLine(() => reader.readUint8("missing"), /but found NaN$/, "FormatError");
});

Deno.test("row ranges and tensors larger than a decoding chunk read the same from memory and from disk", () =>
  withFolder((folder) => {
    const [rows, columns] = [700, 501];
    const wide = Float64Array.from({ length: rows * columns }, (_, i) => i / 8);
    const bytes = serialiseSafetensors([
      { name: "wide", shape: [rows, columns], data: wide },
      { name: "single", shape: [rows, columns], data: Float32Array.from(wide) },
      { name: "cube", shape: [3, 2, 2], data: Int8Array.from({ length: 12 }, (_, i) => i) },
    ]);
    const path = join(folder, "w.safetensors");
    Deno.writeFileSync(path, bytes);
    using file = SafetensorsFile.open(path);
    for (const reader of [file, parseSafetensors(bytes)]) {
      for (const name of ["wide", "single"]) {
        assert.deepEqual(reader.readFloat32(name), Float32Array.from(wide));
        for (const [from, to] of [[0, 1], [13, 600], [699, 700], [5, 5], [0, 700]] as const) {
          const expected = Float32Array.from(wide.subarray(from * columns, to * columns));
          assert.deepEqual(reader.readFloat32(name, [from, to]), expected);
        }
      }
      assert.deepEqual([...reader.readUint8("cube", [1, 2])], [4, 5, 6, 7]);
      const panel = new Float32Array(2 * columns);
      assert.equal(reader.readFloat32("single", [1, 3], panel), panel);
      assert.equal(panel[0], columns / 8);
      for (const range of [[-1, 2], [3, 2], [0, 701], [0.5, 1]] as const) {
        throwsOneLine(
          () => reader.readFloat32("wide", range),
          /: expected tensor "wide" to have rows .* but found \[700, 501\]$/,
        );
      }
      throwsOneLine(
        () => reader.readFloat32("single", [0, 1], panel),
        /^Expected an array of 501 elements to read "single" into but found 1002$/,
      );
    }
  }));

Deno.test("a missing tensor is named beside those there are", () => {
  const reader = parseSafetensors(
    serialiseSafetensors([{ name: "a", shape: [1], data: new Uint8Array(1) }]),
    "f",
  );
  throwsOneLine(
    () => reader.readFloat32("b"),
    /^f: expected a tensor "b" but found only "a"$/,
    "InvalidArgumentError",
  );
  throwsOneLine(() => reader.info("toString"), /a tensor "toString" but found only "a"$/);
  throwsOneLine(
    () => parseSafetensors(safetensorsFile("{}", new Uint8Array())).info("a"),
    /but found no tensor at all$/,
  );
});

Deno.test("headers that promise what the file does not hold are refused", () => {
  const entry = (dtype: string, shape: string, offsets: string) =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
  const data = new Uint8Array(8);
  const cases: [header: string, pattern: RegExp][] = [
    [`[]`, /expected a safetensors header that is a JSON object in UTF-8 but found none$/],
    [`{"a":`, /expected a safetensors header that is a JSON object in UTF-8 but found none$/],
    [
      ` {"a":${entry("F32", "[2]", "[0,8]")}}`,
      /expected a safetensors header that is a JSON object in UTF-8 but found none$/,
    ],
    [`{"a":{"dtype":8,"shape":[8],"data_offsets":[0,8]}}`, /tensor "a" to have an element type but found 8$/],
    [`{"a":7}`, /to have an element type but found none$/],
    [`{"a":${entry("F8_E4M3", "[9]", "[0,8]")}}`, /"a" of F8_E4M3 \[9\] to take 9 bytes but found 8$/],
    [`{"a":${entry("F4", "[17]", "[0,8]")}}`, /"a" of F4 \[17\] to take 9 bytes but found 8$/],
    [`{"a":${entry("X9", "[1]", "[8,0]")}}`, /"a" of X9 \[1\] to take at least 0 bytes but found -8$/],
    [
      `{"a":${entry("U8", "[4]", "[0,4]")},"a":${entry("U8", "[8]", "[0,8]")}}`,
      /each name once .* "a" twice$/,
    ],
    [`{"a":${entry("U8", "[4]", "[0,4]")},"\\u0061":${entry("U8", "[8]", "[0,8]")}}`, /"a" twice$/],
    [`{"a":{"dtype":"U8","shape":[4],"shape":[8],"data_offsets":[0,8]}}`, /"shape" twice$/],
    [
      `{"a":${entry("U8", `[8${",1".repeat(64)}]`, "[0,8]")}}`,
      /to have a shape of whole numbers but found another/,
    ],
    [`{"a":{"dtype":"U8","data_offsets":[0,8]}}`, /tensor "a" to have a shape but found none$/],
    [`{"a":${entry("U8", "[-8]", "[0,8]")}}`, /tensor "a" to have a shape of whole numbers/],
    [`{"a":${entry("U8", "[1.5]", "[0,8]")}}`, /tensor "a" to have a shape of whole numbers/],
    [
      `{"a":${entry("F64", "[9007199254740991, 2]", "[0,8]")}}`,
      /to have a shape of whole numbers but found another, or one too large$/,
    ],
    [
      `{"a":${entry("F32", "[2]", '["0","8"]')}}`,
      /tensor "a" to have data_offsets \[begin, end\] but found a list$/,
    ],
    [`{"a":${entry("F32", "[2]", "[0]")}}`, /to have data_offsets/],
    [`{"a":${entry("F32", "[2]", "[-8,0]")}}`, /to have data_offsets/],
    [`{"a":${entry("F32", "[3]", "[0,8]")}}`, /tensor "a" of F32 \[3\] to take 12 bytes but found 8$/],
    [`{"a":${entry("F32", "[2]", "[8,0]")}}`, /to take 8 bytes but found -8$/],
    [
      `{"a":${entry("F32", "[4]", "[0,16]")}}`,
      /expected 16 bytes of data, as its tensors take, but found 8$/,
    ],
    [`{"a":${entry("F32", "[1]", "[0,4]")}}`, /expected 4 bytes of data, as its tensors take, but found 8$/],
    [
      `{"a":${entry("F32", "[1]", "[4,8]")}}`,
      /expected tensor "a" to begin at byte 0 but found a hole before it, at 4$/,
    ],
    [
      `{"a":${entry("U8", "[6]", "[0,6]")},"b":${entry("U8", "[4]", "[4,8]")}}`,
      /tensor "b" to begin at byte 6 but found it overlapping what is before it, at 4$/,
    ],
    [
      `{"__metadata__":[],"a":${entry("U8", "[8]", "[0,8]")}}`,
      /__metadata__ to be an object of strings but found a list$/,
    ],
    [
      `{"__metadata__":{"k":1},"a":${entry("U8", "[8]", "[0,8]")}}`,
      /__metadata__ entry "k" to be a string but found 1$/,
    ],
  ];
  for (const [header, pattern] of cases) {
    throwsOneLine(
      () => parseSafetensors(safetensorsFile(header, data), "f.safetensors"),
      pattern,
      "FormatError",
    );
  }
  const invalidUtf8 = safetensorsFile(`{"a":${entry("U8", "[8]", "[0,8]")}}`, data).with(10, 0xff);
  throwsOneLine(() => parseSafetensors(invalidUtf8), /a JSON object in UTF-8 but found none$/);
});

Deno.test("a header longer than the file, or past 100 MB, is refused before it is read", () => {
  const length = (bytes: bigint) => {
    const file = new Uint8Array(24);
    new DataView(file.buffer).setBigUint64(0, bytes, true);
    return file;
  };
  for (const bytes of [17n, 100_000_001n, 2n ** 53n, 2n ** 64n - 1n]) {
    throwsOneLine(
      () => parseSafetensors(length(bytes), "f"),
      /^f: expected a safetensors file, with a header of at most 16 bytes, but found a claim of \d+$/,
    );
  }
  throwsOneLine(
    () => parseSafetensors(new Uint8Array(7), "f"),
    /^f: expected a safetensors file of at least 8 bytes but found 7$/,
  );
});

Deno.test("tensors of types that nothing here reads are told apart, and the others read", () => {
  const header = '{"scale":{"dtype":"F8_E8M0","shape":[2],"data_offsets":[0,2]},' +
    '"mask":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},"new":{"dtype":"Q3_\\u001b","shape":[9,9],"data_offsets":[4,7]}}';
  using file = parseSafetensors(safetensorsFile(header, Uint8Array.of(1, 2, 0, 1, 5, 6, 7)));
  assert.deepEqual(file.tensors, [{ name: "mask", dtype: "U8", shape: [2] }]);
  assert.deepEqual(file.unread.map(({ name, what }) => [name, what]), [
    ["scale", "F8_E8M0 [2]"],
    ["new", "Q3_\\x1b [9, 9]"],
  ]);
  assert.deepEqual([...file.readUint8("mask")], [0, 1]);
});

Deno.test("a header of very many names or brackets is read or refused in time that grows with it", () => {
  const names = (count: number) => {
    const entries = Array.from(
      { length: count },
      (_, i) => `"t${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
    );
    const file = safetensorsFile(`{${entries.join(",")}}`, new Uint8Array());
    return () => assert.equal(parseSafetensors(file).tensors.length, count);
  };
  const brackets = (count: number) => {
    const file = safetensorsFile(`{"a":${"[".repeat(count)}${"]".repeat(count)}}`, new Uint8Array());
    return () => throwsOneLine(() => parseSafetensors(file), /expected /, "FormatError");
  };
  assertLinear(names, 10_000);
  assertLinear(brackets, 100_000);
});

Deno.test("a tensor called __proto__ is a tensor like any other", () => {
  const file = serialiseSafetensors([{ name: "__proto__", shape: [1], data: new Uint8Array([5]) }]);
  assert.deepEqual([...parseSafetensors(file).readUint8("__proto__")], [5]);
  assert.equal(({} as Record<string, unknown>).dtype, undefined);
});

Deno.test("serialiseSafetensors refuses what a reader would refuse", () => {
  const data = new Uint8Array(4);
  throwsOneLine(
    () => serialiseSafetensors([{ name: "a", shape: [3], data }]),
    /^Expected elements of "a" for U8 \[3\] but found 4 in a Uint8Array$/,
  );
  throwsOneLine(
    () => serialiseSafetensors([{ name: "a", shape: [4], data, dtype: "F32" }]),
    /4 in a Uint8Array$/,
  );
  throwsOneLine(
    () => serialiseSafetensors([{ name: "a", shape: [-4], data }]),
    /to have a shape of whole numbers but found \[-4\]$/,
  );
  throwsOneLine(
    () => serialiseSafetensors([{ name: "__metadata__", shape: [4], data }]),
    /^Expected a tensor name that a file can hold but found /,
  );
  throwsOneLine(
    () => serialiseSafetensors([{ name: "\ud800", shape: [4], data }]),
    /^Expected a tensor name that a file can hold but found /,
  );
  const twice = [{ name: "a", shape: [4], data }, { name: "a", shape: [4], data }];
  throwsOneLine(
    () => serialiseSafetensors(twice),
    /^Expected each tensor name once but found "a" twice$/,
    "InvalidArgumentError",
  );
});

Deno.test("SafetensorsFile.open says in one line what cannot be opened", () =>
  withFolder((folder) => {
    throwsOneLine(
      () => SafetensorsFile.open(join(folder, "no")),
      /no: expected a file to read but found no such file/,
      "InvalidArgumentError",
    );
    throwsOneLine(() => SafetensorsFile.open(folder), /: expected a file to read but found a directory$/);
    const path = join(folder, "text");
    Deno.writeTextFileSync(path, "this is no safetensors file");
    throwsOneLine(() => SafetensorsFile.open(path), /text: expected a safetensors file, /, "FormatError");
    throwsOneLine(() => SafetensorsFile.open(""), /^: expected a file to read but found /);
  }));

Deno.test("a file cut short while open is noticed", () =>
  withFolder((folder) => {
    const path = join(folder, "f");
    Deno.writeFileSync(path, serialiseSafetensors([{ name: "a", shape: [64], data: new Uint8Array(64) }]));
    using file = SafetensorsFile.open(path);
    Deno.truncateSync(path, 100);
    throwsOneLine(
      () => file.readUint8("a"),
      /f: expected 128 bytes, as it had when it was opened, but found that it became shorter$/,
      "FormatError",
    );
  }));
