import assert from "node:assert/strict";
import {
  type BitMatrix,
  defineOp,
  type Device,
  type DeviceArray,
  DeviceOperationError,
  formatBytes,
  InvalidArgumentError,
  type Matrix,
  openDevice,
  OutOfDeviceMemoryError,
  packBits,
  show,
} from "@graphon-limit/runtime";
import { BufferPool } from "../../packages/runtime/buffer_pool.ts";
import { WebGpuDevice } from "../../packages/runtime/webgpu_device.ts";
import { testDevice } from "../ops/harness.ts";
import { copy, counting, increase, onBothDevices, oneLine, SMALL_BINDING, total } from "./support.ts";

/** `device.run` as a caller without types sees it. */
function untyped(device: Device) {
  return device.run.bind(device) as (
    op: unknown,
    args: Record<string, DeviceArray | undefined>,
    settings?: Record<string, unknown>,
  ) => void;
}

onBothDevices("run: names an argument that is missing or of the wrong type", (device) => {
  const run = untyped(device);
  using x = device.matrix(2, 2), counts = device.matrix(2, 2, "u32"), mask = device.bits(2, 2);
  assert.throws(() => run(copy, { x }), oneLine(InvalidArgumentError, "copy", "y"));
  assert.throws(() => run(copy, { x, y: counts }), oneLine(InvalidArgumentError, "y", "f32", "u32"));
  assert.throws(() => run(copy, { x: mask, y: x }), oneLine(InvalidArgumentError, "x", "f32", "bits"));
  assert.throws(() => run(copy, { x, mask: x, y: x }), oneLine(InvalidArgumentError, "mask", "bits", "f32"));
  return Promise.resolve();
});

onBothDevices("run: names a number or an option that is missing or not permitted", (device) => {
  const run = untyped(device);
  using x = device.matrix(2, 2);
  const choose = defineOp({
    name: "choose",
    shader: "",
    bindings: { x: "f32 out" },
    options: { law: ["normal", "uniform"] },
    workgroups: () => [0],
    reference: () => {},
  });
  for (const settings of [undefined, {}, { amount: "1" }, { amount: NaN }]) {
    assert.throws(() => run(increase, { x }, settings), oneLine(InvalidArgumentError, "increase", "amount"));
  }
  assert.throws(
    () => run(choose, { x }, { law: "cauchy" }),
    oneLine(InvalidArgumentError, "law", "normal, uniform", '"cauchy"'),
  );
  return Promise.resolve();
});

onBothDevices("run: panelled arguments of different rows are refused", (device) => {
  using x = device.matrix(30, 10), y = device.matrix(31, 10), wide = device.matrix(30, 20);
  assert.throws(() => device.run(copy, { x, y }), oneLine(InvalidArgumentError, "30×10", "31×10"));
  assert.throws(() => device.run(copy, { x, y: wide }), oneLine(InvalidArgumentError, "30×10", "30×20"));
  return Promise.resolve();
}, SMALL_BINDING);

onBothDevices("run: an argument seen whole that exceeds one binding is named with both sizes", (device) => {
  using x = device.matrix(64, 16), y = device.matrix(1, 1);
  assert.throws(
    () => device.run(total, { x, y }),
    oneLine(OutOfDeviceMemoryError, "64×16 f32", "4 KiB", "256 B", "x of total"),
  );
  return Promise.resolve();
}, SMALL_BINDING);

onBothDevices("matrix: a row that exceeds one binding is refused with both sizes", (device) => {
  assert.throws(() => device.matrix(1, 65), oneLine(OutOfDeviceMemoryError, "1×65", "260 B", "256 B"));
  return Promise.resolve();
}, SMALL_BINDING);

onBothDevices("matrix, bits, upload: sizes that are no counts, or do not fit the data", (device) => {
  for (const bad of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => device.matrix(bad, 2), oneLine(InvalidArgumentError, "rows", String(bad)));
    assert.throws(() => device.bits(2, bad), oneLine(InvalidArgumentError, "columns", String(bad)));
  }
  assert.throws(() => device.upload(counting(5), 2, 3), oneLine(InvalidArgumentError, "2×3 = 6", "5"));
  assert.throws(() => device.uploadBits(new Uint32Array(3), 2, 33), oneLine(InvalidArgumentError, "2×2 = 4"));
  assert.throws(() => packBits([1, 0, 1], 2, 2), oneLine(InvalidArgumentError, "2×2 = 4", "3"));
  return Promise.resolve();
});

onBothDevices("read, write: rows outside the matrix, or not whole", async (device) => {
  using x = device.upload(counting(6), 3, 2);
  for (const rows of [[-1, 2], [0, 4], [2, 1], [0.5, 1.5], [NaN, 1]] as const) {
    await assert.rejects(() => device.read(x, rows), oneLine(InvalidArgumentError, "3×2 f32"));
  }
  for (const row of [-1, 2.5, 3]) {
    assert.throws(() => device.write(x, counting(2), row), oneLine(InvalidArgumentError, "3×2 f32"));
  }
  assert.throws(() => device.write(x, counting(3), 0), oneLine(InvalidArgumentError, "whole rows of 2", "3"));
  assert.deepEqual(await device.read(x), counting(6));
});

onBothDevices("write: elements of another type are refused rather than reinterpreted", (device) => {
  using x = device.matrix(1, 2), mask = device.bits(1, 2);
  assert.throws(() => device.write(x, Uint32Array.of(1, 2), 0), oneLine(InvalidArgumentError, "f32", "u32"));
  assert.throws(() => device.write(mask, Float32Array.of(1), 0), oneLine(InvalidArgumentError, "u32", "f32"));
  return Promise.resolve();
});

