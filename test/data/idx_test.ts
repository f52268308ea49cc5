import assert from "node:assert/strict";
import fc from "fast-check";
import { readIdx, readIdxLabels } from "../../packages/data/datasets/idx.ts";
import { gzip, idxFile, throwsOneLine } from "./support.ts";

const arrays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return fc.record({
    shape: fc.constant(shape),
    data: fc.uint8Array({ minLength: length, maxLength: length }),
  });
});

Deno.test("readIdx returns what was written, plain or gzip", async () => {
  await fc.assert(
    fc.asyncProperty(arrays, fc.boolean(), async ({ shape, data }, compressed) => {
      const file = idxFile(shape, data);
      const array = readIdx(compressed ? await gzip(file) : file, "file");
      assert.deepEqual(array.shape, shape);
      assert.deepEqual([...array.data], [...data]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("readIdx reads an array that is a view into a larger buffer", () => {
  const file = idxFile([2, 2], [1, 2, 3, 4]);
  const padded = new Uint8Array(file.length + 7);
  padded.set(file, 5);
  assert.deepEqual([...readIdx(padded.subarray(5, 5 + file.length), "file").data], [1, 2, 3, 4]);
});

Deno.test("readIdx names the file and what is wrong with it", () => {
  const images = idxFile([2, 3, 3], new Uint8Array(18));
  const altered = (at: number, value: number) => images.with(at, value);
  const cases: [bytes: Uint8Array<ArrayBuffer>, pattern: RegExp, dimensions?: number][] = [
    [new Uint8Array(3), /^img: expected an IDX file of at least 4 bytes but found 3$/],
    [altered(0, 1), /^img: expected an IDX file, .* but found bytes 1 and 0$/],
    [altered(2, 0x07), /^img: expected IDX elements of types 8, 9, 11, 12, 13, 14 but found type 7$/],
    [altered(2, 0x0d), /^img: expected 72 bytes of data, as the IDX shape \[2, 3, 3\] needs, but found 18$/],
    [
      idxFile([2], new Uint8Array(8)).with(2, 0x0d),
      /^img: expected IDX elements of type 8 .* but found type 13$/,
    ],
    [images, /^img: expected an IDX array of 1 dimensions but found 3$/, 1],
    [idxFile([], [5]), /^img: expected an IDX array of at least 1 dimensions but found 0$/],
    [images.slice(0, 9), /^img: expected an IDX header of 16 bytes but found 9$/],
    [
      images.slice(0, -1),
      /^img: expected 18 bytes of data, as the IDX shape \[2, 3, 3\] needs, but found 17$/,
    ],
    [idxFile([2], [1, 2, 3]), /^img: expected 2 bytes of data, as the IDX shape \[2\] needs, but found 3$/],
    [idxFile([0xffffffff, 0xffffffff, 0xffffffff], []), /^img: expected more than 2⁵³ bytes of data/],
  ];
  for (const [bytes, pattern, dimensions] of cases) {
    throwsOneLine(
      () => readIdx(bytes, "img", dimensions === undefined ? {} : { dimensions }),
      pattern,
      "FormatError",
    );
  }
});

Deno.test("readIdx refuses damaged gzip data and what is behind them", async () => {
  const whole = await gzip(idxFile([2000], Uint8Array.from({ length: 2000 }, (_, i) => i * i)));
  const flipped = whole.with(whole.length - 5, whole[whole.length - 5] ^ 1);
  for (
    const bytes of [whole.slice(0, -9), flipped, whole.slice(0, 5), whole.with(2, 9), whole.with(3, 0x80)]
  ) {
    throwsOneLine(
      () => readIdx(bytes, "labels.gz"),
      /^labels.gz: expected whole gzip data but found them damaged or cut short$/,
      "FormatError",
    );
  }
  throwsOneLine(
    () => readIdx(new Uint8Array([...whole, 0, 7]), "labels.gz"),
    /^labels.gz: expected nothing but zeros behind gzip data of \d+ bytes but found other bytes$/,
    "FormatError",
  );
});

Deno.test("readIdx gives a gzip bomb up soon after its limit", async () => {
  const bomb = await gzip(new Uint8Array(48 * 1024 * 1024));
  const before = Deno.memoryUsage().external;
  throwsOneLine(
    () => readIdx(bomb, "bomb.gz", { limit: 1024 }),
    /^bomb.gz: expected gzip data of at most 1 KiB but found more$/,
  );
  assert.ok(Deno.memoryUsage().external - before < 32 * 1024 * 1024);
});

/** An IDX file of whole numbers of any type. */
function labelFile(type: number, bytes: number, shape: number[], values: number[]): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(bytes * values.length), view = new DataView(data.buffer);
  values.forEach((value, i) => {
    if (bytes === 1) view.setInt8(i, value);
    else if (bytes === 2) view.setInt16(2 * i, value);
    else view.setInt32(4 * i, value);
  });
  return idxFile(shape, data).with(2, type);
}

Deno.test("readIdxLabels reads whole numbers of any type, and of several columns the first", async () => {
  for (const [type, bytes] of [[8, 1], [9, 1], [11, 2], [12, 4]]) {
    assert.deepEqual([...readIdxLabels(labelFile(type, bytes, [3], [7, 0, 9]), "l")], [7, 0, 9]);
    assert.deepEqual(
      [...readIdxLabels(await gzip(labelFile(type, bytes, [2, 3], [7, 4, 0, 9, 4, 1])), "l")],
      [7, 9],
    );
  }
  const cases: [file: Uint8Array<ArrayBuffer>, pattern: RegExp][] = [
    [
      labelFile(12, 4, [2], [1, 256]),
      /^l: expected labels of 0 to 255 but found 256 in row 1 \(counted from 0\)$/,
    ],
    [labelFile(9, 1, [2], [1, -1]), /found -1 in row 1/],
    [labelFile(13, 4, [1], [0]), /^l: expected whole numbers as labels .* but found type 13$/],
    [
      labelFile(8, 1, [1, 1, 1], [0]),
      /^l: expected labels \[count\] or \[count, columns\] but found \[1, 1, 1\]$/,
    ],
    [labelFile(8, 1, [3, 0], []), /but found \[3, 0\]$/],
  ];
  for (const [file, pattern] of cases) throwsOneLine(() => readIdxLabels(file, "l"), pattern, "FormatError");
});
