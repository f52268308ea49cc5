import assert from "node:assert/strict";
import { barsOf, formatBars } from "../../bench/bars.ts";

const cpu = { kind: "cpu", software: true } as const, adapter = { kind: "webgpu", software: true } as const;
const gpu = { kind: "webgpu", software: false } as const;

/** Milliseconds of a product at 1024 that runs at so many GFLOP/s. */
const at = (rate: number, n = 1024) => 2 * n ** 3 / rate / 1e6;

Deno.test("barsOf: a ratio at the size the bar is set at, and nowhere else", () => {
  const met = (ours: number) => barsOf("synflow", 2000, cpu, { ours, theirs: 100 }).map((bar) => bar.met);
  assert.deepEqual([met(25), met(26)], [[true], [false]]);
  assert.deepEqual(barsOf("synflow", 1024, cpu, { ours: 1, theirs: 100 }), []);
  assert.deepEqual(barsOf("synflow", 2000, gpu, { ours: 1, theirs: 100 }), []);
});

Deno.test("barsOf: the product's rate on the CPU device and on a software adapter", () => {
  const bars = barsOf("product", 1024, cpu, { ours: at(50), theirs: at(150) });
  assert.deepEqual(bars.map(({ met }) => met), [false, true]);
  assert.deepEqual(barsOf("product", 1024, adapter, { ours: at(31), theirs: 1 }).map(({ met }) => met), [
    true,
  ]);
  assert.deepEqual(barsOf("product", 1024, adapter, { ours: at(29), theirs: 1 }).map(({ met }) => met), [
    false,
  ]);
  assert.deepEqual(barsOf("product", 2048, cpu, { ours: 1, theirs: 1 }), []);
});

Deno.test("barsOf: on a GPU the product has a share of the library's rate to reach", () => {
  const met = (ours: number) => barsOf("product", 4096, gpu, { ours, theirs: 10 }).map((bar) => bar.met);
  assert.deepEqual([met(20), met(21)], [[true], [false]]);
  assert.deepEqual(barsOf("product", 512, gpu, { ours: 1, theirs: 1 }), []);
});

Deno.test("formatBars: says met or not met, a dash where no bar is set", () => {
  assert.equal(formatBars([]), "–");
  assert.equal(
    formatBars([{ text: "at most 1 × the peer", met: true }, { text: "60 GFLOP/s", met: false }]),
    "at most 1 × the peer: met; 60 GFLOP/s: **not met**",
  );
});