onBothDevices("dispose: twice is harmless, and a matrix is of no use afterwards", async (device) => {
  const before = device.memory.live;
  const x = device.upload(counting(4), 2, 2), mask: BitMatrix = device.uploadBits(Uint32Array.of(1), 1, 3);
  x.dispose();
  x.dispose();
  mask[Symbol.dispose]();
  mask.dispose();
  assert.equal(device.memory.live, before);
  const gone = oneLine(InvalidArgumentError, "2×2 f32", "disposed");
  await assert.rejects(() => device.read(x), gone);
  assert.throws(() => device.run(increase, { x }, { amount: 1 }), gone);
  assert.throws(() => device.write(x, counting(4), 0), gone);
  assert.throws(() => device.clear(x), gone);
  await assert.rejects(() => device.readBits(mask), oneLine(InvalidArgumentError, "1×3 bits", "disposed"));
});

onBothDevices("run, read, write, clear: a matrix of another device is refused", async (device, kind) => {
  const other = await testDevice(kind === "cpu" ? "webgpu" : "cpu");
  using x = other.upload(counting(4), 2, 2);
  const foreign = oneLine(InvalidArgumentError, "2×2 f32", "another device");
  assert.throws(() => device.run(increase, { x }, { amount: 1 }), foreign);
  assert.throws(() => device.write(x, counting(4), 0), foreign);
  assert.throws(() => device.clear(x), foreign);
  await assert.rejects(() => device.read(x), foreign);
});

/** An op whose shader does not compile. */
const broken = (name: string, text: string) =>
  defineOp({
    name,
    shader: `@compute @workgroup_size(1) fn main() { ${text} }`,
    bindings: { x: "f32 inout" },
    workgroups: () => [1],
    reference: () => {},
  });

Deno.test({
  name: "run: a broken shader is an error of one line that names the op, and the device lives on",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const device = await testDevice("webgpu");
    using x = device.upload(counting(4), 2, 2);
    for (const op of [broken("broken_name", "x[0] = nonsense;"), broken("broken_syntax", "x[0] = ;")]) {
      // Twice: the second time the pipeline comes from the cache.
      for (let time = 0; time < 2; time++) {
        device.run(op, { x });
        await assert.rejects(() => device.read(x), oneLine(DeviceOperationError, op.name));
        device.run(increase, { x }, { amount: 0 });
        assert.deepEqual(await device.read(x), counting(4));
      }
    }
    device.run(broken("broken_idle", "}"), { x });
    await assert.rejects(() => device.idle(), oneLine(DeviceOperationError, "broken_idle"));
    await device.idle();
  },
});

Deno.test({
  name: "matrix: more than the largest buffer is an OutOfDeviceMemoryError at the next read, each time",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using small = await openDevice({ kind: "webgpu" });
    assert.ok(small instanceof WebGpuDevice);
    const { maxBufferSize } = small.info.limits;
    // The binding limit keeps panels below the largest buffer, so it has to be lied about.
    const device = new WebGpuDevice(small.gpu, { ...small.info, maxBindingBytes: 2 * maxBufferSize + 4 });
    const rows = Math.ceil((maxBufferSize + 1) / 4096);
    const refused = oneLine(OutOfDeviceMemoryError, `${rows}×1024 f32`, formatBytes(maxBufferSize));
    for (let time = 0; time < 3; time++) {
      const matrix: Matrix = device.matrix(rows, 1024);
      matrix.dispose();
      await assert.rejects(() => device.idle(), refused);
    }
    using matrix = device.matrix(rows, 1024);
    await assert.rejects(() => device.read(matrix, [0, 1]), refused);
    using x = device.upload(counting(4), 2, 2);
    assert.deepEqual(await device.read(x), counting(4));
  },
});

/** As much of a GPU device as a buffer pool uses. */
function fakeGpu(maxBufferSize: number): GPUDevice {
  const createBuffer = ({ size }: GPUBufferDescriptor) => ({ size, destroy() {} });
  return { limits: { maxBufferSize }, createBuffer } as unknown as GPUDevice;
}

Deno.test("BufferPool: rounds sizes up, but not past the largest buffer", () => {
  const pool = new BufferPool(fakeGpu(1_000_000), 0, 2 ** 20);
  assert.equal(pool.take(1).size, 256);
  assert.equal(pool.take(600_000).size, 655_360);
  assert.equal(pool.take(999_990).size, 1_000_000);
});

Deno.test("BufferPool: hands a returned buffer out again, trimmed or refused ones never", () => {
  const pool = new BufferPool(fakeGpu(2 ** 30), 0, 0);
  const first = pool.take(1000);
  pool.give(first);
  assert.equal(pool.take(900), first);
  pool.give(first);
  pool.trim();
  const second = pool.take(1000);
  assert.notEqual(second, first);
  pool.give(second);
  pool.refuse(second);
  assert.notEqual(pool.take(1000), second);
  pool.give(second);
  assert.notEqual(pool.take(1000), second);
});

Deno.test("formatBytes, show: one short line for any value", () => {
  assert.equal(formatBytes(400e6), "381 MiB");
  assert.equal(formatBytes(1536), "1.5 KiB");
  assert.equal(formatBytes(12), "12 B");
  assert.equal(show("a\nb"), '"a\\nb"');
  assert.equal(formatBytes(4e28), "3.4e+7 ZiB");
  assert.equal(show("x".repeat(200)), `"${"x".repeat(79)}…"`);
  assert.equal(show("a\x1b[31m\n\x9b\u202eb\uffff"), '"a\\x1b[31m\\n\\x9b\\u{202e}b\\u{ffff}"');
  assert.equal(show(Object.create(null)), "an object");
  assert.equal(new InvalidArgumentError("a\n\x1bb").message, "a\\n\\x1bb");
  assert.equal(show(undefined), "undefined");
});
