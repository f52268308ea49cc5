import assert from "node:assert/strict";
import { initialise, type Network, redraw, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { prune, snip } from "@graphon-limit/pruners";
import { popCount } from "@graphon-limit/runtime";
import type { Lab, NetworkParams } from "@graphon-limit/study";
import { decodeCells } from "../../packages/study/kinds/cells.ts";
import { magnitudeShift } from "../../packages/study/kinds/magnitude_shift.ts";
import { averageGraphons, networkGraphons } from "../../packages/study/kinds/network_graphons.ts";
import {
  kernelInputs,
  networkSeed,
  prunedNetwork,
  purposeSeed,
  scoreSamples,
} from "../../packages/study/kinds/network.ts";
import { type KernelOf, kernelSpectrum } from "../../packages/study/kinds/spectrum.ts";
import { findExperiments } from "../../packages/study/reproduce/catalogue.ts";
import { runExperiments } from "../../packages/study/reproduce/findings.ts";
import { COMMON, QUICK_SCALE } from "../../packages/study/reproduce/scale.ts";
import { KERNEL_CHOICES } from "../../packages/study/reproduce/spectrum_choices.ts";
import { networkParams, openTestLab } from "./support.ts";

const LAYOUTS = { layer: { order: "layer", grid: 8 }, axis: { order: "axis", side: 3 } } as const;

const spectrumOf = (network: NetworkParams, { masks, weights }: KernelOf) =>
  kernelSpectrum.task({
    ...{ network, weights, samples: 20, output: "sum" },
    drawn: masks === "pruned" ? null : { layout: LAYOUTS[masks], trials: 2 },
  });
const own: KernelOf = { masks: "pruned", weights: "own" };

function withLaboratory(name: string, run: (lab: Lab, spec: NetworkParams) => Promise<void>): void {
  Deno.test(name, async () => {
    using lab = await openTestLab();
    await run(lab, networkParams(lab));
  });
}

withLaboratory(
  "spectrum: with its own weights the kernel is the pruned network's itself",
  async (lab, spec) => {
    const result = await lab.get(spectrumOf(spec, own));
    const seed = networkSeed(spec);
    using network = initialise(lab.device, [784, 24, 24, 10], "he", { seed });
    const samples = scoreSamples(lab, spec);
    using batch = uploadBatch(lab.device, samples.x, samples.y);
    await prune(network, snip, { sparsity: 0.6, batch, seed });
    const host = kernelInputs(lab, spec, 20);
    using inputs = uploadBatch(lab.device, host.x, host.y);
    using kernel = await empiricalKernel(network, inputs.inputs);
    const values = await lab.device.read(kernel);
    let trace = 0;
    for (let x = 0; x < 20; x++) trace += values[x * 20 + x];
    assert.ok(Math.abs(result.trace / trace - 1) < 1e-6);
    assert.ok(result.eigenvalues.every((value, k) => k === 0 || value <= result.eigenvalues[k - 1]));

    // The same masks with fresh weights.
    const traceOf = (values: Float32Array) =>
      Array.from({ length: 20 }, (_, x) => values[x * 21]).reduce((sum, value) => sum + value);
    for (const weights of ["he", "fan-in"] as const) {
      redraw(network, weights, { seed: purposeSeed(spec, "fresh") });
      using fresh = await empiricalKernel(network, inputs.inputs);
      const found = await lab.get(spectrumOf(spec, { masks: "pruned", weights }));
      assert.ok(Math.abs(found.trace / traceOf(await lab.device.read(fresh)) - 1) < 1e-6, weights);
    }
  },
);

withLaboratory("spectrum: choices differ, and none changes the pruned network", async (lab, spec) => {
  const read = async () =>
    await Promise.all(
      (await prunedNetwork(lab, spec)).weights.map(({ mask }) => lab.device.readBits(mask!)),
    );
  const before = await read();
  const traces = new Set<number>();
  for (const { initialiser, ...kernelOf } of KERNEL_CHOICES) {
    traces.add((await lab.get(spectrumOf({ ...spec, initialiser }, kernelOf))).trace);
    const after = await read();
    assert.deepEqual(after, before, JSON.stringify(kernelOf));
  }
  assert.equal(traces.size, KERNEL_CHOICES.length);
  await assert.rejects(() => lab.get(spectrumOf(spec, { masks: "axis", weights: "own" })), /own masks/);
});

withLaboratory("networks: random masks with another method's layer counts", async (lab, spec) => {
  const count = async ({ weights }: Network) =>
    await Promise.all(weights.map(async ({ mask }) => {
      const words = await lab.device.readBits(mask!);
      return words.reduce((sum, word) => sum + popCount(word), 0);
    }));
  const ofSnip = await count(await prunedNetwork(lab, spec));
  const bits = await lab.device.readBits((await prunedNetwork(lab, spec)).weights[1].mask!);
  const control = await prunedNetwork(lab, { ...spec, method: "random", quota: "snip" });
  assert.deepEqual(await count(control), ofSnip);
  assert.notDeepEqual(await lab.device.readBits(control.weights[1].mask!), bits);
  assert.notDeepEqual(await count(await prunedNetwork(lab, { ...spec, method: "random" })), ofSnip);
});

withLaboratory("network graphons: inputs and outputs keep their places", async (lab, spec) => {
  const layout = LAYOUTS.layer;
  const { layers } = await lab.get(networkGraphons.task({ network: spec, layout }));
  assert.deepEqual(layers.map(({ rows, cols }) => [rows, cols]), [[8, 784], [8, 8], [10, 8]]);
  const mask = (await prunedNetwork(lab, spec)).weights[0].mask!;
  const words = await lab.device.readBits(mask);
  for (const pixel of [0, 300, 406, 783]) {
    let degree = 0;
    for (let i = 0; i < 24; i++) degree += (words[i * mask.wordsPerRow + (pixel >>> 5)] >>> (pixel & 31)) & 1;
    let sum = 0;
    for (let a = 0; a < 8; a++) sum += decodeCells(layers[0].cells)[a * 784 + pixel];
    assert.ok(Math.abs(sum * 3 - degree) < 1e-5, `pixel ${pixel}: ${sum * 3}, ${degree}`);
  }
  const two = await averageGraphons(lab, spec, 2, layout);
  const second = await lab.get(networkGraphons.task({ network: { ...spec, trial: 1 }, layout }));
  two.forEach(({ values }, layer) =>
    values.forEach((value, cell) => {
      const [a, b] = [layers, second.layers].map((one) => decodeCells(one[layer].cells)[cell]);
      assert.ok(Math.abs(value - (a + b) / 2) < 1e-12);
    })
  );
});

withLaboratory(
  "magnitude shift: (V/P)^L where layers are alike, the more the fewer weights are kept",
  async (lab, spec) => {
    const shift = async (sparsity: number) => {
      const { shifts } = await lab.get(magnitudeShift.task({ ...spec, width: 784, sparsity }));
      // All inputs' kernels grow by nearly one factor.
      assert.ok(Math.max(...shifts) - Math.min(...shifts) < 0.02, `${shifts}`);
      return shifts[0];
    };
    // Of 20 % the largest weights' second moment is 3.25 times their share; two hidden layers.
    const found = await shift(0.8);
    assert.ok(Math.abs(found - 2 * Math.log(3.25)) < 0.05, `${found}`);
    assert.ok(await shift(0.5) < found);
  },
);

withLaboratory("runExperiments: a later run computes only what is missing", async (lab) => {
  const common = { ...COMMON, data: lab.data, seed: 5 };
  const scale = {
    ...QUICK_SCALE,
    common,
    width: 16,
    samples: 16,
    hidden: 2,
    grid: 4,
    kernelSparsities: [0.5, 0.8],
  };
  const run = async (kernelTrials: number, ...ids: string[]) => {
    const labels: string[] = [];
    let found = 0, missing = 0;
    const { findings } = await runExperiments(lab, findExperiments(ids), { ...scale, kernelTrials }, {
      onStart: (one, other) => [missing, found] = [one, other],
      onTask: (_, label) => void labels.push(label),
    });
    assert.equal(labels.length, missing);
    return { findings, found, missing };
  };
  // Of each method ten kernels, and two estimates of the graphons that four of them draw masks from.
  const kernels = KERNEL_CHOICES.length,
    drawn = KERNEL_CHOICES.filter(({ masks }) => masks !== "pruned").length;
  const first = await run(1, "r9");
  assert.deepEqual([first.found, first.missing], [0, 3 * (kernels + 2)]);
  // The same kernels serve R7, with two predictions of the limit; a second trial needs masks drawn from graphons averaged anew.
  assert.deepEqual(
    (({ found, missing }) => [found, missing])(await run(1, "R7", "R9")),
    [3 * (kernels + 2), 2],
  );
  const more = await run(2, "R7");
  assert.deepEqual([more.found, more.missing], [3 * (kernels + 2 - drawn) + 2, 3 * (kernels + 2 + drawn)]);
  assert.equal(more.findings[0].outcome.records.length, 3 * kernels * 2);
  const again = await run(2, "R7");
  assert.deepEqual(again.findings[0].outcome, more.findings[0].outcome);
});
