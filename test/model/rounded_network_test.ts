import assert from "node:assert/strict";
import fc from "fast-check";
import { ACTIVATIONS } from "@graphon-limit/model";
import { RandomSequence } from "@graphon-limit/runtime";
import {
  crossesCorner,
  type Float64Network,
  gradient64,
  hessianVectorProduct64,
  meanLoss64,
  parametersOf,
} from "./float64_network.ts";
import { networkCases } from "./network_cases.ts";
import { allowances, assertNear, Rounded, UNIT } from "./rounded.ts";
import { gradientRounded, hessianVectorProductRounded, meanLossRounded } from "./rounded_network.ts";

const values = (numbers: readonly Rounded[]) => numbers.map(({ value }) => value);

/** The drawings are always the same: what is asked of most of them is not asked of chance. */
const FIXED = { seed: 1, numRuns: 60 };

for (const activation of ACTIVATIONS) {
  Deno.test(`Rounded: the values of ${activation} networks agree with differences in float64`, () => {
    fc.assert(
      fc.property(networkCases(activation), fc.nat(), ({ network, task }, seed) => {
        const random = new RandomSequence(seed);
        const direction = parametersOf(network).map((values) =>
          Float64Array.from(values, () => random.normal())
        );
        fc.pre(!crossesCorner(network, task, 1e-4, direction));
        assert.ok(Math.abs(meanLossRounded(network, task).value - meanLoss64(network, task)) < 1e-12);
        const gradient = gradientRounded(network, task),
          { product } = hessianVectorProductRounded(
            network,
            task,
            direction,
          );
        const differences = gradient64(network, task),
          second = hessianVectorProduct64(network, task, direction);
        // What differences lose is the loss's rounding, over the step or its square.
        const size = Math.max(1, meanLoss64(network, task));
        parametersOf(network).forEach(({ length }, l) => {
          const allowed = (most: number) => new Float64Array(length).fill(most);
          assertNear(values(gradient[l]), differences[l], allowed(1e-9 * size), `gradient ${l}`);
          const largest = Math.max(size, ...values(product[l]).map(Math.abs));
          assertNear(values(product[l]), second[l], allowed(1e-6 * largest), `product ${l}`);
        });
      }),
      FIXED,
    );
  });
}

/** A network with a sum that cancels but for `rest`, and a task whose gradient is in proportion to it. */
function cancelling(rest: number) {
  const network: Float64Network = {
    widths: [1, 2, 1],
    activation: "linear",
    parametrization: "standard",
    weights: [Float64Array.of(1, 1), Float64Array.of(1 + rest, -1)],
    masks: [new Uint8Array(2).fill(1), new Uint8Array(2).fill(1)],
  };
  return { network, task: { inputs: [[1]], labels: [1], loss: "squared-error", temperature: 1 } as const };
}

Deno.test("Rounded: a bound is that of the terms, not of what is left of them", () => {
  for (const rest of [2 ** -4, 2 ** -12, 2 ** -20]) {
    const { network, task } = cancelling(rest);
    const loss = meanLossRounded(network, task), [, last] = gradientRounded(network, task);
    assert.ok(Math.abs(loss.value - rest ** 2) < 1e-15);
    // f, which is the gradient but for a factor of 2, has the rounding of two terms of size 1 whatever is left of them.
    assert.ok(Math.abs(last[0].value / (2 * rest) - 1) < 1e-12);
    assert.ok(last[0].error > 4 && last[0].error < 40, `${last[0].error}`);
  }
});

Deno.test("Rounded: sums, products and quotients in float32 are within their bounds", () => {
  const operand = fc.float({ min: Math.fround(-8), max: 8, noNaN: true, noDefaultInfinity: true });
  const check = (actual: number, { value, error }: Rounded) =>
    // The bound is to first order, and knows nothing of numbers too small to be normal.
    assert.ok(
      Math.abs(actual - value) <= (1 + 1e-6) * error * UNIT + 1e-44,
      `${actual}, not ${value} ± ${error} units`,
    );
  fc.assert(fc.property(operand, operand, (a, b) => {
    const [left, right] = [new Rounded(a), new Rounded(b)];
    check(Math.fround(a + b), Rounded.sum([left, right]));
    check(Math.fround(a - b), left.minus(right));
    check(Math.fround(a * b), left.times(right));
    const difference = Math.fround(Math.fround(a * a) - Math.fround(b * b));
    check(difference, left.times(left).minus(right.times(right)));
    if (Math.abs(b) > 1e-3) check(Math.fround(a / b), left.over(right));
  }));
});

Deno.test("allowances: most gradients are held to the tolerance itself", () => {
  let matrices = 0, strict = 0;
  for (const { network, task } of fc.sample(fc.constantFrom(...ACTIVATIONS).chain(networkCases), FIXED)) {
    for (const exact of gradientRounded(network, task)) {
      const size = Math.max(1e-2, ...values(exact).map(Math.abs));
      matrices++;
      if (Math.max(...allowances(exact, 2e-5, 1e-2)) <= 2e-5 * size) strict++;
    }
  }
  assert.ok(strict > 0.85 * matrices, `${strict} of ${matrices}`);
});
