import assert from "node:assert/strict";
import fc from "fast-check";
import { conditionalMoments, keepConditional, keepMoment } from "@graphon-limit/ops";
import { dimension, elementSeed, normalMatrix, output, testOp } from "./harness.ts";

/** Deviations of 0.1 to 1. */
function deviations(seed: number, count: number) {
  const drawn = normalMatrix(seed, count, 1);
  return { ...drawn, data: Float32Array.from(drawn.data, (value) => 0.1 + 0.9 * Math.exp(-Math.abs(value))) };
}

testOp(keepConditional, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    threshold: fc.constantFrom(-0.7, 0, 1e-3, 1, 4, 1e20),
    law: fc.constantFrom("normal", "uniform"),
    moment: fc.constantFrom("probability", "first", "second"),
    rule: fc.constantFrom(
      ...[
        { power: "0", signed: false },
        { power: "0", signed: true },
        { power: "1", signed: false },
        { power: "1", signed: true },
        { power: "2", signed: false },
      ],
    ),
    known: fc.boolean(),
  }).map(({ rows, cols, seed, known, rule, ...settings }) => ({
    args: {
      scale: normalMatrix(seed, rows, cols),
      mean: known ? normalMatrix(seed + 1, rows, cols, 0.5) : undefined,
      rows: known ? deviations(seed + 2, rows) : undefined,
      columns: known ? deviations(seed + 3, cols) : undefined,
      out: output(rows, cols),
    },
    settings: { ...settings, ...rule },
  })),
  tolerance: { absolute: 3e-5, relative: 1e-4 },
  runs: 80,
});

/** The three moments by the midpoint rule, from the law times the likelihood. */
function byDefinition(
  scale: number,
  threshold: number,
  mean: number,
  deviation: number,
  { law, power, signed }: { law: "normal" | "uniform"; power: "0" | "1" | "2"; signed: boolean },
): number[] {
  const sums = [0, 0, 0], step = 2e-4, precision = 1 / deviation ** 2;
  let total = 0;
  for (let w = -9 + step / 2; w < 9; w += step) {
    if (law === "uniform" && Math.abs(w) > Math.sqrt(3)) continue;
    // What products say, a normal likelihood, which makes N(0, 1) into N(mean, deviation²).
    const prior = law === "uniform" ? 1 : Math.exp(-w * w / 2);
    const density = prior * Math.exp(-(precision - 1) * w * w / 2 + precision * mean * w);
    total += density;
    const score = (signed ? Math.sign(w) ** Number(power) : 1) * Math.abs(w) ** Number(power) *
      (signed ? scale : Math.abs(scale));
    if (score <= threshold) continue;
    sums[0] += density;
    sums[1] += density * w;
    sums[2] += density * w * w;
  }
  return sums.map((sum) => sum / total);
}

Deno.test("conditionalMoments: are the integrals over the law times the likelihood", () => {
  for (const law of ["normal", "uniform"] as const) {
    for (
      const [power, signed] of [["0", true], ["0", false], ["1", true], ["1", false], ["2", false]] as const
    ) {
      for (
        const [scale, threshold, mean, deviation] of [
          [0.7, 0.4, 0.3, 0.8],
          [-2, 0.3, -0.5, 0.5],
          [1.3, 0, 0.2, 0.95],
          [0.5, -0.4, 0.4, 0.7],
          [-0.5, -0.4, 0.4, 0.7],
          [0, -1, 0.1, 0.6],
          [0, 0, 0.1, 0.6],
        ]
      ) {
        const rule = { law, power, signed };
        const expected = byDefinition(scale, threshold, mean, deviation, rule);
        conditionalMoments(scale, threshold, mean, deviation, rule).forEach((value, moment) =>
          assert.ok(
            Math.abs(value - expected[moment]) < 1e-3,
            `${JSON.stringify(rule)} ${scale} ${threshold}, moment ${moment}: ${value}, ${expected[moment]}`,
          )
        );
      }
    }
  }
});

Deno.test("conditionalMoments: without anything known they are keepMoment's", () => {
  for (const law of ["normal", "uniform"] as const) {
    for (const signed of [false, true]) {
      for (const [scale, threshold] of [[0.7, 0.9], [-2, 0.3], [1.3, 0], [0.5, -0.4], [0, -1], [0, 0]]) {
        const [probability, , second] = conditionalMoments(scale, threshold, 0, 1, { law, signed });
        assert.ok(Math.abs(probability - keepMoment(scale, threshold, { law, signed })) < 1e-5);
        const moment = keepMoment(scale, threshold, { law, signed, moment: "second" });
        assert.ok(Math.abs(second - moment) < 1e-5, `${law} ${signed} ${scale} ${threshold}`);
      }
    }
  }
});
