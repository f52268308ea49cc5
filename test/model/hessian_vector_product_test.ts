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
import { allowances, assertNear, type Rounded } from "./rounded.ts";
import { gradientRounded, hessianVectorProductRounded } from "./rounded_network.ts";

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
          const rounding = hessianVectorProductRounded(network, task, direction).product;
          for (const [layer, matrix] of products.entries()) {
            const bounds = allowances(rounding[layer], 2e-4, 0.1);
            assertNear(await device.read(matrix), expected[layer], bounds, `layer ${layer}`);
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
        const { network, task } = drawn, loss = lossOf(task);
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
          const along = gradientRounded(network, task);
          const { tangents } = hessianVectorProductRounded(network, task, along);
          for (let layer = 0; layer < mlp.depth; layer++) {
            const deltas = tangents.map((tangent) => tangent.deltas[layer]);
            await assertSame(byRank.deltaTangents[layer], byMatrices.deltaTangents[layer], deltas);
            const activations = tangents.map((tangent) => tangent.activations[layer] ?? []);
            const [found, expected] = [byRank, byMatrices].map((each) => each.activationTangents[layer]);
            if (layer > 0) await assertSame(found, expected, activations);
          }
        }
        assert.equal(device.memory.live, live);
      });
      await fc.assert(check, { numRuns: 25 });
    },
  });
}

/** Two ways to the same matrix agree, to twice what either may be off; `rounding` is its columns. */
async function assertSame(
  actual: Matrix | undefined,
  expected: Matrix | undefined,
  rounding: readonly (readonly Rounded[])[],
): Promise<void> {
  assert.ok(actual && expected);
  const { device, rows, cols } = actual;
  const exact = Array.from({ length: rows * cols }, (_, i) => rounding[i % cols][Math.floor(i / cols)]);
  const allowed = allowances(exact, 5e-5, 1e-3).map((each) => 2 * each);
  assertNear(await device.read(actual), await device.read(expected), allowed, "tangents");
}
