import assert from "node:assert/strict";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { METHODS, prune, SCOPES, synflow } from "@graphon-limit/pruners";
import { openDevice, seedFrom } from "@graphon-limit/runtime";
import { WebGpuDevice } from "../../packages/runtime/webgpu_device.ts";
import { network, samples, scopesOf } from "./support.ts";

const WIDTHS = [64, 60, 50, 40, 10];

/** Calls the queue's `submit` as ever and counts the calls from now on. */
function countSubmissions({ gpu: { queue } }: WebGpuDevice): () => number {
  const submit = queue.submit.bind(queue);
  let count = 0;
  Object.defineProperty(queue, "submit", {
    configurable: true,
    value(buffers: GPUCommandBuffer[]) {
      count++;
      submit(buffers);
    },
  });
  return () => count;
}

/** How often a method submits work of its own: all submissions but those that carry something to the host. */
async function submissionsOf(name: string, { scope = SCOPES[0], rounds = 1, regenerated = false } = {}) {
  using device = await openDevice({ kind: "webgpu" });
  assert.ok(device instanceof WebGpuDevice);
  using placed = network(device, WIDTHS);
  using batch = samples(device, placed, 20);
  await device.idle();
  const submissions = countSubmissions(device);
  let first: number | undefined;
  const read = device.read.bind(device);
  Object.defineProperty(device, "read", {
    value(...args: Parameters<typeof read>) {
      first ??= submissions();
      return read(...args);
    },
  });
  const scores = regenerated ? "regenerated" as const : "kept" as const;
  await prune(placed, METHODS.get(name)!, { sparsity: 0.8, scope, rounds, batch, seed: seedFrom(3), scores });
  assert.ok(first !== undefined && submissions() > first, "nothing was read");
  return first;
}

/**
 * How many waits one after another some work makes: each begins after another's end. Those that overlap are one. A buffer is mapped
 * once its promise says so, as the standard has it, though Deno lets it be read before.
 */
async function waitsOf(work: () => Promise<unknown>): Promise<number> {
  const { prototype } = GPUBuffer,
    { mapAsync, getMappedRange } = prototype,
    waiting = new WeakSet<GPUBuffer>();
  let over = 0;
  prototype.mapAsync = async function (...args: Parameters<typeof mapAsync>) {
    const number = over + 1;
    waiting.add(this);
    await mapAsync.apply(this, args);
    waiting.delete(this);
    over = Math.max(over, number);
    return undefined;
  };
  prototype.getMappedRange = function (...args: Parameters<typeof getMappedRange>) {
    if (waiting.has(this)) throw new DOMException("expected the wait to be over", "OperationError");
    return getMappedRange.apply(this, args);
  };
  try {
    await work();
  } finally {
    Object.assign(prototype, { mapAsync, getMappedRange });
  }
  return over;
}

Deno.test("prune, sortAndSmooth: the device is waited for once", async () => {
  using device = await openDevice({ kind: "webgpu" });
  using placed = network(device, WIDTHS);
  using batch = samples(device, placed, 20);
  const pruning = () =>
    prune(placed, synflow, { sparsity: 0.8, scope: "layer", rounds: 3, batch, seed: seedFrom(3) });
  assert.equal(await waitsOf(pruning), 1);
  assert.equal(await waitsOf(() => sortAndSmooth(placed.weights[1].mask!, 8)), 1);
});

for (const [name, method] of METHODS) {
  Deno.test(`prune: a round of ${name} is recorded whole, and goes with the first reading`, async () => {
    for (const scope of scopesOf(method)) {
      for (const regenerated of [false, true]) {
        assert.equal(await submissionsOf(name, { scope, regenerated }), 0, `${scope}, ${regenerated}`);
      }
    }
  });

  Deno.test(`prune: twelve rounds of ${name} make fewer submissions than there are rounds`, async () => {
    // What one submission may hold is bounded; several rounds fit.
    const count = await submissionsOf(name, { rounds: 12 });
    assert.ok(count <= 6, `${count} submissions`);
  });
}
