import assert from "node:assert/strict";
import fc from "fast-check";
import { zipSync } from "fflate";
import { parseNpz, serialiseNpy, serialiseNpz } from "@graphon-limit/data";
import { NUMPY_FILES } from "./numpy_files.ts";
import { fromBase64, throwsOneLine } from "./support.ts";

/** Where a signature stands in a file, the first time. */
function find(file: Uint8Array, ...signature: number[]): number {
  return file.findIndex((_, at) => signature.every((byte, i) => file[at + i] === byte));
}

function findDirectory(file: Uint8Array): number {
  return find(file, 0x50, 0x4b, 1, 2);
}

Deno.test("serialiseNpz and parseNpz are inverse, and the bytes depend on the arrays only", () => {
  const arrays = fc.dictionary(
    fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "a/b", "histogram")),
    fc.array(fc.float(), { maxLength: 30 }),
    { maxKeys: 4 },
  );
  fc.assert(fc.property(arrays, (dictionary) => {
    const entries = Object.entries(dictionary)
      .map(([name, values]) => [name, { data: Float32Array.from(values), shape: [values.length] }] as const);
    const file = serialiseNpz(entries);
    assert.deepEqual([...parseNpz(file)], entries.map(([name, { data, shape }]) => [name, { shape, data }]));
    assert.deepEqual(serialiseNpz(entries), file);
  }));
});

Deno.test("parseNpz reads archives NumPy wrote, stored and deflated", () => {
  for (const file of [NUMPY_FILES.stored, NUMPY_FILES.deflated]) {
    const arrays = parseNpz(fromBase64(file));
    assert.deepEqual([...arrays.keys()], ["histogram", "widths"]);
    assert.deepEqual(arrays.get("histogram"), { shape: [2, 3], data: new Float64Array([0, 1, 2, 3, 4, 5]) });
    assert.deepEqual(arrays.get("widths"), { shape: [2], data: new Int32Array([100, 500]) });
  }
});

Deno.test("parseNpz refuses what decompresses to more than the limit, before decompressing", () => {
  const file = serialiseNpz([["zeros", { data: new Uint8Array(100_000), shape: [100_000] }]]);
  throwsOneLine(
    () => parseNpz(file, "f.npz", 50_000),
    /^f.npz: decompresses to 97.8 KiB, expected at most 48.8 KiB$/,
    "FormatError",
  );
});

Deno.test("parseNpz believes no size a deflate stream cannot reach", () => {
  const file = serialiseNpz([["a", { data: new Uint8Array(10), shape: [10] }]]);
  new DataView(file.buffer).setUint32(findDirectory(file) + 24, 900_000_000, true);
  throwsOneLine(() => parseNpz(file, "f"), /^f: "a.npy" claims 900000000 bytes, more than its \d+ stored/);
});

Deno.test("parseNpz checks each array's checksum", () => {
  const file = fromBase64(NUMPY_FILES.stored);
  const data = file.findIndex((byte, at) => byte === 0xf0 && file[at + 1] === 0x3f);
  throwsOneLine(
    () => parseNpz(file.with(data, 0xf1), "f"),
    /^f: "histogram.npy" does not match its checksum$/,
  );
});

Deno.test("parseNpz refuses other archives in one line", () => {
  const good = serialiseNpz([["a", { data: new Uint8Array(10), shape: [10] }]]);
  const directory = findDirectory(good);
  const altered = (at: number, ...bytes: number[]) => {
    const copy = good.slice();
    copy.set(bytes, at);
    return copy;
  };
  const npy = serialiseNpy(new Uint8Array(1), [1]);
  const cases: [file: Uint8Array, pattern: RegExp][] = [
    [new Uint8Array(5), /^f: not a ZIP archive/],
    [good.slice(0, -3), /^f: not a ZIP archive/],
    [altered(directory, 0), /^f: damaged ZIP directory$/],
    [altered(directory + 8, 1), /"a.npy" is encrypted/],
    [altered(directory + 10, 12), /uses ZIP method 12, expected stored or deflated/],
    [altered(directory + 24, 255, 255, 255, 255), /ZIP64/],
    [altered(directory + 42, 7), /is not where the ZIP directory says/],
    [altered(directory + 20, 255, 255), /is cut short/],
    [altered(find(good, 0x50, 0x4b, 3, 4) + 35, 7, 7, 7), /is damaged|does not match/],
    [zipSync({ "a.txt": npy }), /"a.txt" is not an .npy file/],
    [zipSync({ "a.npy": new Uint8Array(20) }), /^f: a.npy: not an NPY file/],
  ];
  for (const [file, pattern] of cases) throwsOneLine(() => parseNpz(file, "f"), pattern, "FormatError");
  const twice = ["a", { data: new Uint8Array(1), shape: [1] }] as const;
  throwsOneLine(() => serialiseNpz([twice, twice]), /"a" is used twice/, "InvalidArgumentError");
});
