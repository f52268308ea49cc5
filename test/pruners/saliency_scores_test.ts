import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIVATIONS } from "@graphon-limit/model";
import { grasp, type Pruner, snip } from "@graphon-limit/pruners";
import { type Device, seedFrom } from "@graphon-limit/runtime";
import { crossesCorner, gradient64, hessianVectorProduct64 } from "../model/float64_network.ts";
import { type NetworkCase, networkCases, placeBatch, placeNetwork } from "../model/network_cases.ts";
import { onBothDevices } from "../runtime/support.ts";
import { readScores } from "./support.ts";

/** Networks of every activation, with a cross-entropy of `f / temperature`. */
const casesAt = (temperature: number) =>
  fc.constantFrom(...ACTIVATIONS).chain(networkCases).map((drawn): NetworkCase => ({
    ...drawn,
    task: { ...drawn.task, loss: "cross-entropy", temperature },
  }));

async function scoresOf(device: Device, pruner: Pruner, drawn: NetworkCase): Promise<Float32Array[]> {
  using mlp = placeNetwork(device, drawn);
  using batch = placeBatch(device, drawn);
  return await readScores(pruner.score({ device, mlp, batch, seed: seedFrom(0), round: 0, rounds: 1 }));
}

/** Scores agree where the mask keeps the weight, to `relative` of the largest, and are −∞ elsewhere. */
function assertScores(
  actual: readonly Float32Array[],
  expected: readonly Float64Array[],
  { network: { masks } }: NetworkCase,
  relative: number,
  absolute: number,
): void {
  const largest = Math.max(
    ...expected.flatMap((layer, l) => [...layer].filter((_, i) => masks[l][i]).map(Math.abs)),
    0,
  );
  expected.forEach((layer, l) =>
    layer.forEach((value, i) => {
      if (!masks[l][i]) return assert.equal(actual[l][i], -Infinity);
      const allowed = relative * largest + absolute;
      assert.ok(
        Math.abs(actual[l][i] - value) <= allowed,
        `layer ${l} [${i}]: ${actual[l][i]}, expected ${value} ± ${allowed}`,
      );
    })
  );
}

onBothDevices("snip: scores are |w · ∂ℒ/∂w| by finite differences in float64", async (device) => {
  await fc.assert(
    fc.asyncProperty(casesAt(1), async (drawn) => {
      const { network, task } = drawn;
      fc.pre(!crossesCorner(network, task));
      const expected = gradient64(network, task).map((gradient, l) =>
        gradient.map((value, i) => Math.abs(value * network.weights[l][i]))
      );
      assertScores(await scoresOf(device, snip, drawn), expected, drawn, 5e-5, 1e-7);
    }),
    { numRuns: 25 },
  );
});

onBothDevices("grasp: scores are w · (H g) by second differences in float64", async (device) => {
  const temperature = 200;
  await fc.assert(
    fc.asyncProperty(casesAt(temperature), async (drawn) => {
      const { network, task } = drawn;
      // Along the gradient of f itself, of order 1, the differences are well above the rounding of the loss.
      const direction = gradient64(network, task).map((layer) => layer.map((value) => temperature * value));
      fc.pre(!crossesCorner(network, task, 2e-3, direction));
      const wide = hessianVectorProduct64(network, task, direction, 2e-3);
      const narrow = hessianVectorProduct64(network, task, direction, 1e-3);
      // Richardson's extrapolation rids the differences of their error in the square of the step.
      const expected = narrow.map((product, l) =>
        product.map((value, i) => (4 * value - wide[l][i]) / 3 * network.weights[l][i] / temperature)
      );
      assertScores(await scoresOf(device, grasp, drawn), expected, drawn, 5e-5, 2e-11);
    }),
    { numRuns: 25 },
  );
});
