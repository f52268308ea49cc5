import assert from "node:assert/strict";
import { HostKernels, openDevice, OutOfDeviceMemoryError } from "@graphon-limit/runtime";

Deno.test("HostKernels: memory of float64 that is taken back, beside a device's and after it", async () => {
  using first = HostKernels.open();
  assert.ok(first);
  const at = first.allocate(80);
  first.float64(at, 10).fill(3);
  {
    using device = await openDevice({ kind: "cpu" });
    using matrix = device.upload(new Float32Array(100).fill(1), 10, 10);
    using second = HostKernels.open();
    assert.ok(second);
    second.float64(second.allocate(8000), 1000).fill(4);
    assert.deepEqual(await device.read(matrix), new Float32Array(100).fill(1));
  }
  assert.deepEqual([...first.float64(at, 10)], new Array(10).fill(3));
  const second = HostKernels.open();
  assert.ok(second);
  const place = second.allocate(1000);
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  using third = HostKernels.open();
  assert.equal(third?.allocate(1000), place);
});

Deno.test("HostKernels: more than there can be is refused, and what was large is given back", () => {
  {
    using kernels = HostKernels.open();
    assert.ok(kernels);
    assert.throws(() => kernels.allocate(5 * 2 ** 30), OutOfDeviceMemoryError);
    kernels.float64(kernels.allocate(2 ** 29), 2).fill(1);
  }
  using kernels = HostKernels.open();
  assert.ok(kernels);
  // A memory of its own again: the one before had grown past what is kept.
  const at = kernels.allocate(64);
  assert.ok(at < 2 ** 29);
  assert.deepEqual([...kernels.float64(at, 1)], [0]);
});
