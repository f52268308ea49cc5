import assert from "node:assert/strict";
import {
  affine,
  axis,
  chain,
  crossEntropyLoss,
  linear,
  Network,
  sgd,
  takeStep,
  uploadBatch,
  vectorShape,
  Weight,
} from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import type { Device } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";

/** A product, batch normalisation in evaluation, a product. */
function network(device: Device, frozen: boolean): Network {
  const hidden = axis("hidden", 2), outputs = axis("outputs", 2), inputs = axis("inputs", 3);
  const upload = (values: number[], rows: number) =>
    device.upload(Float32Array.from(values), rows, values.length / rows);
  const first = new Weight(upload([1, -1, 0.5, 0.25, 1, 2], 2), {
    name: "first",
    output: hidden,
    input: inputs,
  });
  const factors = new Weight(upload([2, 0.5], 2), { name: "factors", output: hidden, role: "gain", frozen });
  const offsets = new Weight(upload([-1, 3], 2), { name: "offsets", output: hidden, role: "shift", frozen });
  const last = new Weight(upload([1, 2, 3, 4], 2), { name: "last", output: outputs, input: hidden });
  const stage = chain([linear(first), affine(factors, offsets), linear(last)]);
  return new Network(device, stage, vectorShape(3), {
    ...{ kind: "own", activation: "linear", parametrization: "standard" },
  });
}

onBothDevices(
  "affine, frozen: batch normalisation in evaluation runs, stays in training, and has no kernel",
  async (device) => {
    const kernels: number[] = [];
    for (const frozen of [true, false]) {
      using own = network(device, frozen);
      using batch = uploadBatch(device, Float32Array.of(1, 2, 3), [0]);
      using kernel = await empiricalKernel(own, batch.inputs, { output: 0 });
      kernels.push((await device.read(kernel))[0]);
      const before = await Promise.all(own.parameters.map(({ matrix }) => device.read(matrix)));
      const memory = own.parameters.map(() => []);
      takeStep(own, batch, { loss: crossEntropyLoss(), optimiser: sgd(), memory, rate: 0.1, step: 1 });
      const after = await Promise.all(own.parameters.map(({ matrix }) => device.read(matrix)));
      own.parameters.forEach(({ name }, p) => {
        const moved = after[p].some((value, at) => value !== before[p][at]);
        assert.equal(moved, !frozen || ["first", "last"].includes(name), name);
      });
    }
    // x = 0.5 and 8.25; ∂f_0 by factors is (0.5, 16.5), by offsets (1, 2).
    assert.ok(Math.abs(kernels[1] - kernels[0] - (0.5 ** 2 + 16.5 ** 2 + 1 + 4)) < 1e-3);
  },
);
