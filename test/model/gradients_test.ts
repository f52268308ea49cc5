import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIVATIONS, forward, gradients, meanLoss, predict } from "@graphon-limit/model";
import { testDevice } from "../ops/harness.ts";
import { crossesCorner, gradient64, meanLoss64, outputs } from "./float64_network.ts";
import { inParameterOrder, lossOf, networkCases, placeBatch, placeNetwork } from "./network_cases.ts";
import { allowances, assertNear } from "./rounded.ts";
import { forwardRounded, gradientRounded, meanLossRounded } from "./rounded_network.ts";

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
          using placed = placeNetwork(device, drawn);
          using batch = placeBatch(device, drawn);
          using result = gradients(placed, batch, lossOf(task));
          const expected = inParameterOrder(placed, gradient64(network, task));
          const rounding = inParameterOrder(placed, gradientRounded(network, task));
          for (const [index, matrix] of result.matrices.entries()) {
            const bounds = allowances(rounding[index], 2e-5, 1e-2);
            assertNear(await device.read(matrix), expected[index], bounds, placed.parameters[index].name);
          }
          const losses = [await meanLoss(result.losses)], bounds = [meanLossRounded(network, task)];
          assertNear(losses, [meanLoss64(network, task)], allowances(bounds, 1e-5, 1), "loss");
        });
        await fc.assert(check, { numRuns: 40 });
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
        using placed = placeNetwork(device, drawn);
        using batch = placeBatch(device, drawn);
        using pass = forward(placed, batch.inputs);
        using predicted = predict(placed, batch.inputs);
        const actual = await device.read(pass.out);
        assert.deepEqual(await device.read(predicted.out), actual);
        const samples = task.inputs.length, classes = network.widths.at(-1)!;
        const byClass = <T>(columns: readonly (readonly T[])[]) =>
          Array.from({ length: classes * samples }, (_, i) => columns[i % samples][Math.floor(i / samples)]);
        const expected = byClass(task.inputs.map((input) => outputs(network, input).output));
        const rounding = byClass(
          task.inputs.map((input) => forwardRounded(network, input).preActivations.at(-1)!),
        );
        assertNear(actual, expected, allowances(rounding, 2e-5, 1e-2), "outputs");
      });
      await fc.assert(check, { numRuns: 40 });
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
        using placed = placeNetwork(device, drawn);
        using batch = placeBatch(device, drawn);
        using _result = gradients(placed, batch, lossOf(drawn.task));
        await device.idle();
      }
      assert.equal(device.memory.live, before);
    },
  });
}
