import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ACTIVATIONS,
  forward,
  gradientDirection,
  gradients,
  hessianVectorProduct,
  matrixDirection,
  sweepTangent,
} from "@graphon-limit/model";
import { type Matrix, RandomSequence } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { crossesCorner, hessianVectorProduct64, parametersOf } from "./float64_network.ts";
import { inParameterOrder, lossOf, networkCases, placeBatch, placeNetwork } from "./network_cases.ts";
import { allowances, assertNear, Rounded } from "./rounded.ts";
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
          // Some parameters stay where they are: their direction is zero, or left out.
          const still = parametersOf(network).map(() => random.integer(5) === 0);
          const direction = parametersOf(network).map((values, p) =>
            Float32Array.from(values, () => still[p] ? 0 : random.normal())
          );
          fc.pre(!crossesCorner(network, task, 1e-4, direction));
          using placed = placeNetwork(device, drawn);
          using batch = placeBatch(device, drawn);
          const along = inParameterOrder(placed, direction), stays = inParameterOrder(placed, still);
          const matrices = placed.parameters.map(({ rows, cols }, index) =>
            stays[index] ? undefined : device.upload(along[index], rows, cols)
          );
          const products = hessianVectorProduct(placed, batch, lossOf(task), matrices);
          const expected = inParameterOrder(placed, hessianVectorProduct64(network, task, direction));
          const { product } = hessianVectorProductRounded(network, task, direction);
          const rounding = inParameterOrder(placed, product);
          for (const [index, matrix] of products.entries()) {
            const bounds = allowances(rounding[index], 2e-4, 0.1);
            assertNear(await device.read(matrix), expected[index], bounds, placed.parameters[index].name);
          }
          for (const matrix of [...matrices, ...products]) matrix?.dispose();
        });
        await fc.assert(check, { numRuns: 25 });
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
        using placed = placeNetwork(device, drawn);
        using batch = placeBatch(device, drawn);
        using gradient = gradients(placed, batch, loss);
        using pass = forward(placed, batch.inputs);
        using value = loss.value(device, pass.out, batch);
        pass.pullback(value.gradient, false);
        const live = device.memory.live;
        {
          // Biases have gradients, and do not move along: no method prunes them.
          const matrices = placed.parameters.map(({ prunable }, index) =>
            prunable ? gradient.matrices[index] : undefined
          );
          const layers = () =>
            pass.meetings.filter(({ weight }) => weight.prunable).map((met) => ({ ...met }));
          using _byMatrices = sweepTangent(pass, matrixDirection(placed, matrices), loss, batch);
          const byMatrices = layers();
          using _byRank = sweepTangent(pass, gradientDirection(pass), loss, batch);
          const byRank = layers();
          const along = gradientRounded(network, task).map((values, parameter) =>
            parameter < network.weights.length ? values : values.map(() => new Rounded(0))
          );
          const { tangents } = hessianVectorProductRounded(network, task, along);
          for (let layer = 0; layer < placed.depth; layer++) {
            const deltas = tangents.map((tangent) => tangent.deltas[layer]);
            await assertSame(byRank[layer].deltaTangent, byMatrices[layer].deltaTangent, deltas);
            const activations = tangents.map((tangent) => tangent.activations[layer] ?? []);
            const [found, expected] = [byRank, byMatrices].map((each) => each[layer].inputTangent);
            if (layer > 0) await assertSame(found, expected, activations);
            else assert.deepEqual([found, expected], [undefined, undefined]);
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
