import assert from "node:assert/strict";
import { type Activation, forward, initialise, type Redraw, redraw, REDRAWS } from "@graphon-limit/model";
import {
  type Device,
  elementBlock,
  InvalidArgumentError,
  normalsFromBits,
  packBits,
  RandomSequence,
  seedFrom,
  STREAM,
  uniformFromBits,
} from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";

const WIDTHS = [37, 24, 5], SEED = seedFrom(8);

/** A network with masks of very different rows: row `i` keeps each input with probability `i / rows`, the first one none. */
function unevenNetwork(device: Device, parametrization: "standard" | "ntk", activation: Activation) {
  const network = initialise(device, WIDTHS, "he", { seed: seedFrom(1), parametrization, activation });
  const random = new RandomSequence(2);
  const masks = network.weights.map(({ rows, cols }) =>
    Uint8Array.from(
      { length: rows * cols },
      (_, at) => Number(random.uniform() < Math.floor(at / cols) / rows),
    )
  );
  masks.forEach((bits, layer) => {
    const { rows, cols } = network.weights[layer];
    network.weights[layer].setMask(device.uploadBits(packBits(bits, rows, cols), rows, cols));
  });
  return { network, masks };
}

/** Weight (i, j) of a layer by definition: a standard normal or uniform number from its own place, times the law's scale. */
function byDefinition(law: Redraw, kept: number, layer: number, i: number, j: number, gain: number): number {
  const bits = elementBlock(SEED, STREAM.weights, layer, i, j), n = WIDTHS[layer], lane = j % 4;
  if (law === "torch") return (2 * uniformFromBits(bits[lane]) - 1) / Math.sqrt(n);
  const normal = normalsFromBits(bits[lane & 2], bits[(lane & 2) + 1])[lane % 2];
  if (law === "fan-in") return kept === 0 ? 0 : Math.sqrt(gain / kept) * normal;
  return Math.sqrt((law === "he" ? 2 : 1) / n) * normal;
}

onBothDevices("redraw: every weight by definition, whatever the parametrization", async (device) => {
  for (const law of REDRAWS) {
    for (const [activation, gain] of [["relu", 2], ["erf", 1], ["tanh", 1], ["linear", 1]] as const) {
      for (const parametrization of ["standard", "ntk"] as const) {
        const { network, masks } = unevenNetwork(device, parametrization, activation);
        using _network = network;
        redraw(network, law, { seed: SEED });
        for (const [layer, { matrix, rows, cols, scale }] of network.weights.entries()) {
          const values = await device.read(matrix);
          for (let i = 0; i < rows; i++) {
            const kept = masks[layer].subarray(i * cols, (i + 1) * cols).reduce((a, b) => a + b, 0);
            for (let j = 0; j < cols; j++) {
              const effective = values[i * cols + j] * scale;
              const expected = byDefinition(law, kept, layer, i, j, gain);
              assert.ok(
                Math.abs(effective - expected) < 2e-6,
                `${law}, ${activation}, layer ${layer}, (${i}, ${j})`,
              );
            }
          }
          assert.ok(law !== "fan-in" || values.subarray(0, cols).every((weight) => weight === 0));
        }
      }
    }
  }
});

onBothDevices("redraw: by fan-in a layer without a mask is drawn as He does", async (device) => {
  using network = initialise(device, WIDTHS, "he", { seed: SEED });
  const read = () => Promise.all(network.weights.map(({ matrix }) => device.read(matrix)));
  const before = await read();
  redraw(network, "fan-in", { seed: SEED });
  const after = await read();
  after.forEach((values, layer) =>
    values.forEach((value, at) => assert.ok(Math.abs(value - before[layer][at]) < 1e-6))
  );
});

onBothDevices(
  "redraw: by fan-in signals keep their size under any masks of living neurons",
  async (device) => {
    // Rows of about 512 down to 8 kept inputs; the mean square of a pre-activation is 2 · mean h², and that of h half of it.
    const n = 512, samples = 64, widths = [n, n, n];
    using network = initialise(device, widths, "lecun", { seed: seedFrom(1) });
    const random = new RandomSequence(5);
    for (const weight of network.weights) {
      const bits = Uint8Array.from({ length: n * n }, (_, at) => {
        const density = 2 ** -(6 * (Math.floor(at / n) / n));
        return Number(random.uniform() < density);
      });
      weight.setMask(device.uploadBits(packBits(bits, n, n), n, n));
    }
    redraw(network, "fan-in", { seed: SEED });
    using inputs = device.upload(
      Float32Array.from({ length: n * samples }, () => random.normal()),
      n,
      samples,
    );
    using pass = forward(network, inputs);
    const meanSquare = (values: Float32Array) => values.reduce((sum, x) => sum + x * x, 0) / values.length;
    const outputs = meanSquare(await device.read(pass.out));
    // The inputs' mean square is 1: 2 after the first product, 1 after ReLU, 2 after the second.
    assert.ok(Math.abs(outputs / 2 - 1) < 0.1, `${outputs}`);
  },
);

onBothDevices("redraw: biases stay as they are", async (device) => {
  using network = initialise(device, WIDTHS, "he", { seed: SEED, bias: "torch" });
  const read = () => Promise.all(network.parameters.map(({ matrix }) => device.read(matrix)));
  const before = await read();
  redraw(network, "torch", { seed: seedFrom(9) });
  for (const [index, values] of (await read()).entries()) {
    if (network.parameters[index].role === "bias") assert.deepEqual(values, before[index]);
    else assert.notDeepEqual(values, before[index]);
  }
});

onBothDevices("redraw: refuses what it cannot draw", (device) => {
  using network = initialise(device, WIDTHS, "he", { seed: SEED });
  assert.throws(
    () => redraw(network, "xavier" as "he", { seed: SEED }),
    oneLine(InvalidArgumentError, "he, lecun, torch, fan-in"),
  );
  using made = initialise(device, WIDTHS, "he", { seed: SEED, weights: "regenerated" });
  assert.throws(() => redraw(made, "he", { seed: SEED }), oneLine(InvalidArgumentError, "kept"));
  return Promise.resolve();
});
