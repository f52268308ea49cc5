import assert from "node:assert/strict";
import fc from "fast-check";
import { residualsInChains } from "./families.ts";
import { Jet } from "./jet.ts";
import { type Drawn, expectedOf, type Numbers, numbersOf, type Probe } from "./stage_case.ts";

/** What comes out in float64, everything moved by `s` along the direction and by `t` along a probe. */
function outAt(
  { stage, input }: Drawn,
  numbers: Numbers,
  { block, vector }: Probe,
  s: number,
  t: number,
): number[] {
  const along = (other: Probe["block"], at: number) => block === other ? vector[at] : 0;
  const move = (value: number, a: number | undefined, b: number) =>
    Jet.moving(value + s * (a ?? 0) + t * b, 0, 0);
  const signal = Array.from(
    numbers.signal,
    (value, at) => move(value, numbers.signalTangent?.[at], along("signal", at)),
  );
  const parameters = stage.parameters.map(({ rows, cols }, p) => ({
    ...{ rows, cols },
    data: Array.from(
      numbers.parameters[p],
      (value, at) =>
        numbers.masks[p]?.[at] === 0 ? move(0, 0, 0) : move(value, numbers.direction[p]?.[at], along(p, at)),
    ),
  }));
  const { data } = stage.apply({ rows: input.rows, cols: numbers.columns, data: signal }, parameters, input);
  return data.map(({ value }) => value.value);
}

Deno.test("Jet: derivatives of stages, along one direction and two, are those that differences find", () => {
  const drawn = fc.record({
    // ReLU's slope is 0 or 1, and differences across its corner are neither.
    stageCase: residualsInChains(fc.integer({ min: 1, max: 3 }), ["erf", "tanh", "linear"]),
    samples: fc.constantFrom(1, 2),
    masked: fc.boolean(),
    signalMoves: fc.boolean(),
    seed: fc.nat(),
  }).map(({ stageCase, ...rest }): Drawn => ({ ...stageCase, ...rest }));
  const dot = (weights: ArrayLike<number>, values: readonly number[]) =>
    values.reduce((sum, value, at) => sum + weights[at] * value, 0);
  fc.assert(
    fc.property(drawn, (drawn) => {
      const numbers = numbersOf(drawn), { probes, deltas, deltaTangent } = numbers;
      const expected = expectedOf(drawn, numbers), h = 1e-4;
      probes.forEach((probe, index) => {
        const at = (s: number, t: number) => outAt(drawn, numbers, probe, s * h, t * h);
        const [up, down, ahead, behind] = [at(0, 1), at(0, -1), at(1, 0), at(-1, 0)];
        const difference = (a: readonly number[], b: readonly number[]) =>
          a.map((x, i) => (x - b[i]) / (2 * h));
        const slope = difference(up, down), tangent = difference(ahead, behind);
        const corners = [at(1, 1), at(1, -1), at(-1, 1), at(-1, -1)];
        const mixed = up.map((_, i) =>
          (corners[0][i] - corners[1][i] - corners[2][i] + corners[3][i]) / (4 * h * h)
        );
        const check = (
          found: number,
          { value, error }: { value: number; error: number },
          tolerance: number,
        ) =>
          // The error bound stands for the size of the terms, of which differences lose some.
          assert.ok(Math.abs(found - value) <= tolerance * (1 + error), `${found}, expected ${value}`);
        expected.tangent.forEach((value, i) => check(tangent[i], value, 1e-6));
        deltas.forEach((delta, g) => check(dot(delta, slope), expected.pulled[index][g], 1e-6));
        check(dot(deltas[0], mixed) + dot(deltaTangent, slope), expected.pulledTangent[index], 1e-5);
      });
    }),
    { seed: 1, numRuns: 40 },
  );
});
