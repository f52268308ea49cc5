import assert from "node:assert/strict";
import fc from "fast-check";
import { parseIdx, readIdx } from "@graphon-limit/data";
import { gzip, idxFile, rejectsOneLine, throwsOneLine } from "./support.ts";

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
      const array = await readIdx(compressed ? await gzip(file) : file, "file");
      assert.deepEqual(array.shape, shape);
      assert.deepEqual([...array.data], [...data]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("parseIdx reads an array that is a view into a larger buffer", () => {
  const file = idxFile([2, 2], [1, 2, 3, 4]);
  const padded = new Uint8Array(file.length + 7);
  padded.set(file, 5);
  assert.deepEqual([...parseIdx(padded.subarray(5, 5 + file.length), "file").data], [1, 2, 3, 4]);
});

Deno.test("parseIdx names the file and what is wrong with it", () => {
  const images = idxFile([2, 3, 3], new Uint8Array(18));
  const altered = (at: number, value: number) => images.with(at, value);
  const cases: [bytes: Uint8Array<ArrayBuffer>, pattern: RegExp, dimensions?: number][] = [
    [new Uint8Array(3), /^img: 3 bytes are too few/],
    [altered(0, 1), /^img: not an IDX file/],
    [altered(2, 0x0d), /^img: IDX element type is 13, expected 8/],
    [images, /^img: IDX array has 3 dimensions, expected 1$/, 1],
    [idxFile([], [5]), /^img: IDX array has 0 dimensions, expected at least 1$/],
    [images.slice(0, 9), /^img: cut short within the IDX header/],
    [images.slice(0, -1), /^img: IDX shape \[2, 3, 3\] needs 18 B of data, found 17 B/],
    [idxFile([2], [1, 2, 3]), /^img: IDX shape \[2\] needs 2 B of data, found 3 B/],
    [idxFile([0xffffffff, 0xffffffff, 0xffffffff], []), /needs far more of data/],
  ];
  for (const [bytes, pattern, dimensions] of cases) {
    throwsOneLine(() => parseIdx(bytes, "img", dimensions), pattern, "FormatError");
  }
});

Deno.test("readIdx refuses damaged gzip data", async () => {
  const whole = await gzip(idxFile([2000], Uint8Array.from({ length: 2000 }, (_, i) => i * i)));
  const flipped = whole.with(whole.length - 5, whole[whole.length - 5] ^ 1);
  for (const bytes of [whole.slice(0, -9), flipped, new Uint8Array([...whole, 0]), whole.slice(0, 5)]) {
    await rejectsOneLine(
      readIdx(bytes, "labels.gz"),
      /^labels.gz: damaged or incomplete gzip data$/,
      "FormatError",
    );
  }
});

Deno.test("readIdx gives a gzip bomb up soon after its limit", async () => {
  const bomb = await gzip(new Uint8Array(48 * 1024 * 1024));
  const before = Deno.memoryUsage().external;
  await rejectsOneLine(
    readIdx(bomb, "bomb.gz", { limit: 1024 }),
    /^bomb.gz: decompresses to more than the expected 1 KiB/,
  );
  assert.ok(Deno.memoryUsage().external - before < 32 * 1024 * 1024);
});
