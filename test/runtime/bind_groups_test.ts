import assert from "node:assert/strict";
import { addScaled } from "@graphon-limit/ops";
import { openDevice } from "@graphon-limit/runtime";

Deno.test({
  name: "run: more pairs of matrices than groups are kept, each with its own numbers, again and again",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using device = await openDevice({ kind: "webgpu" });
    const side = 70, rounds = 2;
    const matrices = (first: number) =>
      Array.from({ length: side }, (_, i) => device.upload(Float32Array.of(first * i), 1, 1));
    const xs = matrices(1), ys = matrices(0);
    for (let round = 0; round < rounds; round++) {
      for (const [i, x] of xs.entries()) {
        ys.forEach((y, j) => device.run(addScaled, { x, y }, { scale: i + j }));
      }
    }
    for (const [j, y] of ys.entries()) {
      const sum = xs.reduce((sum, _, i) => sum + (i + j) * i, 0);
      assert.deepEqual(await device.read(y), Float32Array.of(rounds * sum));
    }
  },
});
