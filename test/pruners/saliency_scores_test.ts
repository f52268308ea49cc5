import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIVATIONS } from "@graphon-limit/model";
import { grasp, type Method, snip } from "@graphon-limit/pruners";
import type { Device } from "@graphon-limit/runtime";
import { crossesCorner, gradient64, hessianVectorProduct64 } from "../model/float64_network.ts";
import { type NetworkCase, networkCases, placeBatch, placeNetwork } from "../model/network_cases.ts";
import { allowances, assertNear, Rounded } from "../model/rounded.ts";
import {
  gradientRounded,
  hessianVectorProductRounded,
  type RoundedLayers,
} from "../model/rounded_network.ts";
import { onBothDevices } from "../runtime/support.ts";
import { contextOf, readScores } from "./support.ts";

/** Networks of every activation, with a cross-entropy of `f / temperature`. */
const casesAt = (temperature: number) =>
  fc.constantFrom(...ACTIVATIONS).chain(networkCases).map((drawn): NetworkCase => ({
    ...drawn,
    task: { ...drawn.task, loss: "cross-entropy", temperature },
  }));

/** What belongs to the weights, of what belongs to the weights and then to the biases. */
const weightsOnly = <T>({ weights }: NetworkCase["network"], parameters: readonly T[]) =>
  parameters.slice(0, weights.length);

async function scoresOf(device: Device, method: Method, drawn: NetworkCase): Promise<Float32Array[]> {
  using placed = placeNetwork(device, drawn);
  using batch = placeBatch(device, drawn);
  return await readScores(method.score!(contextOf(placed, { batch })));
}

/**
 * Scores `w · direction` agree where the mask keeps the weight, to `relative` of the largest or what rounding the direction's
 * terms comes to, and are −∞ elsewhere.
 */
function assertScores(
  actual: readonly Float32Array[],
  expected: readonly Float64Array[],
  { network }: NetworkCase,
  directions: RoundedLayers,
  relative: number,
  absolute: number,
): void {
  const kept = (l: number) => (_: unknown, i: number) => Boolean(network.masks[l][i]);
  const rounding = directions.map((layer, l) =>
    layer.map((value, i) => value.times(new Rounded(network.weights[l][i]))).filter(kept(l))
  );
  const allowed = allowances(rounding.flat(), relative, 0).map((each) => each + absolute);
  const scores = actual.map((layer, l) => layer.filter(kept(l)));
  assertNear(
    scores.flatMap((layer) => [...layer]),
    expected.flatMap((layer, l) => [...layer.filter(kept(l))]),
    allowed,
    "scores",
  );
  actual.forEach((layer, l) =>
    layer.forEach((score, i) => {
      if (!network.masks[l][i]) assert.equal(score, -Infinity);
    })
  );
}

onBothDevices("snip: scores are |w · ∂ℒ/∂w| by finite differences in float64", async (device) => {
  await fc.assert(
    fc.asyncProperty(casesAt(1), async (drawn) => {
      const { network, task } = drawn;
      fc.pre(!crossesCorner(network, task));
      const gradient = weightsOnly(network, gradient64(network, task));
      const expected = gradient.map((layer, l) =>
        layer.map((value, i) => Math.abs(value * network.weights[l][i]))
      );
      const rounding = weightsOnly(network, gradientRounded(network, task));
      assertScores(await scoresOf(device, snip, drawn), expected, drawn, rounding, 5e-5, 1e-7);
    }),
    { numRuns: 40 },
  );
});

onBothDevices("grasp: scores are w · (H g) by second differences in float64", async (device) => {
  const temperature = 200;
  await fc.assert(
    fc.asyncProperty(casesAt(temperature), async (drawn) => {
      const { network, task } = drawn;
      // Along the gradient of f itself, of order 1, the differences are well above the rounding of the loss.
      // Biases cannot be pruned, and do not move with it.
      const direction = gradient64(network, task).map((values, parameter) =>
        values.map((value) => parameter < network.weights.length ? temperature * value : 0)
      );
      fc.pre(!crossesCorner(network, task, 2e-3, direction));
      const product = hessianVectorProduct64(network, task, direction, 2e-3);
      const expected = weightsOnly(network, product).map((layer, l) =>
        layer.map((value, i) => value * network.weights[l][i] / temperature)
      );
      const along = gradientRounded(network, task).map((values, parameter) =>
        parameter < network.weights.length ? values : values.map(() => new Rounded(0))
      );
      const rounding = weightsOnly(network, hessianVectorProductRounded(network, task, along).product);
      assertScores(await scoresOf(device, grasp, drawn), expected, drawn, rounding, 5e-5, 2e-11);
    }),
    { numRuns: 40 },
  );
});
