import assert from "node:assert/strict";
import { forward, layerScale, Mlp, uploadBatch } from "@graphon-limit/model";
import { InvalidArgumentError, packBits } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

Deno.test("Mlp.fromWeights: refuses weights that do not follow one another and unknown names", async () => {
  const device = await testDevice("cpu");
  using first = device.upload(new Float32Array(6), 3, 2);
  using second = device.upload(new Float32Array(8), 2, 4);
  assert.throws(() => Mlp.fromWeights(device, [first, second]), InvalidArgumentError);
  assert.throws(() => Mlp.fromWeights(device, []), InvalidArgumentError);
  assert.throws(
    () => Mlp.fromWeights(device, [first], { activation: "gelu" as "relu" }),
    InvalidArgumentError,
  );
  assert.throws(
    () => Mlp.fromWeights(device, [first], { parametrization: "mup" as "ntk" }),
    InvalidArgumentError,
  );
});

Deno.test("Mlp.setMask: checks the shape, owns the mask and releases the one before", async () => {
  const device = await testDevice("cpu");
  const before = device.memory.live;
  const mlp = Mlp.fromWeights(device, [device.upload(Float32Array.of(1, 2, 3, 4), 2, 2)]);
  const mask = (...bits: number[]) => device.uploadBits(packBits(bits, 2, 2), 2, 2);
  mlp.setMask(0, mask(1, 1, 1, 1));
  mlp.setMask(0, mask(1, 0, 0, 1));
  using inputs = device.upload(Float32Array.of(1, 1), 2, 1);
  {
    using pass = forward(mlp, inputs);
    assert.deepEqual([...await device.read(pass.output)], [1, 4]);
  }
  using wrong = device.uploadBits(packBits([1, 0], 1, 2), 1, 2);
  assert.throws(() => mlp.setMask(0, wrong), InvalidArgumentError);
  mlp[Symbol.dispose]();
  inputs.dispose();
  wrong.dispose();
  assert.equal(device.memory.live, before);
});

Deno.test("forward: refuses inputs of another number of features", async () => {
  const device = await testDevice("cpu");
  using mlp = Mlp.fromWeights(device, [device.upload(new Float32Array(6), 2, 3)]);
  using inputs = device.upload(new Float32Array(4), 2, 2);
  assert.throws(() => forward(mlp, inputs), InvalidArgumentError);
});

Deno.test("uploadBatch: turns samples into columns", async () => {
  const device = await testDevice("cpu");
  using batch = uploadBatch(device, Float32Array.of(1, 2, 3, 4, 5, 6), [7, 9]);
  assert.deepEqual([...await device.read(batch.inputs)], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual([...await device.read(batch.labels)], [7, 9]);
  assert.throws(() => uploadBatch(device, new Float32Array(5), [0, 1]), InvalidArgumentError);
  assert.throws(() => uploadBatch(device, new Float32Array(0), []), InvalidArgumentError);
});

Deno.test("layerScale: 1/√fan-in under ntk, 1 under standard", () => {
  assert.equal(layerScale("ntk", 16), 0.25);
  assert.equal(layerScale("standard", 16), 1);
});
