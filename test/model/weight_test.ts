import assert from "node:assert/strict";
import { axis, bias, chain, linear, Network, predict, vectorShape, Weight } from "@graphon-limit/model";
import { InvalidArgumentError, packBits } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";

const INPUT = axis("inputs", 2), OUTPUT = axis("outputs", 2);
const ARCHITECTURE = { kind: "mlp", activation: "relu", parametrization: "standard" } as const;

Deno.test("Weight.setMask: checks the shape, owns the mask and releases the one before", async () => {
  const device = await testDevice("cpu");
  const before = device.memory.live;
  const matrix = device.upload(Float32Array.of(1, 2, 3, 4), 2, 2);
  const weight = new Weight(matrix, { name: "w", output: OUTPUT, input: INPUT });
  const network = new Network(device, linear(weight), vectorShape(2), ARCHITECTURE);
  const mask = (...bits: number[]) => device.uploadBits(packBits(bits, 2, 2), 2, 2);
  weight.setMask(mask(1, 1, 1, 1));
  weight.setMask(mask(1, 0, 0, 1));
  // The same one again stays alive.
  weight.setMask(weight.mask);
  using inputs = device.upload(Float32Array.of(1, 1), 2, 1);
  {
    using outputs = predict(network, inputs);
    assert.deepEqual([...await device.read(outputs.out)], [1, 4]);
  }
  using wrong = device.uploadBits(packBits([1, 0], 1, 2), 1, 2);
  assert.throws(() => weight.setMask(wrong), oneLine(InvalidArgumentError, "mask of w", "2×2", "1×2"));
  assert.throws(() => weight.exchangeMask(wrong), oneLine(InvalidArgumentError, "mask of w", "2×2", "1×2"));
  {
    using outputs = predict(network, inputs);
    assert.deepEqual([...await device.read(outputs.out)], [1, 4], "the mask of before");
  }
  network[Symbol.dispose]();
  inputs.dispose();
  wrong.dispose();
  assert.equal(device.memory.live, before);
});

Deno.test("Weight.exchangeMask: hands the mask of before to the caller", async () => {
  const device = await testDevice("cpu"), before = device.memory.live;
  {
    using weight = new Weight(device.matrix(2, 2), { name: "w", output: OUTPUT, input: INPUT });
    const first = device.bits(2, 2), second = device.bits(2, 2);
    assert.equal(weight.exchangeMask(first), undefined);
    {
      using kept = weight.exchangeMask(second);
      assert.equal(kept, first);
      assert.equal(first.panels.length, 1, "still alive");
      assert.equal(weight.mask, second);
    }
    assert.equal(weight.exchangeMask(undefined), second);
    assert.equal(weight.mask, undefined);
    second.dispose();
  }
  assert.equal(device.memory.live, before);
});

Deno.test("Weight: has the shape that its axes and its kernel say", async () => {
  const device = await testDevice("cpu");
  const options = { name: "c", output: axis("channels", 5), input: axis("pixels", 3), kernel: [2, 4] };
  using weight = new Weight(device.matrix(5, 24), options);
  assert.deepEqual([weight.rows, weight.cols, weight.taps, weight.count], [5, 24, 8, 120]);
  assert.deepEqual(weight.shape, [5, 3, 2, 4]);
  using matrix = device.matrix(5, 3);
  assert.throws(() => new Weight(matrix, options), oneLine(InvalidArgumentError, "c", "5×24", "5×3"));
  assert.throws(() => axis("none", 0), oneLine(InvalidArgumentError, "none", "0"));
  assert.throws(() => axis("half", 1.5), oneLine(InvalidArgumentError, "half", "1.5"));
});

Deno.test("bias: takes no mask and no scale, which nothing would heed", async () => {
  const device = await testDevice("cpu");
  using weight = new Weight(device.matrix(2, 1), { name: "b", output: OUTPUT, role: "bias" });
  using mask = device.bits(2, 1);
  assert.throws(() => weight.setMask(mask), oneLine(InvalidArgumentError, "b", "pruned"));
  assert.throws(() => weight.exchangeMask(mask), oneLine(InvalidArgumentError, "b", "pruned"));
  using matrix = device.matrix(2, 1);
  assert.throws(
    () => new Weight(matrix, { name: "b", output: OUTPUT, role: "bias", scale: 2 }),
    oneLine(InvalidArgumentError, "b", "scale of 1", "2"),
  );
});

Deno.test("Network: refuses samples that its stage does not take, and outputs with positions", async () => {
  const device = await testDevice("cpu");
  using weight = new Weight(device.matrix(2, 2), { name: "w", output: OUTPUT, input: INPUT });
  using offset = new Weight(device.matrix(2, 1), { name: "b", output: OUTPUT, role: "bias" });
  const stage = chain([linear(weight), bias(offset)]);
  assert.throws(
    () => new Network(device, stage, vectorShape(3), ARCHITECTURE),
    oneLine(InvalidArgumentError, "w", "2 inputs", "3"),
  );
  assert.throws(
    () => new Network(device, bias(offset), vectorShape(3), ARCHITECTURE),
    oneLine(InvalidArgumentError, "b", "2 rows", "3"),
  );
  assert.throws(
    () => new Network(device, stage, { rows: 2, positions: [4, 1] }, ARCHITECTURE),
    oneLine(InvalidArgumentError, "one number per class", "4·1 positions"),
  );
  assert.throws(() => chain([]), oneLine(InvalidArgumentError, "at least one stage"));
  const one = new Network(device, stage, { rows: 2, positions: [1] }, ARCHITECTURE);
  assert.deepEqual([one.depth, one.features, one.classes, one.regenerated], [1, 2, 2, false]);
  assert.deepEqual([one.parameters, one.weights], [[weight, offset], [weight]]);
});
