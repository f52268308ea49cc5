import assert from "node:assert/strict";
import fc from "fast-check";
import {
  axis,
  initialise,
  type Initialiser,
  INITIALISERS,
  mlp,
  type Network,
  Weight,
  type WeightRole,
  widthsOf,
} from "@graphon-limit/model";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { onBothDevices, oneLine } from "../runtime/support.ts";

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
        using network = initialise(device, WIDTHS, initialiser, { ...options, seed: seedFrom(5) });
        using same = initialise(device, WIDTHS, initialiser, { ...options, seed: seedFrom(5) });
        using other = initialise(device, WIDTHS, initialiser, { ...options, seed: seedFrom(6) });
        assert.deepEqual(widthsOf(network), WIDTHS);
        assert.equal(network.architecture.parametrization, initialiser === "ntk" ? "ntk" : "standard");
        const values = await device.read(network.weights[0].matrix);
        assert.deepEqual(await device.read(same.weights[0].matrix), values);
        assert.notDeepEqual(await device.read(other.weights[0].matrix), values);
        const second = await device.read(network.weights[1].matrix);
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

onBothDevices("initialise: biases as zero, uniform on ±1/√fan-in, or none,", async (device) => {
  const seed = seedFrom(5), widths = [50, 900, 700];
  using none = initialise(device, widths, "he", { seed });
  using explicit = initialise(device, widths, "he", { seed, bias: "none" });
  for (const network of [none, explicit]) assert.equal(network.parameters.length, network.weights.length);
  using zero = initialise(device, widths, "he", { seed, bias: "zero" });
  using torch = initialise(device, widths, "torch", { seed, bias: "torch" });
  using same = initialise(device, widths, "he", { seed, bias: "torch" });
  using other = initialise(device, widths, "torch", { seed: seedFrom(6), bias: "torch" });
  const read = (network: Network, role: WeightRole) =>
    Promise.all(
      network.parameters.filter((parameter) => parameter.role === role).map(({ matrix }) =>
        device.read(matrix)
      ),
    );
  assert.deepEqual(await read(zero, "bias"), widths.slice(1).map((width) => new Float32Array(width)));
  assert.deepEqual(
    await read(zero, "weight"),
    await read(none, "weight"),
    "weights are the same with biases",
  );
  assert.deepEqual(await read(same, "weight"), await read(none, "weight"));
  const biases = await read(torch, "bias");
  assert.deepEqual(await read(same, "bias"), biases, "the weights' law has no say");
  for (const [layer, values] of biases.entries()) {
    const bound = 1 / Math.sqrt(widths[layer]), n = values.length;
    assert.ok(values.every((value) => value >= -bound && value < bound));
    // Of n uniform numbers the largest is within 20 bound/n of the end but with probability e^−10; five standard errors else.
    assert.ok(Math.max(...values) > bound * (1 - 20 / n) && Math.min(...values) < -bound * (1 - 20 / n));
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const square = values.reduce((sum, value) => sum + value * value, 0) / n;
    assert.ok(Math.abs(mean) < 5 * bound / Math.sqrt(3 * n), `mean ${mean}`);
    assert.ok(Math.abs(3 * square / bound ** 2 - 1) < 5 * Math.sqrt(0.8 / n), `variance ${square}`);
  }
  assert.notDeepEqual(await read(other, "bias"), biases);
  // Neither the next layer's, nor any layer's weights by PyTorch's law, which is the same: a bias is the first column of its row.
  const weights = await read(torch, "weight");
  const scaled = (values: Float32Array, layer: number) =>
    values.map((value) => value * Math.sqrt(widths[layer]));
  const firsts = weights.map((values, layer) =>
    scaled(values.filter((_, at) => at % widths[layer] === 0), layer)
  );
  const drawn = biases.map(scaled);
  for (const [layer, own] of drawn.entries()) {
    for (const strange of [...firsts, ...drawn.filter((_, l) => l !== layer)]) {
      const n = Math.min(own.length, strange.length);
      const product = own.subarray(0, n).reduce((sum, value, i) => sum + value * strange[i], 0) / n;
      assert.ok(Math.abs(product) < 5 / (3 * Math.sqrt(n)), `layer ${layer}: correlated by ${3 * product}`);
      assert.ok(own.subarray(0, n).every((value, i) => Math.abs(value - strange[i]) > 1e-7));
    }
  }
});

