import assert from "node:assert/strict";
import { cnn, initialise, resnet, vit, WEIGHT_STORAGES } from "@graphon-limit/model";
import { planMemory, prune, random, snip } from "@graphon-limit/pruners";
import { openDevice, OutOfDeviceMemoryError, seedFrom } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";
import { PER_METHOD, samples, scopesOf } from "./support.ts";

/** A plan may be this much off what the device's meter shows. */
const TOLERANCE = 0.15;

const WIDTHS = [784, 600, 500, 600, 10], SAMPLES = 60;

for (const kind of ["webgpu", "cpu"] as const) {
  for (const [name, method] of PER_METHOD) {
    Deno.test({
      name: `planMemory: foretells the most that pruning by ${name} takes on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        for (const weights of WEIGHT_STORAGES) {
          for (const [index, rounds] of [1, 3].entries()) {
            // Its own device: the meter remembers the most there ever was.
            using device = await openDevice({ kind, sliceBytes: 128 * 784 * 4 });
            const scope = scopesOf(method)[index] ?? "global";
            const run = { network: WIDTHS, method, rounds, scope, weights };
            using network = initialise(device, WIDTHS, "he", { seed: seedFrom(1), weights });
            const batch = method.reads === "samples" ? samples(device, network, SAMPLES) : undefined;
            const plan = planMemory({ ...run, samples: batch ? SAMPLES : 0 }, device.info);
            await prune(network, method, { sparsity: 0.8, scope, rounds, batch, seed: seedFrom(2) });
            batch?.[Symbol.dispose]();
            const { peak } = device.memory, error = plan.peak / peak - 1;
            assert.ok(
              Math.abs(error) <= TOLERANCE,
              `${name}, ${JSON.stringify(run)}: planned ${plan.peak} of ${peak}, ${
                (100 * error).toFixed(1)
              } % off`,
            );
          }
        }
      },
    });
  }
}

const IMAGE = { image: [1, 28, 28], classes: 10 };
const DEFINITIONS = [
  cnn({ ...IMAGE, channels: [12, 24], kernel: 3 }),
  resnet({ ...IMAGE, channels: [8, 16], blocks: 1 }),
  vit({ ...IMAGE, width: 64, heads: 4, blocks: 2, patch: 7, expansion: 4 }),
];

for (const definition of DEFINITIONS) {
  for (const [name, method] of PER_METHOD) {
    Deno.test(`planMemory: foretells the most that pruning a ${definition.kind} by ${name} takes`, async () => {
      for (const weights of WEIGHT_STORAGES) {
        for (const rounds of method.quota ? [1] : [1, 2]) {
          using device = await openDevice({ kind: "cpu", sliceBytes: 2 ** 16 });
          using network = initialise(device, definition, "he", { seed: seedFrom(1), weights });
          const batch = method.reads === "samples" ? samples(device, network, 20) : undefined;
          const request = { network: definition, method, rounds, weights, samples: batch ? 20 : 0 };
          const plan = planMemory(request, device.info);
          await prune(network, method, { sparsity: 0.8, rounds, batch, seed: seedFrom(2) });
          batch?.[Symbol.dispose]();
          const { peak } = device.memory, error = plan.peak / peak - 1;
          assert.ok(Math.abs(error) <= TOLERANCE, `${weights}, ${rounds}: planned ${plan.peak} of ${peak}`);
        }
      }
    });
  }
}

Deno.test("planMemory: what a pass leaves and no binding holds is refused in one line", async () => {
  using device = await openDevice({ kind: "cpu", maxBindingBytes: 2 ** 20 });
  assert.throws(
    () => planMemory({ network: DEFINITIONS[0], method: snip, samples: 200 }, device.info),
    oneLine(OutOfDeviceMemoryError),
  );
});

Deno.test("planMemory: without kept weights, nothing but mask bits grows with the square of the width", async () => {
  using device = await openDevice({ kind: "cpu" });
  for (const [name, method] of PER_METHOD) {
    const rest = (width: number) => {
      const widths = [784, width, width, width, width, 10];
      const plan = planMemory({ network: widths, method, samples: 100, weights: "regenerated" }, device.info);
      assert.equal(plan.weights + plan.scores, 0);
      return plan.peak - plan.masks - plan.scratch;
    };
    assert.ok(rest(20000) <= 2.01 * rest(10000), name);
  }
  const request = { network: [784, 10000, 10000, 10000, 10000, 10], method: snip, samples: 100 };
  const kept = planMemory(request, device.info).peak;
  const regenerated = planMemory({ ...request, weights: "regenerated" }, device.info).peak;
  assert.ok(kept > 2 * 308e6 * 4 && regenerated < 2 ** 29, `${kept}, ${regenerated}`);
});

Deno.test("planMemory: a row that no binding holds is refused in one line", async () => {
  using device = await openDevice({ kind: "cpu", maxBindingBytes: 1024 });
  assert.throws(
    () => planMemory({ network: [784, 10], method: random, samples: 0 }, device.info),
    oneLine(OutOfDeviceMemoryError, "one row"),
  );
});
