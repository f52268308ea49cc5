import assert from "node:assert/strict";
import { cnn, crossEntropyLoss, forward, initialise } from "@graphon-limit/model";
import { drawLabels, fisher, growth, type Method, obd, phew, prune, wanda } from "@graphon-limit/pruners";
import { deriveSeed, InvalidArgumentError, type Matrix, openDevice, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { contextOf, masksOf, network, samples } from "./support.ts";

const WIDTHS = [5, 7, 6, 4], SAMPLES = 9, seed = seedFrom(3);

/** `score(w, δ, h)` by definition: δ of each sample's own loss, over the batch. */
type Definition = (w: number, delta: number[], h: number[]) => number;

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const DEFINITIONS: readonly [Method, Definition][] = [
  [wanda, (w, _, h) => Math.abs(w) * Math.hypot(...h)],
  [fisher, (w, d, h) => w * w * mean(h.map((value, b) => (value * d[b]) ** 2)) / 2],
  [obd, (w, d, h) => w * w * mean(h.map((value, b) => (value * d[b]) ** 2)) / 2],
  [growth, (_, d, h) => Math.abs(mean(h.map((value, b) => value * d[b])))],
];

for (const [method, definition] of DEFINITIONS) {
  for (const parametrization of ["standard", "ntk"] as const) {
    onBothDevices(
      `${method.name}: scores are those of its definition, ${parametrization}`,
      async (device) => {
        using placed = initialise(device, WIDTHS, parametrization === "ntk" ? "ntk" : "he", { seed });
        using batch = samples(device, placed, SAMPLES);
        const found = await method.score!(contextOf(placed, { batch, seed })) as Matrix[];
        using pass = forward(placed, batch.inputs);
        const outputs = await device.read(pass.out);
        using drawn = device.upload(drawLabels(outputs, pass.out, seed), 1, SAMPLES);
        using loss = crossEntropyLoss().value(
          device,
          pass.out,
          method === obd ? { ...batch, labels: drawn } : batch,
        );
        pass.pullback(loss.gradient, false);
        for (const [layer, { weight, input, delta }] of pass.meetings.entries()) {
          const [w, d, h, score] = await Promise.all(
            [weight.matrix, delta!, input!, found[layer]].map((x) => device.read(x)),
          );
          const row = (x: Float32Array, i: number, scale: number) =>
            [...x.subarray(i * SAMPLES, (i + 1) * SAMPLES)].map((value) => value * scale);
          const expected = [...w].map((value, at) =>
            definition(
              value,
              row(d, Math.floor(at / weight.cols), weight.scale * SAMPLES),
              row(h, at % weight.cols, 1),
            )
          );
          const largest = Math.max(...expected);
          expected.forEach((value, at) =>
            assert.ok(Math.abs(score[at] - value) < 1e-5 * largest, `${layer}, ${at}: ${score[at]}, ${value}`)
          );
          found[layer].dispose();
        }
      },
    );
  }
}

Deno.test("obd: labels are drawn from the outputs' softmax", () => {
  const outputs = Float32Array.of(0, 1, 2, -1, 0.5, 3),
    samples = 2,
    counts = [0, 0, 0, 0, 0, 0],
    draws = 4000;
  for (let draw = 0; draw < draws; draw++) {
    drawLabels(outputs, { rows: 3, cols: samples }, deriveSeed(seed, draw)).forEach((label, b) =>
      counts[label * samples + b]++
    );
  }
  counts.forEach((count, at) => {
    const b = at % samples, odds = [0, 1, 2].map((c) => Math.exp(outputs[c * samples + b]));
    const expected = odds[Math.floor(at / samples)] / odds.reduce((sum, value) => sum + value);
    const error = Math.sqrt(expected * (1 - expected) / draws);
    assert.ok(Math.abs(count / draws - expected) < 4.5 * error, `${at}: ${count / draws}, ${expected}`);
  });
});

Deno.test("fisher, obd: a weight that a sample meets at many positions is refused", async () => {
  using device = await openDevice({ kind: "cpu" });
  using placed = initialise(device, cnn({ image: [1, 6, 6], channels: [3], kernel: 3, classes: 2 }), "he", {
    seed,
  });
  using batch = samples(device, placed, 4);
  for (const method of [fisher, obd]) {
    await assert.rejects(
      prune(placed, method, { sparsity: 0.5, batch, seed }),
      oneLine(InvalidArgumentError, method.name, "positions"),
    );
  }
  for (const method of [wanda, growth]) {
    await prune(placed, method, { sparsity: 0.5, batch, seed });
  }
});

Deno.test("phew: every kept weight is on a kept path from an input to an output, and as many are kept as are asked for", async () => {
  using device = await openDevice({ kind: "cpu" });
  for (const sparsity of [0, 0.3, 0.9]) {
    using placed = network(device, [8, 12, 10, 3]);
    const { kept, asked } = await prune(placed, phew, { sparsity, seed });
    assert.equal(kept.reduce((sum, count) => sum + count), asked[0]);
    const masks = await masksOf(placed), { weights } = placed;
    let cut = 0;
    weights.forEach(({ rows, cols }, layer) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          if (masks[layer][i * cols + j] === 0) continue;
          const below = layer === 0 || masks[layer - 1].subarray(j * weights[layer - 1].cols).some(Boolean);
          const above = layer === weights.length - 1 ||
            masks[layer + 1].some((bit, at) => bit === 1 && at % weights[layer + 1].cols === i);
          if (!below || !above) cut++;
        }
      }
    });
    // The last walk may be cut short.
    assert.ok(cut <= 1, `${cut} at ${sparsity}`);
  }
});

