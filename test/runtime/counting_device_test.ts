import assert from "node:assert/strict";
import { crossEntropyLoss, forward, initialise, uploadBatch } from "@graphon-limit/model";
import {
  countingDevice,
  InvalidArgumentError,
  openDevice,
  OutOfDeviceMemoryError,
  seedFrom,
} from "@graphon-limit/runtime";
import { oneLine } from "./support.ts";

Deno.test("countingDevice: counts what the same work takes on the device that it stands for, byte for byte", async () => {
  for (const options of [{}, { maxBindingBytes: 4096, sliceBytes: 2048 }]) {
    for (const weights of ["kept", "regenerated"] as const) {
      using device = await openDevice({ kind: "cpu", ...options });
      using counting = countingDevice(device.info);
      for (const on of [device, counting]) {
        using network = initialise(on, [30, 40, 25, 3], "he", { seed: seedFrom(1), weights });
        using batch = uploadBatch(on, new Float32Array(30 * 8).fill(1), new Uint8Array(8));
        using pass = forward(network, batch.inputs);
        using loss = crossEntropyLoss().value(on, pass.out, batch);
        pass.pullback(loss.gradient);
      }
      assert.deepEqual(counting.memory, device.memory);
      assert.equal(counting.memory.live, 0);
    }
  }
});

Deno.test("countingDevice: gives nothing back, and refuses what the other would", async () => {
  using device = await openDevice({ kind: "cpu", maxBindingBytes: 1024 });
  using counting = countingDevice(device.info);
  using matrix = counting.matrix(2, 2);
  await assert.rejects(counting.read(matrix), oneLine(InvalidArgumentError, "reads nothing back"));
  assert.throws(() => counting.matrix(1, 1000), oneLine(OutOfDeviceMemoryError, "one row"));
  using own = device.matrix(2, 2);
  assert.throws(() => counting.clear(own), oneLine(InvalidArgumentError, "another device"));
});
