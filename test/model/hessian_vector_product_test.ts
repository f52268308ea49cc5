import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ACTIVATIONS,
  backward,
  forward,
  gradientDirection,
  gradients,
  hessianVectorProduct,
  matrixDirection,
  tangent,
} from "@graphon-limit/model";
import { type Matrix, RandomSequence } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { crossesCorner, hessianVectorProduct64 } from "./float64_network.ts";
import { lossOf, networkCases, placeBatch, placeNetwork } from "./network_cases.ts";

for (const kind of ["webgpu", "cpu"] as const) {
  for (const activation of ACTIVATIONS) {
    Deno.test({
      name:
        `hessianVectorProduct: ${activation} networks agree with second differences in float64 on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const device = await testDevice(kind);
        const check = fc.asyncProperty(networkCases(activation), fc.nat(), async (drawn, seed) => {
          const { network, task } = drawn;
          const random = new RandomSequence(seed);
          const direction = network.weights.map((matrix) => Float32Array.from(matrix, () => random.normal()));
          fc.pre(!crossesCorner(network, task, 1e-4, direction));
          using mlp = placeNetwork(device, drawn);
          using batch = placeBatch(device, drawn);
          const matrices = direction.map((values, l) =>
            device.upload(values, network.widths[l + 1], network.widths[l])
          );
          const products = hessianVectorProduct(mlp, batch, lossOf(task), matrices);
          const expected = hessianVectorProduct64(network, task, direction);
          for (const [layer, matrix] of products.entries()) {
            const actual = await device.read(matrix);
            const size = expected[layer].reduce((most, value) => Math.max(most, Math.abs(value)), 0.1);
            expected[layer].forEach((value, i) => {
              const difference = Math.abs(actual[i] - value);
              assert.ok(difference <= 2e-4 * size, `layer ${layer} [${i}]: ${actual[i]}, expected ${value}`);
            });
          }
          for (const matrix of [...matrices, ...products]) matrix.dispose();
        });
        await fc.assert(check, { numRuns: 15 });
      },
    });
  }

  Deno.test({
    name: `gradientDirection: gives the tangents that the gradient's own matrices give on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const check = fc.asyncProperty(fc.constantFrom(...ACTIVATIONS).chain(networkCases), async (drawn) => {
        const loss = lossOf(drawn.task);
        using mlp = placeNetwork(device, drawn);
        using batch = placeBatch(device, drawn);
        using gradient = gradients(mlp, batch, loss);
        using pass = forward(mlp, batch.inputs);
        using value = loss.value(device, pass.output, batch);
        using back = backward(mlp, pass, value.gradient);
        const live = device.memory.live;
        {
          using byMatrices = tangent(mlp, pass, back, matrixDirection(mlp, gradient.matrices), loss, batch);
          using byRank = tangent(mlp, pass, back, gradientDirection(mlp, pass, back), loss, batch);
          await assertSame(byRank.deltaTangents, byMatrices.deltaTangents);
          await assertSame(byRank.activationTangents.slice(1), byMatrices.activationTangents.slice(1));
        }
        assert.equal(device.memory.live, live);
      });
      await fc.assert(check, { numRuns: 25 });
    },
  });
}

async function assertSame(
  actual: readonly (Matrix | undefined)[],
  expected: readonly (Matrix | undefined)[],
): Promise<void> {
  assert.equal(actual.length, expected.length);
  for (const [l, matrix] of actual.entries()) {
    assert.ok(matrix && expected[l]);
    const a = await matrix.device.read(matrix), e = await matrix.device.read(expected[l]);
    const size = e.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    e.forEach((value, i) =>
      assert.ok(Math.abs(a[i] - value) <= 1e-4 * size, `${l} [${i}]: ${a[i]} and ${value}`)
    );
  }
}
