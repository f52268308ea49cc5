import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIVATIONS, forward, gradients, meanLoss, predict } from "@graphon-limit/model";
import { testDevice } from "../ops/harness.ts";
import { crossesCorner, gradient64, meanLoss64, outputs } from "./float64_network.ts";
import { lossOf, networkCases, placeBatch, placeNetwork } from "./network_cases.ts";

for (const kind of ["webgpu", "cpu"] as const) {
  for (const activation of ACTIVATIONS) {
    Deno.test({
      name: `gradients: ${activation} networks agree with finite differences in float64 on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const device = await testDevice(kind);
        const check = fc.asyncProperty(networkCases(activation), async (drawn) => {
          const { network, task } = drawn;
          fc.pre(!crossesCorner(network, task));
          using mlp = placeNetwork(device, drawn);
          using batch = placeBatch(device, drawn);
          using result = gradients(mlp, batch, lossOf(task));
          const expected = gradient64(network, task);
          for (const [layer, matrix] of result.matrices.entries()) {
            assertClose(await device.read(matrix), expected[layer], `layer ${layer}`);
          }
          const loss = meanLoss64(network, task);
          assert.ok(Math.abs(await meanLoss(result.losses) - loss) < 1e-5 * (1 + Math.abs(loss)));
        });
        await fc.assert(check, { numRuns: 25 });
      },
    });
  }

  Deno.test({
    name: `forward: outputs agree with float64, and predict with forward, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const drawn = fc.constantFrom(...ACTIVATIONS).chain(networkCases);
      const check = fc.asyncProperty(drawn, async (drawn) => {
        const { network, task } = drawn;
        using mlp = placeNetwork(device, drawn);
        using batch = placeBatch(device, drawn);
        using pass = forward(mlp, batch.inputs);
        using predicted = predict(mlp, batch.inputs);
        const actual = await device.read(pass.output);
        assert.deepEqual(await device.read(predicted), actual);
        const rows = task.inputs.map((input) => outputs(network, input).output);
        const expected = Float64Array.from(
          actual,
          (_, i) => rows[i % rows.length][Math.floor(i / rows.length)],
        );
        assertClose(actual, expected, "outputs");
      });
      await fc.assert(check, { numRuns: 25 });
    },
  });

  Deno.test({
    name: `gradients: everything but the result is released on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const [drawn] = fc.sample(networkCases("tanh"), { numRuns: 1, seed: 1 });
      const before = device.memory.live;
      {
        using mlp = placeNetwork(device, drawn);
        using batch = placeBatch(device, drawn);
        using _result = gradients(mlp, batch, lossOf(drawn.task));
        await device.idle();
      }
      assert.equal(device.memory.live, before);
    },
  });
}

function assertClose(actual: Float32Array, expected: Float64Array, what: string): void {
  const size = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    const allowed = 2e-5 * size;
    assert.ok(
      Math.abs(actual[i] - value) <= allowed,
      `${what} [${i}]: ${actual[i]}, expected ${value} ± ${allowed}`,
    );
  });
}
