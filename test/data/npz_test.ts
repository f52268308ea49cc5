import assert from "node:assert/strict";
import fc from "fast-check";
import { zipSync } from "fflate";
import { parseNpz, parseTensors, readNetwork, serialiseNpy, serialiseNpz } from "@graphon-limit/data";
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
    /^f.npz: expected arrays of at most 48.8 KiB together but found 97.8 KiB$/,
    "FormatError",
  );
});

Deno.test("parseNpz believes no size a deflate stream cannot reach", () => {
  const file = serialiseNpz([["a", { data: new Uint8Array(10), shape: [10] }]]);
  new DataView(file.buffer).setUint32(findDirectory(file) + 24, 900_000_000, true);
  throwsOneLine(
    () => parseNpz(file, "f"),
    /^f: expected "a.npy" of at most \d+ bytes, .* but found a claim of 900000000$/,
  );
});

Deno.test("parseNpz checks each array's checksum", () => {
  const file = fromBase64(NUMPY_FILES.stored);
  const data = file.findIndex((byte, at) => byte === 0xf0 && file[at + 1] === 0x3f);
  throwsOneLine(
    () => parseNpz(file.with(data, 0xf1), "f"),
    /^f: histogram.npy: expected bytes that match their checksum but found others$/,
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
    [new Uint8Array(5), /^f: expected a ZIP archive but found no end of its directory$/],
    [good.slice(0, -3), /^f: expected a ZIP archive but found no end of its directory$/],
    [altered(directory, 0), /^f: expected an entry of a ZIP directory at byte \d+ but found a damaged one$/],
    [altered(directory + 8, 1), /expected "a.npy" as it is but found it encrypted$/],
    [altered(directory + 10, 12), /stored or deflated \(ZIP methods 0 and 8\) but found 12$/],
    [
      altered(directory + 24, 255, 255, 255, 255),
      /expected "a.npy" of at most \d+ bytes, .* a claim of 4294967295$/,
    ],
    [altered(directory + 42, 7), /at byte 7, where the ZIP directory says, but found something else$/],
    [altered(directory + 46, 0x62), /expected "b.npy" at byte 0, where .*, but found something else$/],
    [
      altered(directory + 20, 255, 255),
      /expected "a.npy" of 65535 bytes but found \d+ to the end of the archive$/,
    ],
    [altered(find(good, 0x50, 0x4b, 3, 4) + 35, 7, 7, 7), /them damaged$|another$/],
    [zipSync({ "a.txt": npy }), /expected nothing but .npy files in it but found "a.txt"$/],
    [zipSync({ "a.npy": new Uint8Array(20) }), /^f: a.npy: expected an NPY file/],
    [zipSync({ [`${"a".repeat(9999)}.npy`]: new Uint8Array(20) }), /^f: a{79}…: expected an NPY file/],
  ];
  for (const [file, pattern] of cases) throwsOneLine(() => parseNpz(file, "f"), pattern, "FormatError");
  const twice = ["a", { data: new Uint8Array(1), shape: [1] }] as const;
  throwsOneLine(
    () => serialiseNpz([twice, twice]),
    /^Expected each array name once but found "a" twice$/,
    "InvalidArgumentError",
  );
});

Deno.test("a damaged array is refused however often it is read, by whoever reads a network in another way, too", () => {
  const data = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.cos(i));
  for (
    const file of [
      serialiseNpz([["l0.weight", { data, shape: [64, 64] }]]),
      zipSync({
        "l0.weight.npy": [serialiseNpy(data, [64, 64]), { level: 0 }],
      }),
    ]
  ) {
    const npy = serialiseNpy(data, [64, 64]).subarray(-8), at = lastIndexOf(file, npy);
    // Of a stored file one bit of a number, of a deflated one what it says that its bytes add up to.
    if (at >= 0) file[at] ^= 1;
    else for (const start of [14, findDirectory(file) + 16]) file[start] ^= 1;
    using tensors = parseTensors(file, "f");
    for (let time = 0; time < 3; time++) {
      throwsOneLine(
        () => tensors.readFloat32("l0.weight"),
        /f: l0\.weight\.npy: expected bytes that match their checksum/,
      );
    }
    for (const chain of [true, false, "wanted"] as const) {
      using weights = parseTensors(file, "f");
      assert.throws(
        () => readNetwork({ weights }, { chain }).layers[0].weight!.read(),
        /match their checksum/,
      );
    }
  }
});

/** Where some bytes stand, the last time; −1 where they do not. */
function lastIndexOf(file: Uint8Array, bytes: Uint8Array): number {
  return file.findLastIndex((_, at) => bytes.every((byte, i) => file[at + i] === byte));
}
