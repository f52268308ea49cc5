import assert from "node:assert/strict";
import { testDevice } from "../ops/harness.ts";
import before from "../fixtures/estimators_before_plans.json" with { type: "json" };
import { comparisonDigests, estimatorDigests, networkDigests } from "./estimator_digests.ts";

// Digests of what estimators made of masks while they held the distances of all pairs of nodes, at commit 2836551. Those that
// stream are the same, byte for byte; but for usvt's rank of a mask of ones alone, which is 1 now and was 7 for rounding,
// and for the last bits of cells of axes shorter than the grid, whose sums are of whole parts since.

// A software adapter is slow.
const ON_WEBGPU = ["one row", "sparse", "equal columns", "2 of distance 90×80"];

for (const execution of ["twin", "cpu", "webgpu"] as const) {
  Deno.test({
    name: `estimators: estimates are those of before plans (${execution})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(execution), some = execution === "webgpu" ? ON_WEBGPU : undefined;
      const found = { ...await estimatorDigests(device, some), ...await networkDigests(device) };
      const expected: Readonly<Record<string, string>> = before.estimates;
      for (const [name, digest] of Object.entries(found)) {
        // Singular values come from sums of floats, which an adapter adds in an order of its own.
        if (execution !== "webgpu" || !name.startsWith("usvt")) assert.equal(digest, expected[name], name);
      }
      if (!some) assert.deepEqual(Object.keys(found), Object.keys(expected));
    },
  });
}

Deno.test("compareGraphons: distances and densities are those of before they told their progress", async () => {
  assert.deepEqual(await comparisonDigests(), before.comparisons);
});
