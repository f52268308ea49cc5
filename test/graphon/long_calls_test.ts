import assert from "node:assert/strict";
import {
  compareGraphons,
  cutNorm,
  ESTIMATORS,
  exactCutNorm,
  fourCycleDensity,
  graphonDistances,
  homomorphismDensities,
  networkHistograms,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import { type BitMatrix, type LongCallOptions, openDevice, seedFrom } from "@graphon-limit/runtime";
import { KNOWN, randomGraphon } from "./support.ts";

type Call = (masks: readonly BitMatrix[], options: LongCallOptions) => Promise<unknown>;

const few = randomGraphon(1, 12, 30), other = randomGraphon(2, 12, 30);

/** Each long call, on the masks of a network or on one of them. */
const CALLS: Record<string, Call> = {
  sortAndSmooth: ([mask], call) => sortAndSmooth(mask, 5, {}, call),
  "networkHistograms by layer": (masks, call) => networkHistograms(masks, { grid: 5, ...call }),
  "networkHistograms by axis": (masks, call) => networkHistograms(masks, { order: "axis", side: 2, ...call }),
  cutNorm: (_, call) => cutNorm(few, call),
  exactCutNorm: (_, call) => exactCutNorm(randomGraphon(3, 18, 40), call),
  compareGraphons: (_, call) => compareGraphons(few, other, call),
  graphonDistances: (_, call) => graphonDistances(few, other, call),
  homomorphismDensities: (_, call) => homomorphismDensities(few, call),
  fourCycleDensity: (_, call) => fourCycleDensity(few, call),
};
for (const { name, estimate } of Object.values(ESTIMATORS)) {
  CALLS[`${name} of one mask`] = ([mask], call) => estimate(mask, { grid: 5, ...call });
  CALLS[`${name} of two masks`] = ([mask], call) => estimate([mask, mask], { grid: 5, ...call });
}

for (const [name, call] of Object.entries(CALLS)) {
  Deno.test(`${name}: tells its progress in whole steps, and ends after any of them, leaving nothing`, async () => {
    using device = await openDevice({ kind: "cpu" });
    using masks = new DisposableStack();
    const widths = [30, 60, 50].map((rows, layer, all) => [rows, all[layer - 1] ?? 40]);
    const network = widths.map(([rows, cols]) => {
      const source = StepGraphon.from(KNOWN.product, rows, cols, 1);
      return masks.use(sampleFromGraphon(device, source, rows, cols, { seed: seedFrom(1) }));
    });
    const before = device.memory.live, told: number[] = [];
    await call(network, {
      onProgress(done, total) {
        assert.equal(total, 100);
        assert.ok(Number.isInteger(done) && done > (told.at(-1) ?? 0));
        told.push(done);
      },
    });
    assert.equal(told.at(-1), 100);
    assert.equal(device.memory.live, before);

    for (const last of [0, told[0], told[Math.floor(told.length / 3)], told[told.length >> 1], 100]) {
      const controller = new AbortController(), reason = new Error(`after ${last}`);
      if (last === 0) controller.abort(reason);
      let heard = 0;
      const ended = call(network, {
        signal: controller.signal,
        onProgress(done) {
          heard = done;
          if (done === last) controller.abort(reason);
        },
      });
      await assert.rejects(ended, reason);
      assert.equal(heard, last);
      assert.equal(device.memory.live, before);
    }
  });
}

/** What takes longer than a timer of fifty milliseconds on any machine. */
const LONG: Record<string, (mask: BitMatrix, options: LongCallOptions) => Promise<unknown>> = {
  neighbourhood: (mask, call) => ESTIMATORS.neighbourhood.estimate(mask, call),
  sba: (mask, call) => ESTIMATORS.sba.estimate(mask, call),
  "sas-tv": (mask, call) => ESTIMATORS["sas-tv"].estimate(mask, { grid: 1000, ...call }),
  cutNorm: (_, call) => cutNorm(randomGraphon(1, 700), call),
  fourCycleDensity: (_, call) => fourCycleDensity(randomGraphon(1, 2000), call),
  exactCutNorm: (_, call) => exactCutNorm(randomGraphon(1, 20, 2000), call),
};
for (const [name, call] of Object.entries(LONG)) {
  Deno.test(`${name}: a timer's signal is heard on the CPU device, which never waits`, async () => {
    using device = await openDevice({ kind: "cpu" });
    using mask = sampleFromGraphon(device, StepGraphon.from(KNOWN.product, 50), 3000, 3000, {
      seed: seedFrom(2),
    });
    const before = device.memory.live;
    let last = 0;
    const signal = AbortSignal.timeout(50), ended = call(mask, { signal, onProgress: (done) => last = done });
    await assert.rejects(ended, { name: "TimeoutError" });
    assert.ok(last < 100);
    assert.equal(device.memory.live, before);
  });
}