onBothDevices("initialise: regenerated weights have biases that are kept,", async (device) => {
  const options = { seed: seedFrom(3), bias: "torch" } as const;
  using kept = initialise(device, WIDTHS, "he", options);
  using made = initialise(device, WIDTHS, "he", { ...options, weights: "regenerated" });
  assert.deepEqual(made.parameters.map(({ regenerated }) => regenerated), [true, false, true, false]);
  for (const [index, { matrix }] of kept.parameters.entries()) {
    assert.deepEqual(await device.read(made.parameters[index].matrix), await device.read(matrix));
  }
});

onBothDevices("initialise: an option that is undefined is one left out,", async (device) => {
  const seed = seedFrom(2);
  const read = async (initialiser: Initialiser, options: object) => {
    using network = initialise(device, WIDTHS, initialiser, { seed, ...options });
    const { architecture, parameters } = network;
    const values = await Promise.all(parameters.map(({ matrix }) => device.read(matrix)));
    return { architecture, values, names: parameters.map(({ name, scale }) => [name, scale]) };
  };
  const names = ["parametrization", "activation", "weightVariance", "weights", "bias"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...INITIALISERS), fc.subarray(names), async (initialiser, left) => {
      const absent = Object.fromEntries(left.map((name) => [name, undefined]));
      assert.deepEqual(await read(initialiser, absent), await read(initialiser, {}));
    }),
    { numRuns: 15 },
  );
  using network = mlp(device, [{
    ...{ weight: device.matrix(2, 3), bias: undefined },
    ...{ name: undefined, biasName: undefined } as object,
  }], { parametrization: undefined, activation: undefined } as object);
  assert.deepEqual(network.architecture, { kind: "mlp", activation: "relu", parametrization: "standard" });
  assert.deepEqual(network.parameters.map(({ name }) => name), ["layers.0.weight"]);
  const options = { role: undefined, scale: undefined, kernel: undefined } as object;
  using weight = new Weight(device.matrix(2, 3), {
    ...{ name: "w", output: axis("a", 2), input: axis("b", 3) },
    ...options,
  });
  assert.deepEqual([weight.role, weight.scale, weight.taps], ["weight", 1, 1]);
});

Deno.test("initialise: refuses unknown initialisers, widths of one layer, and a variance that is none", async () => {
  const device = await testDevice("cpu"), { live } = device.memory;
  const seed = seedFrom(1);
  assert.throws(() => initialise(device, [3, 2], "xavier" as "he", { seed }), InvalidArgumentError);
  assert.throws(() => initialise(device, [3], "he", { seed }), InvalidArgumentError);
  assert.throws(() => initialise(device, [3, 0], "he", { seed }), InvalidArgumentError);
  assert.throws(() => initialise(device, [3, 2], "ntk", { seed, weightVariance: -1 }), InvalidArgumentError);
  const refused = (options: Record<string, unknown>, ...words: string[]) =>
    assert.throws(
      () => initialise(device, [3, 2], "he", { seed, bias: "torch", ...options }),
      oneLine(InvalidArgumentError, ...words),
    );
  refused({ activation: "gelu" }, "relu", '"gelu"');
  refused({ parametrization: "mup" }, "ntk", '"mup"');
  refused({ weights: "lost" }, "kept or regenerated", '"lost"');
  refused({ bias: "one" }, "none, zero, torch", '"one"');
  assert.equal(device.memory.live, live);
});
