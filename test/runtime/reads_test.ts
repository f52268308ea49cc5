import assert from "node:assert/strict";
import { fill } from "@graphon-limit/ops";
import { DeviceLostError, openDevice } from "@graphon-limit/runtime";
import { WebGpuDevice } from "../../packages/runtime/webgpu_device.ts";
import { onBothDevices } from "./support.ts";

onBothDevices("read: what is asked for in one turn is as it was when it was asked for", async (device) => {
  using x = device.upload(Float32Array.of(1, 2, 3), 1, 3);
  using y = device.uploadBits(Uint32Array.of(5), 1, 3);
  const before = device.read(x), bits = device.readBits(y);
  device.run(fill, { x }, { value: 7 });
  const between = device.read(x);
  // A write goes on at once, and takes what is recorded along.
  device.write(x, Float32Array.of(8, 8, 8), 0);
  const after = device.read(x);
  assert.deepEqual([...await after], [8, 8, 8]);
  assert.deepEqual([...await between], [7, 7, 7]);
  assert.deepEqual([...await before], [1, 2, 3]);
  assert.deepEqual([...await bits], [5]);
});

Deno.test("read: what is asked for in one turn is one submission, and fails together where the device is closed", async () => {
  const device = await openDevice({ kind: "webgpu" });
  assert.ok(device instanceof WebGpuDevice);
  const { queue } = device.gpu, submit = queue.submit.bind(queue);
  let submissions = 0;
  Object.defineProperty(queue, "submit", {
    value(buffers: GPUCommandBuffer[]) {
      submissions++;
      submit(buffers);
    },
  });
  const matrices = [1, 2, 3].map((value) => device.upload(Float32Array.of(value), 1, 1));
  for (const x of matrices) device.run(fill, { x }, { value: 4 });
  const read = await Promise.all(matrices.map((x) => device.read(x)));
  assert.deepEqual(read.map(([value]) => value), [4, 4, 4]);
  assert.equal(submissions, 1);
  const late = matrices.map((x) => device.read(x));
  device[Symbol.dispose]();
  for (const each of late) await assert.rejects(each, DeviceLostError);
});
