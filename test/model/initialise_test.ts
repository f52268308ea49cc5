import assert from "node:assert/strict";
import { initialise, type Initialiser, INITIALISERS } from "@graphon-limit/model";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

const WIDTHS = [60, 90, 8];

/** The variance each initialiser promises for a fan-in; `ntk` with weightVariance 2. */
const VARIANCE: Record<Initialiser, (fanIn: number) => number> = {
  he: (fanIn) => 2 / fanIn,
  lecun: (fanIn) => 1 / fanIn,
  torch: (fanIn) => 1 / (3 * fanIn),
  ntk: () => 2,
};

for (const kind of ["webgpu", "cpu"] as const) {
  for (const initialiser of INITIALISERS) {
    Deno.test({
      name: `initialise: ${initialiser} has its mean and variance, by seed and layer, on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const device = await testDevice(kind);
        const options = { weightVariance: 2 };
        using mlp = initialise(device, WIDTHS, initialiser, { ...options, seed: seedFrom(5) });
        using same = initialise(device, WIDTHS, initialiser, { ...options, seed: seedFrom(5) });
        using other = initialise(device, WIDTHS, initialiser, { ...options, seed: seedFrom(6) });
        assert.deepEqual(mlp.widths, WIDTHS);
        assert.equal(mlp.parametrization, initialiser === "ntk" ? "ntk" : "standard");
        const values = await device.read(mlp.weights[0]);
        assert.deepEqual(await device.read(same.weights[0]), values);
        assert.notDeepEqual(await device.read(other.weights[0]), values);
        const second = await device.read(mlp.weights[1]);
        assert.notEqual(second[0] / values[0], 1);
        const variance = VARIANCE[initialiser](WIDTHS[0]), n = values.length;
        const mean = values.reduce((sum, value) => sum + value, 0) / n;
        const square = values.reduce((sum, value) => sum + value * value, 0) / n;
        // Five standard errors, of a seed that does not change.
        assert.ok(Math.abs(mean) < 5 * Math.sqrt(variance / n), `mean ${mean}`);
        assert.ok(
          Math.abs(square / variance - 1) < 5 * Math.sqrt(2 / n),
          `variance ${square}, expected ${variance}`,
        );
      },
    });
  }
}

Deno.test("initialise: refuses unknown initialisers, widths of one layer, and a variance that is none", async () => {
  const device = await testDevice("cpu");
  const seed = seedFrom(1);
  assert.throws(() => initialise(device, [3, 2], "xavier" as "he", { seed }), InvalidArgumentError);
  assert.throws(() => initialise(device, [3], "he", { seed }), InvalidArgumentError);
  assert.throws(() => initialise(device, [3, 0], "he", { seed }), InvalidArgumentError);
  assert.throws(() => initialise(device, [3, 2], "ntk", { seed, weightVariance: -1 }), InvalidArgumentError);
});
