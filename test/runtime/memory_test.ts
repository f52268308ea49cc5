import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DeviceInfo,
  matrixBytes,
  packBits,
  popCount,
  RandomSequence,
  unpackBits,
  wordsPerBitRow,
} from "@graphon-limit/runtime";
import { sizeClass } from "../../packages/runtime/buffer_pool.ts";
import { cutIntoPanels } from "../../packages/runtime/panels.ts";
import { counting, onBothDevices, SMALL_BINDING } from "./support.ts";

const NO_DEVICE: Omit<DeviceInfo, "maxBindingBytes" | "limits"> = {
  ...{ kind: "webgpu", name: "none", software: true, sliceBytes: 2 ** 20, features: [] },
};

const size = fc.oneof(fc.constantFrom(0, 1, 31, 32, 33, 63, 64), fc.integer({ min: 0, max: 64 }));

Deno.test("packBits, unpackBits: give back what went in, and leave the bits past a row's end zero", () => {
  fc.assert(fc.property(size, size, fc.nat(), (rows, cols, seed) => {
    const random = new RandomSequence(seed);
    const bytes = Uint8Array.from({ length: rows * cols }, () => random.integer(2));
    const words = packBits(bytes, rows, cols);
    assert.equal(words.length, rows * wordsPerBitRow(cols));
    assert.deepEqual(unpackBits(words, rows, cols), bytes);
    const ones = words.reduce((sum, word) => sum + popCount(word), 0);
    assert.equal(ones, bytes.reduce((sum, bit) => sum + bit, 0));
  }));
});

Deno.test("packBits: entry j of a row is bit j % 32 of word ⌊j / 32⌋, and any non-zero byte is a one", () => {
  const bytes = new Uint8Array(2 * 40);
  bytes[0] = 1;
  bytes[33] = 255;
  bytes[40 + 31] = 2;
  assert.deepEqual([...packBits(bytes, 2, 40)], [1, 2, 0x80000000, 0]);
});

Deno.test("popCount: counts the ones of any word", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (word) => {
    assert.equal(popCount(word), word.toString(2).replaceAll("0", "").length);
  }));
});

onBothDevices("read: gives back any rows of an uploaded matrix, across its panels", async (device) => {
  const drawn = fc.record({ rows: size, cols: size, from: fc.nat(64), to: fc.nat(64) });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ rows, cols, from, to }) => {
      const first = Math.min(from, to, rows), last = Math.min(Math.max(from, to), rows);
      const data = counting(rows * cols);
      using matrix = device.upload(data, rows, cols);
      assert.deepEqual(await device.read(matrix), data);
      assert.deepEqual(await device.read(matrix, [first, last]), data.slice(first * cols, last * cols));
    }),
    { numRuns: 25 },
  );
}, SMALL_BINDING);

onBothDevices("read: keeps every bit of u32, i32, NaN and −0", async (device) => {
  const unsigned = Uint32Array.of(0, 1, 0x80000000, 0xffffffff);
  const signed = Int32Array.of(-1, 0, 2 ** 31 - 1, -(2 ** 31));
  const floats = new Float32Array(Uint32Array.of(0x80000000, 0x7fc00001, 0xff800000, 1).buffer);
  using u = device.upload(unsigned, 2, 2);
  using i = device.upload(signed, 2, 2);
  using f = device.upload(floats, 2, 2);
  assert.deepEqual(await device.read(u), unsigned);
  assert.deepEqual(await device.read(i), signed);
  assert.deepEqual(new Uint32Array((await device.read(f)).buffer), new Uint32Array(floats.buffer));
});

onBothDevices("readBits: gives back any rows of a mask cut into panels", async (device) => {
  const random = new RandomSequence(1), rows = 20, cols = 50;
  const words = packBits(Uint8Array.from({ length: rows * cols }, () => random.integer(2)), rows, cols);
  using mask = device.uploadBits(words, rows, cols);
  assert.ok(mask.panels.length > 10);
  assert.deepEqual(await device.readBits(mask), words);
  assert.deepEqual(await device.readBits(mask, [3, 17]), words.slice(6, 34));
}, SMALL_BINDING);

