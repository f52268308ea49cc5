import assert from "node:assert/strict";
import { barsOf, formatBars } from "../../bench/bars.ts";

const cpu = { kind: "cpu", software: true, name: "CPU, 2 threads" } as const;
const adapter = { kind: "webgpu", software: true, name: "llvmpipe" } as const;
const gpu = { kind: "webgpu", software: false, name: "some GPU" } as const;

/** Milliseconds of a product at 1024 that runs at so many GFLOP/s. */
const at = (rate: number, n = 1024) => 2 * n ** 3 / rate / 1e6;

Deno.test("barsOf: a ratio at the size the bar is set at, and nowhere else", () => {
  const met = (ours: number) => barsOf("synflow", 2000, cpu, { ours, theirs: 100 }).map((bar) => bar.met);
  assert.deepEqual([met(25), met(26)], [[true], [false]]);
  assert.deepEqual(barsOf("synflow", 1024, cpu, { ours: 1, theirs: 100 }), []);
});

Deno.test("barsOf: a GPU is never behind, at any size; with a BLAS what it makes is held to more", () => {
  for (const kind of ["snip", "synflow", "ntk", "spectrum", "histogram", "adam"] as const) {
    const met = (ours: number) => barsOf(kind, 300, gpu, { ours, theirs: 100 }).map((bar) => bar.met);
    assert.deepEqual([met(100), met(101)], [[true], [false]]);
  }
  const blas = { ...cpu, name: "CPU, 2 threads, BLAS libopenblas.so.0" };
  for (const [kind, plain, more] of [["ntk", 80, 40], ["adam", 80, 40], ["snip", 80, 80]] as const) {
    const size = kind === "snip" ? 2000 : 1024;
    for (const [device, most] of [[cpu, plain], [blas, more]] as const) {
      const met = (ours: number) => barsOf(kind, size, device, { ours, theirs: 100 }).map((bar) => bar.met);
      assert.deepEqual([met(most), met(most + 1)], [[true], [false]]);
    }
  }
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
  assert.deepEqual([met(13), met(14)], [[true], [false]]);
  assert.deepEqual(barsOf("product", 512, gpu, { ours: 1, theirs: 1 }), []);
});

Deno.test("formatBars: says met or not met, a dash where no bar is set", () => {
  assert.equal(formatBars([]), "–");
  assert.equal(
    formatBars([{ text: "at most 1 × the peer", met: true }, { text: "60 GFLOP/s", met: false }]),
    "at most 1 × the peer: met; 60 GFLOP/s: **not met**",
  );
});
