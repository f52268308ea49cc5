import assert from "node:assert/strict";
import { networkHistograms, sampleFromGraphon, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import {
  type Device,
  InvalidArgumentError,
  packBits,
  RandomSequence,
  seedFrom,
} from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";

/** Masks of a network 5 → 12 → 12 → 3, and their bits. */
function randomMasks(device: Device, seed: number) {
  const random = new RandomSequence(seed), widths = [5, 12, 12, 3];
  const bits = widths.slice(1).map((rows, layer) =>
    Uint8Array.from({ length: rows * widths[layer] }, () => Number(random.uniform() < random.uniform()))
  );
  const masks = bits.map((layer, l) =>
    device.uploadBits(packBits(layer, widths[l + 1], widths[l]), widths[l + 1], widths[l])
  );
  return { masks, bits, widths };
}

onBothDevices(
  "networkHistograms: by layer, each mask by itself, inputs and outputs as they are",
  async (device) => {
    const { masks } = randomMasks(device, 1);
    const found = await networkHistograms(masks, { grid: 4 });
    for (const [layer, mask] of masks.entries()) {
      const axes = { inputs: layer === 0, outputs: layer === 2 };
      assert.deepEqual(found[layer], await sortAndSmooth(mask, 4, axes));
    }
    masks.forEach((mask) => mask.dispose());
  },
);

onBothDevices(
  "networkHistograms: by axis, every neuron has one place in both of its masks",
  async (device) => {
    for (const seed of [1, 2, 3]) {
      const { masks, bits, widths } = randomMasks(device, seed);
      const found = await networkHistograms(masks, { order: "axis", side: 2 });
      assert.deepEqual(found.map(({ graphon: { rows, cols } }) => [rows, cols]), [[4, 5], [4, 4], [3, 4]]);
      // By definition: the places of neurons from their degrees, then sums over the neurons of a place.
      const places = [1, 2].map((axis) => {
        const n = widths[axis], into = bits[axis - 1], out = bits[axis];
        const degreeIn = (i: number) =>
          into.subarray(i * widths[axis - 1], (i + 1) * widths[axis - 1]).reduce((a, b) => a + b, 0);
        const degreeOut = (i: number) => {
          let sum = 0;
          for (let row = 0; row < widths[axis + 1]; row++) sum += out[row * n + i];
          return sum;
        };
        const sorted = Array.from({ length: n }, (_, i) => i).sort((a, b) =>
          degreeIn(b) - degreeIn(a) || a - b
        );
        const halves = [sorted.slice(0, n / 2), sorted.slice(n / 2)];
        const order = halves.flatMap((half) => half.sort((a, b) => degreeOut(b) - degreeOut(a) || a - b));
        const place = new Array<number>(n);
        order.forEach((neuron, position) => place[neuron] = Math.floor(position * 4 / n));
        return place;
      });
      for (const [layer, { graphon }] of found.entries()) {
        const rowPlace = (i: number) => layer === 2 ? i : places[layer][i];
        const columnPlace = (j: number) => layer === 0 ? j : places[layer - 1][j];
        const sums = new Float64Array(graphon.values.length),
          counts = new Float64Array(graphon.values.length);
        bits[layer].forEach((bit, at) => {
          const cell = rowPlace(Math.floor(at / widths[layer])) * graphon.cols +
            columnPlace(at % widths[layer]);
          sums[cell] += bit;
          counts[cell]++;
        });
        graphon.values.forEach((value, cell) =>
          assert.ok(Math.abs(value - sums[cell] / counts[cell]) < 1e-12, `layer ${layer}, cell ${cell}`)
        );
      }
      masks.forEach((mask) => mask.dispose());
    }
  },
);

onBothDevices(
  "networkHistograms: by axis, masks drawn again keep what a neuron's degrees have to do with each other",
  async (device) => {
    // A hidden neuron with many inputs has few outputs: sorted by itself each layer would pair many with many.
    const n = 256;
    const first = StepGraphon.from((u) => 0.1 + 0.8 * u, n, 64, 1),
      second = StepGraphon.from((_, v) => 0.9 - 0.8 * v, 64, n, 1);
    const masks = [
      sampleFromGraphon(device, first, n, 64, { seed: seedFrom(1) }),
      sampleFromGraphon(device, second, 64, n, { seed: seedFrom(2) }),
    ];
    /** The correlation between the degrees in and out of a hidden axis's positions. */
    const correlation = ([before, after]: readonly { graphon: StepGraphon }[]) => {
      const a = before.graphon.degrees().outputs, b = after.graphon.degrees().inputs;
      const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const [ma, mb] = [mean(a), mean(b)];
      const dot = (x: Float64Array, mx: number, y: Float64Array, my: number) =>
        x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
      return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
    };
    assert.ok(correlation(await networkHistograms(masks, { order: "axis", side: 8 })) < -0.9);
    assert.ok(correlation(await networkHistograms(masks, { order: "layer", grid: 64 })) > 0.9);
    masks.forEach((mask) => mask.dispose());
  },
);

onBothDevices("networkHistograms: refuses masks that do not follow one another", async (device) => {
  const masks = [device.bits(4, 3), device.bits(2, 5)];
  await assert.rejects(() => networkHistograms(masks), oneLine(InvalidArgumentError, "layer 1"));
  masks.forEach((mask) => mask.dispose());
});
