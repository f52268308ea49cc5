import assert from "node:assert/strict";
import { frobeniusDistance, sampleFromGraphon, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { type Device, seedFrom, unpackBits } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { onBothDevices } from "../runtime/support.ts";

onBothDevices("sampleFromGraphon: each cell is kept with its probability", async (device) => {
  const graphon = new StepGraphon(2, 3, Float64Array.of(0, 0.05, 0.3, 0.6, 0.95, 1));
  const rows = 100, cols = 150;
  using mask = sampleFromGraphon(device, graphon, rows, cols, { seed: seedFrom(1) });
  const bits = unpackBits(await device.readBits(mask), rows, cols), counts = new Float64Array(6);
  bits.forEach((bit, index) => {
    counts[Math.floor(Math.floor(index / cols) / 50) * 3 + Math.floor(index % cols / 50)] += bit;
  });
  graphon.values.forEach((p, cell) => {
    const spread = Math.sqrt(2500 * p * (1 - p));
    assert.ok(
      Math.abs(counts[cell] - 2500 * p) <= 4 * spread,
      `cell ${cell}: ${counts[cell]} of 2500, p = ${p}`,
    );
  });
}, 1024);

Deno.test({
  name: "sampleFromGraphon: the same mask on both devices and in panels, another for another seed or layer",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const graphon = StepGraphon.from((u, v) => 0.9 * (1 - u) * v, 5, 7);
    const words = async (device: Device, seed: number, layer: number) => {
      using mask = sampleFromGraphon(device, graphon, 61, 77, { seed: seedFrom(seed), layer });
      return await device.readBits(mask);
    };
    const cpu = await testDevice("cpu"), expected = await words(cpu, 1, 0);
    assert.deepEqual(await words(await testDevice("webgpu"), 1, 0), expected);
    assert.deepEqual(await words(await testDevice("webgpu", 1024), 1, 0), expected);
    assert.deepEqual(await words(cpu, 1, 0), expected);
    assert.notDeepEqual(await words(cpu, 2, 0), expected);
    assert.notDeepEqual(await words(cpu, 1, 1), expected);
  },
});

onBothDevices(
  "sampling, then sortAndSmooth: comes closer to a product graphon as n grows",
  async (device) => {
    // Strictly monotone degrees on both axes, so that sorting finds the order.
    const grid = 16, f = (u: number, v: number) => (1 - 0.8 * u) * (1 - 0.7 * v);
    const truth = StepGraphon.from(f, grid), source = StepGraphon.from(f, 256, 256, 1);
    const distances: number[] = [];
    for (const width of [64, 256, 1024]) {
      using mask = sampleFromGraphon(device, source, width, width, { seed: seedFrom(3) });
      const { graphon } = await sortAndSmooth(mask, grid);
      distances.push(frobeniusDistance(graphon, truth) / grid);
    }
    // Roughly 1/n: the cells' noise falls as 1/n, the misordering as 1/√n within a cell of 1/16.
    assert.ok(distances[1] < 0.6 * distances[0] && distances[2] < 0.6 * distances[1], distances.join(", "));
    assert.ok(distances[2] < 0.015, distances.join(", "));
  },
);
