import assert from "node:assert/strict";
import fc from "fast-check";
import { activation, ACTIVATION_FUNCTIONS, type ActivationName } from "@graphon-limit/ops";
import { erf } from "../../packages/ops/erf.ts";
import { dimension, elementSeed, normalMatrix, output, runCase, testDevice, testOp } from "./harness.ts";

const NAMES = Object.keys(ACTIVATION_FUNCTIONS) as ActivationName[];

testOp(activation, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    fn: fc.constantFrom(...NAMES),
    mode: fc.constantFrom("value", "derivative", "second"),
    spread: fc.constantFrom(0.01, 1, 10),
  }).map(({ rows, cols, seed, fn, mode, spread }) => ({
    args: {
      z: normalMatrix(seed, rows, cols, spread),
      g: mode === "value" ? undefined : normalMatrix(seed + 1, rows, cols),
      dz: mode === "second" ? normalMatrix(seed + 2, rows, cols) : undefined,
      dg: mode === "second" ? normalMatrix(seed + 3, rows, cols) : undefined,
      out: output(rows, cols),
    },
    settings: { fn, mode },
  })),
  tolerance: { absolute: 1e-6, relative: 2e-6 },
  runs: 40,
});

/** erf to 16 digits, from Abramowitz and Stegun's table 7.1 and DLMF 7.23. */
const ERF = [[0.1, 0.1124629160182849], [0.5, 0.5204998778130465], [1, 0.8427007929497149], [
  2,
  0.9953222650189527,
]];

Deno.test("erf: agrees with tabulated values and is odd", () => {
  for (const [z, expected] of ERF) {
    assert.ok(Math.abs(erf(z) - expected) < 1e-15, `erf(${z}) = ${erf(z)}`);
    assert.equal(erf(-z), -erf(z));
  }
  assert.equal(erf(0), 0);
  assert.equal(erf(50), 1);
});

for (const fn of NAMES) {
  Deno.test(`activation: ${fn}'s derivatives are those of its value`, () => {
    const { value, slope, curvature } = ACTIVATION_FUNCTIONS[fn];
    const step = 1e-5;
    for (let z = -4.05; z < 4; z += 0.1) {
      assert.ok(
        Math.abs((value(z + step) - value(z - step)) / (2 * step) - slope(z)) < 1e-8,
        `slope at ${z}`,
      );
      assert.ok(
        Math.abs((slope(z + step) - slope(z - step)) / (2 * step) - curvature(z)) < 1e-8,
        `curvature at ${z}`,
      );
    }
  });

  for (const kind of ["webgpu", "cpu"] as const) {
    Deno.test({
      name: `activation: ${fn} stays finite, and keeps relative accuracy near 0, on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const z = Float32Array.of(-1e30, -3e4, -100, -1e-6, 0, 1e-6, 1e-20, 100, 3e4, 1e30);
        const row = (data: Float32Array) => ({ rows: 1, cols: data.length, data });
        const ones = row(new Float32Array(z.length).fill(1));
        for (const mode of ["value", "derivative", "second"]) {
          const args = { z: row(z), g: ones, dz: ones, dg: ones, out: output(1, z.length) };
          const { out } = await runCase(await testDevice(kind), activation, { args, settings: { fn, mode } });
          const { value, slope, curvature } = ACTIVATION_FUNCTIONS[fn];
          out.forEach((actual, i) => {
            const exact = mode === "value"
              ? value(z[i])
              : slope(z[i]) + (mode === "second" ? curvature(z[i]) : 0);
            const allowed = 2e-6 * Math.abs(exact) + 1e-30;
            assert.ok(
              Math.abs(actual - exact) <= allowed,
              `${mode} at ${z[i]}: ${actual}, expected ${exact}`,
            );
          });
        }
      },
    });
  }
}
