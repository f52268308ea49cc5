import assert from "node:assert/strict";
import {
  crossEntropyLoss,
  gradients,
  hessianVectorProduct,
  initialise,
  type Mlp,
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

/** The gradients of every layer, then their Hessian products, of one masked network. */
async function derivatives(device: Device, panels: number): Promise<Float32Array[]> {
  using mlp = maskedNetwork(device);
  assert.equal(mlp.weights[0].panels.length, panels);
  const random = new RandomSequence(3);
  const x = Float32Array.from({ length: SAMPLES * WIDTHS[0] }, () => random.normal());
  using batch = uploadBatch(device, x, [0, 1, 2, 3]);
  using gradient = gradients(mlp, batch, crossEntropyLoss());
  const products = hessianVectorProduct(mlp, batch, crossEntropyLoss(), gradient.matrices);
  const values = await Promise.all([...gradient.matrices, ...products].map((matrix) => device.read(matrix)));
  for (const matrix of products) matrix.dispose();
  return values;
}

function maskedNetwork(device: Device): Mlp {
  const mlp = initialise(device, WIDTHS, "he", { seed: seedFrom(2), activation: "tanh" });
  const random = new RandomSequence(4);
  mlp.weights.forEach(({ rows, cols }, layer) => {
    const bits = Uint8Array.from({ length: rows * cols }, () => random.integer(2));
    mlp.setMask(layer, device.uploadBits(packBits(bits, rows, cols), rows, cols));
  });
  return mlp;
}
