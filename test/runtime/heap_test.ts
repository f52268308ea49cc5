import assert from "node:assert/strict";
import fc from "fast-check";
import { Heap } from "../../packages/runtime/wasm/heap.ts";

const START = 65536;

Deno.test("Heap: what is given out lies in the memory, aligned, and never overlaps what is still held", () => {
  const steps = fc.array(fc.record({ bytes: fc.nat(200_000), free: fc.option(fc.nat()) }), { maxLength: 60 });
  fc.assert(fc.property(steps, (steps) => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 1024, shared: true });
    const heap = new Heap(memory, START), held: { start: number; bytes: number }[] = [];
    for (const { bytes, free } of steps) {
      const start = heap.allocate(bytes);
      assert.ok(start !== undefined && start >= START && start % 64 === 0);
      assert.ok(start + bytes <= memory.buffer.byteLength);
      for (const other of held) {
        assert.ok(start + bytes <= other.start || other.start + other.bytes <= start, "pieces overlap");
      }
      held.push({ start, bytes: Math.max(bytes, 1) });
      if (free !== null) heap.free(held.splice(free % held.length, 1)[0].start);
    }
  }));
});

Deno.test("Heap: what is taken back is given out again, joined with its neighbours, before the memory grows", () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 1024, shared: true });
  const heap = new Heap(memory, START);
  const pieces = Array.from({ length: 40 }, () => heap.allocate(100_000) as number);
  const grown = memory.buffer.byteLength;
  for (const piece of [...pieces.filter((_, i) => i % 2), ...pieces.filter((_, i) => i % 2 === 0)]) {
    heap.free(piece);
  }
  assert.ok(heap.allocate(40 * 100_000) !== undefined);
  assert.equal(memory.buffer.byteLength, grown);
});

Deno.test("Heap: without room there is no address, and smaller pieces can still be had", () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 4, shared: true });
  const heap = new Heap(memory, START);
  assert.equal(heap.allocate(4 * 65536), undefined);
  assert.ok(heap.allocate(3 * 65536) !== undefined);
  assert.equal(heap.allocate(1), undefined);
});
