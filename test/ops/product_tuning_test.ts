import assert from "node:assert/strict";
import { maskedMatmul } from "@graphon-limit/ops";
import type { DeviceInfo, Tuning } from "@graphon-limit/runtime";
import { isIntegrated } from "../../packages/runtime/adapter_kinds.ts";
import { testDevice } from "./harness.ts";

const shape = (rows: number, cols: number) => ({ rows, cols, wordsPerRow: cols });

async function tuningOf(rows: number, inner: number, cols: number, adapter: Partial<DeviceInfo>) {
  const { info } = await testDevice("twin");
  const shapes = { weights: shape(rows, inner), x: shape(inner, cols), out: shape(rows, cols) };
  const settings = { scale: 1, accumulate: 0 };
  const tuning: Tuning = maskedMatmul.tuning!(shapes, settings, { ...info, ...adapter });
  return { tuning, workgroups: maskedMatmul.workgroups(shapes, settings, tuning) };
}

Deno.test("products: a discrete adapter takes the largest tiles once they fill it", async () => {
  const discrete = { software: false };
  assert.deepEqual(await tuningOf(4096, 4096, 4096, discrete), {
    tuning: {
      tiled: true,
      vec4: true,
      narrow: false,
      subgroups: false,
      flat: false,
      large: true,
      split: false,
    },
    workgroups: [32, 32, 1],
  });
  assert.deepEqual((await tuningOf(1, 1, 1 << 24, discrete)).workgroups, [32768, 1, 4]);
  assert.deepEqual((await tuningOf(5000, 5000, 128, discrete)).workgroups, [2, 79, 1]);
  assert.deepEqual((await tuningOf(2000, 2000, 10, discrete)).workgroups, [1, 16, 1]);
});

Deno.test("products: a discrete adapter splits the terms where square tiles are few, and there are enough terms", async () => {
  const discrete = { software: false };
  const { tuning, workgroups } = await tuningOf(1024, 1024, 128, discrete);
  assert.deepEqual([tuning.split, tuning.large, tuning.flat], [true, false, false]);
  assert.deepEqual(workgroups, [4, 32, 1]);
  for (const [rows, inner, cols] of [[1024, 128, 128], [1024, 1024, 1024], [1024, 1024, 32]]) {
    assert.equal((await tuningOf(rows, inner, cols, discrete)).tuning.split, false);
  }
  assert.equal((await tuningOf(1024, 1024, 128, { ...discrete, integrated: true })).tuning.split, false);
});

Deno.test("products: an integrated adapter keeps to square tiles", async () => {
  const { tuning, workgroups } = await tuningOf(4096, 4096, 4096, { software: false, integrated: true });
  assert.equal(tuning.large, false);
  assert.deepEqual(workgroups, [64, 64, 1]);
});

Deno.test("products: a software adapter shares loads in subgroups of its lanes where that fills a block", async () => {
  const software = { software: true, subgroups: { min: 8, max: 8, directive: "" } };
  const { tuning, workgroups } = await tuningOf(1024, 1024, 128, software);
  assert.equal(tuning.subgroups, true);
  assert.deepEqual(workgroups, [32, 2, 1]);
  assert.equal((await tuningOf(16, 1024, 128, software)).tuning.subgroups, false);
  assert.equal((await tuningOf(1024, 1024, 32, software)).tuning.subgroups, false);
  const others = [undefined, { min: 4, max: 4, directive: "" }, { min: 8, max: 16, directive: "" }];
  for (const subgroups of others) {
    assert.equal((await tuningOf(1024, 1024, 128, { software: true, subgroups })).tuning.subgroups, false);
  }
});

Deno.test("isIntegrated: by maker and name, and discrete unless known better", () => {
  const named = (description: string, vendor = "0") => isIntegrated({ vendor, description });
  assert.ok(named("Apple M2", "4203"));
  assert.ok(named("Intel(R) UHD Graphics 770 (ADL-S GT1)", "32902"));
  assert.ok(named("AMD Radeon Graphics (RADV RENOIR)", "4098"));
  assert.ok(named("AMD Radeon 780M (RADV PHOENIX)", "4098"));
  assert.ok(!named("Intel(R) Arc(tm) A770 Graphics (DG2)", "32902"));
  assert.ok(!named("AMD Radeon RX 7900 XTX (RADV NAVI31)", "4098"));
  assert.ok(!named("NVIDIA H100 PCIe", "4318"));
  assert.ok(!named("", "1"));
});