onBothDevices("write: fills a matrix in pieces that do not fall on its panels", async (device) => {
  const rows = 37, cols = 9, data = counting(rows * cols);
  using matrix = device.matrix(rows, cols);
  assert.ok(matrix.panels.length > 3);
  for (let row = 0; row < rows; row += 5) {
    device.write(matrix, data.subarray(row * cols, Math.min(row + 5, rows) * cols), row);
  }
  assert.deepEqual(await device.read(matrix), data);
  device.write(matrix, counting(2 * cols, 1000), 6);
  const expected = data.slice();
  expected.set(counting(2 * cols, 1000), 6 * cols);
  assert.deepEqual(await device.read(matrix), expected);
}, SMALL_BINDING);

onBothDevices("clear: sets every panel to zero and nothing else", async (device) => {
  using matrix = device.upload(counting(40, 1), 40, 1), other = device.upload(counting(40, 1), 40, 1);
  using mask = device.uploadBits(new Uint32Array(40).fill(7), 40, 3);
  device.clear(matrix);
  device.clear(mask);
  assert.deepEqual(await device.read(matrix), new Float32Array(40));
  assert.deepEqual(await device.readBits(mask), new Uint32Array(40));
  assert.deepEqual(await device.read(other), counting(40, 1));
}, SMALL_BINDING);

onBothDevices("matrix: the cut into panels depends on the columns alone", (device) => {
  using weights = device.matrix(50, 20), counts = device.matrix(50, 20, "u32"), mask = device.bits(50, 20);
  const cut = ({ panels }: typeof weights | typeof counts | typeof mask) =>
    panels.map(({ rowOffset, rows }) => [rowOffset, rows]);
  // 256 bytes hold three rows of 20 elements.
  assert.deepEqual(cut(weights).slice(0, 2), [[0, 3], [3, 3]]);
  assert.deepEqual(cut(weights).at(-1), [48, 2]);
  assert.deepEqual(cut(counts), cut(weights));
  assert.deepEqual(cut(mask), cut(weights));
  return Promise.resolve();
}, SMALL_BINDING);

onBothDevices("memory: counts what lives, returns to where it was, and remembers the most", (device) => {
  const before = device.memory.live;
  {
    using _first = device.matrix(100, 100), _second = device.bits(100, 100);
    assert.ok(device.memory.live >= before + 40000 + 1600);
    assert.ok(device.memory.peak >= device.memory.live);
  }
  assert.equal(device.memory.live, before);
  return Promise.resolve();
});

Deno.test("matrixBytes: as much as the buffers of all panels, counted one by one", () => {
  const sizes = fc.record({
    rows: fc.nat(300),
    cols: fc.integer({ min: 1, max: 300 }),
    binding: fc.integer({ min: 1200, max: 20_000 }),
    largest: fc.integer({ min: 20_000, max: 40_000 }),
    type: fc.constantFrom("f32" as const, "bits" as const),
    kind: fc.constantFrom("cpu" as const, "webgpu" as const),
  });
  fc.assert(fc.property(sizes, ({ rows, cols, binding, largest, type, kind }) => {
    const info = { ...NO_DEVICE, kind, maxBindingBytes: binding, limits: { maxBufferSize: largest } };
    const words = type === "bits" ? wordsPerBitRow(cols) : cols;
    const buffers = cutIntoPanels(rows, cols, binding, "m").map(([, panelRows]) =>
      kind === "cpu" ? panelRows * words * 4 : sizeClass(panelRows * words * 4, largest)
    );
    assert.equal(matrixBytes(info, rows, cols, type), buffers.reduce((sum, bytes) => sum + bytes, 0));
  }));
});

Deno.test("matrixBytes, cutIntoPanels: what no device has is said, or counted, at once", () => {
  const info = { ...NO_DEVICE, maxBindingBytes: 2 ** 27, limits: { maxBufferSize: 2 ** 28 } };
  assert.ok(matrixBytes(info, 1e14, 10) >= 4e15);
  assert.throws(() => matrixBytes(info, 10, 1e14), /10×100000000000000 f32 needs 364 TiB for one row/);
  assert.throws(() => cutIntoPanels(1e14, 10, 2 ** 27, "it"), {
    name: "OutOfDeviceMemoryError",
    message: /^it needs 3\.6 PiB, more than 1048576 bindings of 128 MiB$/,
  });
});
