import assert from "node:assert/strict";
import { maskedMatmul } from "@graphon-limit/ops";
import { normalMatrix } from "@graphon-limit/ops/cases";
import { defineOp, type Device, openDevice } from "@graphon-limit/runtime";
import { add_scaled as assembly } from "../../packages/ops/wasm/signatures.ts";
import { Accelerator } from "../../packages/runtime/wasm/accelerator.ts";

const square = normalMatrix(1, 300, 300).data;

async function product(device: Device): Promise<Float32Array> {
  using weights = device.upload(square, 300, 300);
  using out = device.matrix(300, 300);
  device.run(maskedMatmul, { weights, x: weights, out }, { scale: 1, accumulate: 0 });
  return await device.read(out);
}

Deno.test("openDevice: the CPU device says how it computes", async () => {
  using fast = await openDevice({ kind: "cpu" });
  using plain = await openDevice({ kind: "cpu", accelerate: false });
  assert.match(fast.info.name, /^CPU, \d+ threads?, (?:relaxed )?WebAssembly SIMD$/);
  assert.equal(plain.info.name, "CPU");
});

Deno.test("openDevice: a device opened after the last was closed, and one beside another, compute the same", async () => {
  const results: Float32Array[] = [];
  for (let turn = 0; turn < 3; turn++) {
    using first = await openDevice({ kind: "cpu" });
    using second = await openDevice({ kind: "cpu" });
    results.push(await product(first), await product(second));
  }
  for (const result of results) assert.deepEqual(result, results[0]);
});

Deno.test("Accelerator.launch: one thread and several give the same bits, launch after launch", () => {
  const results = [1, 2, 5].map((threads) => {
    const accelerator = Accelerator.create(threads);
    assert.ok(accelerator);
    assert.equal(accelerator.threads, threads);
    try {
      const { heap } = accelerator, count = 300_000, parts = Math.ceil(count / assembly.PART_ELEMENTS);
      const [x, y] = [heap.allocate(4 * count), heap.allocate(4 * count)] as [number, number];
      const view = (at: number) => new Float32Array(heap.memory.buffer, at, count);
      view(x).forEach((_, i, all) => all[i] = i % 1000);
      view(y).fill(0);
      for (let turn = 0; turn < 50; turn++) {
        accelerator.launch(assembly.add_scaled, parts, { x, y, scale: 0.5, count });
      }
      return Float32Array.from(view(y));
    } finally {
      accelerator.close();
    }
  });
  assert.equal(results[0][999], 50 * 0.5 * 999);
  for (const result of results) assert.deepEqual(result, results[0]);
});

Deno.test("CpuDevice: an op without kernels, or whose kernels decline, runs by its twin", async () => {
  const shader = "@compute @workgroup_size(1) fn main() { y[0] = 1.0; }";
  for (const accelerated of [undefined, () => false as const]) {
    const op = defineOp({
      name: "one",
      shader,
      bindings: { y: "f32 out" },
      workgroups: () => [1],
      reference: ({ y }) => y.data.fill(1),
      ...(accelerated && { accelerated }),
    });
    using device = await openDevice({ kind: "cpu" });
    using y = device.matrix(1, 1);
    device.run(op, { y });
    assert.deepEqual(await device.read(y), Float32Array.of(1));
  }
});
