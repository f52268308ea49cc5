import assert from "node:assert/strict";
import fc from "fast-check";
import {
  keepMoment,
  keepProbability,
  leastOuter,
  leastProducts,
  logComplement,
  scaleBins,
  scaleHistogram,
  scaleOfBin,
} from "@graphon-limit/ops";
import { RandomSequence } from "@graphon-limit/runtime";
import { dimension, elementSeed, normalMatrix, output, runCase, testDevice, testOp } from "./harness.ts";

testOp(keepProbability, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    threshold: fc.constantFrom(-0.7, 0, 1e-3, 1, 4, 1e20),
    law: fc.constantFrom("normal", "uniform"),
    moment: fc.constantFrom("probability", "first", "second"),
    signed: fc.boolean(),
  }).map(({ rows, cols, seed, ...settings }) => ({
    args: { scale: normalMatrix(seed, rows, cols), out: output(rows, cols) },
    settings,
  })),
  tolerance: { absolute: 2e-6, relative: 1e-5 },
});

testOp(leastOuter, {
  cases: fc.record({ rows: dimension, cols: dimension, seed: elementSeed, lowered: fc.boolean() })
    .map(({ rows, cols, seed, lowered }) => ({
      args: {
        x: lowered ? normalMatrix(seed, rows, cols) : undefined,
        left: normalMatrix(seed + 1, rows, 1),
        right: normalMatrix(seed + 2, cols, 1),
        out: output(rows, cols),
      },
    })),
  tolerance: { absolute: 0, relative: 1e-6 },
});

testOp(leastProducts, {
  cases: fc.record({ rows: dimension, cols: dimension, rounds: dimension, seed: elementSeed })
    .map(({ rows, cols, rounds, seed }) => ({
      args: {
        left: normalMatrix(seed, rows, rounds),
        right: normalMatrix(seed + 1, cols, rounds),
        out: output(rows, cols),
      },
    })),
  tolerance: { absolute: 0, relative: 1e-6 },
  runs: 30,
});

/** A chance: often 0, 1 or next to them, and of any size else. */
function chance(random: RandomSequence): number {
  const size = Math.exp(-30 * random.uniform());
  return [0, 1, 1 - 2 ** -24, 0.5, size, 1 - size, random.uniform()][random.integer(7)];
}

testOp(logComplement, {
  cases: fc.record({ rows: dimension, cols: dimension, seed: elementSeed }).map(({ rows, cols, seed }) => {
    const random = new RandomSequence(seed);
    return {
      args: { x: { rows, cols, data: Float32Array.from({ length: rows * cols }, () => chance(random)) } },
    };
  }),
  tolerance: { absolute: 0, relative: 1e-6 },
});

testOp(scaleHistogram, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    scale: fc.constantFrom(1e-20, 1, 1e10),
    shift: fc.constantFrom(20, 23),
  })
    .map(({ rows, cols, seed, scale, shift }) => ({
      args: {
        x: normalMatrix(seed, rows, cols, scale),
        counts: { rows: 1, cols: scaleBins(shift), data: new Uint32Array(scaleBins(shift)) },
      },
      settings: { shift },
    })),
  runs: 20,
});

Deno.test("keepMoment: is the integral over the weight's law, signed or not, below zero and at a scale of zero", () => {
  const laws = {
    normal: (w: number) => Math.exp(-w * w / 2) / Math.sqrt(2 * Math.PI),
    uniform: (w: number) => Math.abs(w) < Math.sqrt(3) ? 1 / (2 * Math.sqrt(3)) : 0,
  };
  for (const law of ["normal", "uniform"] as const) {
    for (const signed of [false, true]) {
      for (const [scale, threshold] of [[0.7, 0.9], [-2, 0.3], [1.3, 0], [0.5, -0.4], [0, -1], [0, 0]]) {
        let probability = 0, first = 0, second = 0;
        const step = 1e-4;
        for (let w = -9 + step / 2; w < 9; w += step) {
          const score = signed ? w * scale : Math.abs(w * scale);
          if (score <= threshold) continue;
          probability += laws[law](w) * step;
          first += Math.abs(w) * laws[law](w) * step;
          second += w * w * laws[law](w) * step;
        }
        const actual = keepMoment(scale, threshold, { law, signed });
        assert.ok(Math.abs(actual - probability) < 2e-4, `${law} ${signed} ${scale} ${threshold}: ${actual}`);
        const size = keepMoment(scale, threshold, { law, signed, moment: "first" });
        assert.ok(Math.abs(size - first) < 3e-4, `first ${law} ${signed} ${scale} ${threshold}: ${size}`);
        const moment = keepMoment(scale, threshold, { law, signed, moment: "second" });
        assert.ok(
          Math.abs(moment - second) < 4e-4,
          `second ${law} ${signed} ${scale} ${threshold}: ${moment}`,
        );
      }
    }
  }
});

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `logComplement: small chances stay what they are, and none is left of one, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      // By their series, which is −p − p²/2 − p³/3 …
      const chances = [0, 1e-37, 1e-12, 3e-8, 1e-4, 0.5, 0.875, 1];
      const expected = [0, -1e-37, -1e-12, -3e-8, -1.0000500033e-4, -0.6931471806, -2.0794415417, -128];
      const args = { x: { rows: 2, cols: 4, data: Float32Array.from(chances) } };
      const { x } = await runCase(await testDevice(kind), logComplement, { args });
      expected.forEach((value, at) => {
        assert.ok(Math.abs(x[at] - value) <= 1e-6 * Math.abs(value), `${chances[at]}: ${x[at]}`);
      });
    },
  });

  Deno.test({
    name: `leastProducts: takes the least over the rounds, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const args = {
        left: { rows: 2, cols: 2, data: Float32Array.of(1, 2, 3, 0.5) },
        right: { rows: 2, cols: 2, data: Float32Array.of(4, 1, 1, 8) },
        out: output(2, 2),
      };
      const { out } = await runCase(await testDevice(kind), leastProducts, { args });
      assert.deepEqual([...out], [2, 1, 0.5, 3]);
    },
  });
}

Deno.test("scaleOfBin: a magnitude is within 1/256 of its bin's, and zero's is zero", () => {
  assert.equal(scaleOfBin(0, 15), 0);
  fc.assert(fc.property(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), (value) => {
    const bin = new Uint32Array(Float32Array.of(value).buffer)[0] >>> 15;
    assert.ok(Math.abs(scaleOfBin(bin, 15) / value - 1) < 1 / 256);
  }));
});
