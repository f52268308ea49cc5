import assert from "node:assert/strict";
import {
  biasNameOf,
  buildNetwork,
  forward,
  layerScale,
  mlp,
  type NamedParameter,
  uploadBatch,
  widthsOf,
} from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";

Deno.test("mlp: refuses weights that do not follow one another and unknown names", async () => {
  const device = await testDevice("cpu");
  using first = device.upload(new Float32Array(6), 3, 2);
  using second = device.upload(new Float32Array(8), 2, 4);
  using bias = device.matrix(2, 1);
  const refused = (layers: Parameters<typeof mlp>[1], ...words: string[]) =>
    assert.throws(() => mlp(device, layers), oneLine(InvalidArgumentError, ...words));
  refused([{ weight: first }, { weight: second }], "layer 1", "3 inputs", "2×4");
  refused([{ weight: first, bias }], "layers.0.bias", "3×1", "2×1");
  refused([], "at least one layer");
  assert.throws(
    () => mlp(device, [{ weight: first }], { activation: "gelu" as "relu" }),
    InvalidArgumentError,
  );
  assert.throws(
    () => mlp(device, [{ weight: first }], { parametrization: "mup" as "ntk" }),
    InvalidArgumentError,
  );
});

Deno.test("mlp: parameters in the order a signal meets them, by name and role, on axes they share", async () => {
  const device = await testDevice("cpu");
  using network = mlp(device, [
    { weight: device.matrix(3, 2), bias: device.matrix(3, 1) },
    { name: "last", weight: device.matrix(4, 3), bias: device.matrix(4, 1) },
  ], { parametrization: "ntk" });
  const { parameters, weights } = network;
  assert.deepEqual(
    parameters.map(({ name, role, shape, scale, prunable }) => [name, role, shape, scale, prunable]),
    [
      ["layers.0.weight", "weight", [3, 2], 1 / Math.sqrt(2), true],
      ["layers.0.bias", "bias", [3], 1, false],
      ["last", "weight", [4, 3], 1 / Math.sqrt(3), true],
      ["last.bias", "bias", [4], 1, false],
    ],
  );
  assert.deepEqual(weights, [parameters[0], parameters[2]]);
  assert.equal(weights[0].output, weights[1].input);
  assert.equal(parameters[1].output, weights[0].output);
  assert.deepEqual(widthsOf(network), [2, 3, 4]);
  assert.deepEqual([network.depth, network.features, network.classes], [2, 2, 4]);
  assert.deepEqual(network.architecture, { kind: "mlp", activation: "relu", parametrization: "ntk" });
  assert.deepEqual([biasNameOf("a.weight"), biasNameOf("weights.0")], ["a.bias", "weights.0.bias"]);
});

Deno.test("buildNetwork: brings an MLP back from its parameters, and refuses what makes none", async () => {
  const device = await testDevice("cpu"), { live } = device.memory;
  const architecture = { kind: "mlp", activation: "tanh", parametrization: "standard" } as const;
  const weight = (name: string, rows: number, cols: number): NamedParameter => ({
    name,
    role: "weight",
    matrix: device.matrix(rows, cols),
  });
  const bias = (name: string, rows: number): NamedParameter => ({
    name,
    role: "bias",
    matrix: device.matrix(rows, 1),
  });
  {
    const parameters = [weight("a", 3, 2), bias("b", 3), weight("c", 2, 3)];
    using network = buildNetwork(device, parameters, architecture);
    assert.deepEqual(
      network.parameters.map(({ name, role, matrix }) => ({ name, role, matrix })),
      parameters,
    );
    assert.deepEqual(network.architecture, architecture);
  }
  assert.equal(device.memory.live, live);
  const refused = (parameters: readonly NamedParameter[], kind: string, ...words: string[]) => {
    assert.throws(
      () => buildNetwork(device, parameters, { ...architecture, kind }),
      oneLine(InvalidArgumentError, ...words),
    );
    for (const { matrix } of parameters) matrix.dispose();
  };
  refused([weight("a", 3, 2)], "perceptron", "mlp", "perceptron");
  refused([bias("b", 3), weight("a", 3, 2)], "mlp", "b", "a weight before it");
  refused([weight("a", 3, 2), bias("b", 3), bias("c", 3)], "mlp", "c", "a weight before it");
  refused([], "mlp", "at least one layer");
  assert.equal(device.memory.live, live);
});

Deno.test("forward: refuses inputs of another number of features", async () => {
  const device = await testDevice("cpu");
  using network = mlp(device, [{ weight: device.upload(new Float32Array(6), 2, 3) }]);
  using inputs = device.upload(new Float32Array(4), 2, 2);
  assert.throws(() => forward(network, inputs), InvalidArgumentError);
});

Deno.test("uploadBatch: turns samples into columns", async () => {
  const device = await testDevice("cpu");
  using batch = uploadBatch(device, Float32Array.of(1, 2, 3, 4, 5, 6), [7, 9]);
  assert.deepEqual([...await device.read(batch.inputs)], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual([...await device.read(batch.labels)], [7, 9]);
  assert.throws(() => uploadBatch(device, new Float32Array(5), [0, 1]), InvalidArgumentError);
  assert.throws(() => uploadBatch(device, new Float32Array(0), []), InvalidArgumentError);
});

Deno.test("layerScale: 1/√fan-in under ntk, 1 under standard", () => {
  assert.equal(layerScale("ntk", 16), 0.25);
  assert.equal(layerScale("standard", 16), 1);
});