Deno.test("phew: keeps large weights sooner, none that is 0, and the same ones for the same seed", async () => {
  using device = await openDevice({ kind: "cpu" });
  using placed = network(device, [20, 40, 5]);
  const [first] = placed.weights, values = await device.read(first.matrix);
  for (let j = 0; j < 20; j++) values[7 * 20 + j] = 0;
  device.write(first.matrix, values, 0);
  const run = async (seedOf: number) => {
    await prune(placed, phew, { sparsity: 0.7, seed: seedFrom(seedOf) });
    const masks = await masksOf(placed);
    for (const weight of placed.weights) weight.setMask(undefined);
    return masks;
  };
  const [masks, again, other] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(masks, again);
  assert.notDeepEqual(masks, other);
  assert.ok(masks[0].subarray(140, 160).every((bit) => bit === 0));
  const square = (wanted: number) => {
    const own = [...values].filter((_, at) => masks[0][at] === wanted);
    return own.reduce((sum, value) => sum + value * value, 0) / own.length;
  };
  assert.ok(square(1) > 1.5 * square(0));
});

Deno.test("phew: refuses numbers for each layer, layers that do not follow one another, and all but a few weights", async () => {
  using device = await openDevice({ kind: "cpu" });
  using placed = network(device, [6, 5, 3]);
  const refused = (options: Parameters<typeof prune>[2], word: string) =>
    assert.rejects(prune(placed, phew, options), oneLine(InvalidArgumentError, "phew", word));
  await refused({ quota: [3, 3], seed } as Parameters<typeof prune>[2], "number of weights for each layer");
  using large = network(device, [40, 40, 30]);
  await assert.rejects(
    prune(large, phew, { sparsity: 0.005, seed }),
    oneLine(InvalidArgumentError, "phew", "at most 0.99"),
  );
  using convolutions = initialise(
    device,
    cnn({ image: [1, 6, 6], channels: [3], kernel: 3, classes: 2 }),
    "he",
    { seed },
  );
  await assert.rejects(
    prune(convolutions, phew, { sparsity: 0.5, seed }),
    oneLine(InvalidArgumentError, "phew", "follow one another"),
  );
});
