import assert from "node:assert/strict";
import { testDevice } from "../ops/harness.ts";
import before from "../fixtures/estimators_before_plans.json" with { type: "json" };
import { comparisonDigests, estimatorDigests, networkDigests } from "./estimator_digests.ts";

// Digests of what estimators made of masks while they held the distances of all pairs of nodes, at commit 2836551. Those that
// stream are the same, byte for byte.

for (const execution of ["twin", "cpu", "webgpu"] as const) {
  Deno.test({
    name: `estimators: estimates are those of before plans (${execution})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(execution);
      const found = { ...await estimatorDigests(device), ...await networkDigests(device) };
      // Singular values come from sums of floats, which an adapter adds in an order of its own.
      const exact = (digests: Record<string, string>) =>
        Object.entries(digests).filter(([name]) => execution !== "webgpu" || !name.startsWith("usvt"));
      assert.deepEqual(exact(found), exact(before.estimates));
    },
  });
}

Deno.test("compareGraphons: distances and densities are those of before they told their progress", async () => {
  assert.deepEqual(await comparisonDigests(), before.comparisons);
});
