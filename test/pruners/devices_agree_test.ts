import assert from "node:assert/strict";
import { prune } from "@graphon-limit/pruners";
import { seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { masksOf, network, PER_METHOD, samples, scopesOf } from "./support.ts";

const WIDTHS = [784, 100, 60, 10];

/** Ones in both over ones in either. */
function overlap(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  let both = 0, either = 0;
  a.forEach((mask, l) =>
    mask.forEach((bit, i) => {
      both += bit & b[l][i];
      either += bit | b[l][i];
    })
  );
  return both / either;
}

for (const [name, method] of PER_METHOD) {
  Deno.test({
    name: `prune: both devices give the same ${name} masks`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (const scope of scopesOf(method)) {
        for (const sparsity of [0.8, 0.95]) {
          // All of SynFlow's hundred rounds once for each scope is enough.
          const rounds = sparsity === 0.8 && method.rounds ? 20 : method.rounds;
          const onDevice = async (kind: "webgpu" | "cpu") => {
            const device = await testDevice(kind);
            using placed = network(device, WIDTHS);
            using batch = samples(device, placed, 30);
            const { kept } = await prune(placed, method, {
              sparsity,
              scope,
              rounds,
              batch,
              seed: seedFrom(5),
            });
            return { kept, masks: await masksOf(placed) };
          };
          const webgpu = await onDevice("webgpu"), cpu = await onDevice("cpu");
          const share = overlap(webgpu.masks, cpu.masks);
          assert.ok(share >= 0.999, `${scope}, ${sparsity}: overlap ${share}`);
          const ones = webgpu.masks.map((mask) => mask.reduce((sum, bit) => sum + bit, 0));
          assert.deepEqual(webgpu.kept, ones);
        }
      }
    },
  });
}
