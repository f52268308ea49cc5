import assert from "node:assert/strict";
import { type Device, DeviceLostError, openDevice } from "@graphon-limit/runtime";
import { WebGpuDevice } from "../../packages/runtime/webgpu_device.ts";
import { counting, increase, KINDS, oneLine } from "./support.ts";

const lost = oneLine(DeviceLostError);

/** Fails instead of hanging. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still pending after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Every call on a device that is gone. */
async function assertGone(device: Device, { x, mask }: ReturnType<typeof place>): Promise<void> {
  await assert.rejects(() => within(5000, device.read(x)), lost);
  await assert.rejects(() => within(5000, device.readBits(mask)), lost);
  await assert.rejects(() => within(5000, device.idle()), lost);
  assert.throws(() => device.matrix(1, 1), lost);
  assert.throws(() => device.bits(1, 1), lost);
  assert.throws(() => device.upload(counting(1), 1, 1), lost);
  assert.throws(() => device.write(x, counting(4), 0), lost);
  assert.throws(() => device.clear(x), lost);
  assert.throws(() => device.run(increase, { x }, { amount: 1 }), lost);
  x.dispose();
  mask.dispose();
}

function place(device: Device) {
  return { x: device.upload(counting(4), 2, 2), mask: device.uploadBits(Uint32Array.of(1), 1, 1) };
}

Deno.test({
  name: "device: when it is lost, what has not arrived rejects and so does all that follows",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using device = await openDevice({ kind: "webgpu" });
    assert.ok(device instanceof WebGpuDevice);
    const placed = place(device);
    device.run(increase, { x: placed.x }, { amount: 1 });
    const reading = device.read(placed.x), idling = device.idle();
    device.gpu.destroy();
    // Asked for before the loss is known.
    const after = device.read(placed.x);
    const [read, idle, late] = await within(5000, Promise.allSettled([reading, idling, after]));
    for (const verdict of [read, idle, late]) {
      if (verdict.status === "rejected") lost(verdict.reason);
    }
    // What was asked for before may have arrived by then: Deno waits for the device before it returns a promise.
    if (read.status === "fulfilled") assert.deepEqual(read.value, counting(4).map((value) => value + 1));
    assert.equal(late.status, "rejected");
    await assertGone(device, placed);
  },
});

Deno.test({
  name: "device: lost with work recorded, it rejects at the next read",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using device = await openDevice({ kind: "webgpu" });
    assert.ok(device instanceof WebGpuDevice);
    const { x } = place(device);
    device.run(increase, { x }, { amount: 1 });
    device.gpu.destroy();
    await device.gpu.lost;
    await assert.rejects(() => within(5000, device.read(x)), lost);
  },
});

for (const kind of KINDS) {
  Deno.test({
    name: `device: closed, it rejects everything, and closing twice is harmless, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await openDevice({ kind });
      const placed = place(device);
      device.run(increase, { x: placed.x }, { amount: 1 });
      device[Symbol.dispose]();
      device[Symbol.dispose]();
      await assertGone(device, placed);
    },
  });
}

Deno.test({
  name: "device: closed during a read, the read rejects and says why",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const device = await openDevice({ kind: "webgpu" });
    const { x } = place(device);
    const reading = device.read(x);
    device[Symbol.dispose]();
    await assert.rejects(() => within(5000, reading), oneLine(DeviceLostError, "closed"));
  },
});
