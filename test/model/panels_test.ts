import assert from "node:assert/strict";
import {
  crossEntropyLoss,
  gradients,
  hessianVectorProduct,
  initialise,
  type Network,
  uploadBatch,
} from "@graphon-limit/model";
import { type Device, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

const WIDTHS = [20, 30, 25, 5], SAMPLES = 4;

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `gradients, hessianVectorProduct: weights in row panels give what whole ones give on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      // 512 bytes hold every activation, and six rows of the first layer's weights.
      const inPanels = await derivatives(await testDevice(kind, 512), 5);
      const whole = await derivatives(await testDevice(kind), 1);
      inPanels.forEach((values, i) => {
        const size = whole[i].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assert.ok(size > 0);
        values.forEach((value, j) => assert.ok(Math.abs(value - whole[i][j]) <= 1e-5 * size, `${i} [${j}]`));
      });
    },
  });
}

/** The gradients of every parameter, then their Hessian products, of one masked network with biases. */
async function derivatives(device: Device, panels: number): Promise<Float32Array[]> {
  using network = maskedNetwork(device);
  assert.equal(network.weights[0].matrix.panels.length, panels);
  const random = new RandomSequence(3);
  const x = Float32Array.from({ length: SAMPLES * WIDTHS[0] }, () => random.normal());
  using batch = uploadBatch(device, x, [0, 1, 2, 3]);
  using gradient = gradients(network, batch, crossEntropyLoss());
  const products = hessianVectorProduct(network, batch, crossEntropyLoss(), gradient.matrices);
  const values = await Promise.all([...gradient.matrices, ...products].map((matrix) => device.read(matrix)));
  for (const matrix of products) matrix.dispose();
  return values;
}

function maskedNetwork(device: Device): Network {
  const network = initialise(device, WIDTHS, "he", { seed: seedFrom(2), activation: "tanh", bias: "torch" });
  const random = new RandomSequence(4);
  for (const weight of network.weights) {
    const { rows, cols } = weight;
    const bits = Uint8Array.from({ length: rows * cols }, () => random.integer(2));
    weight.setMask(device.uploadBits(packBits(bits, rows, cols), rows, cols));
  }
  return network;
}
