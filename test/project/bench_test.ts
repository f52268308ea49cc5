import assert from "node:assert/strict";
import { catalogue } from "@graphon-limit/ops";
import { sampleCases as cases } from "@graphon-limit/ops/cases";
import { defineOp, InvalidArgumentError } from "@graphon-limit/runtime";
import { chooseOps, findGaps, formatNumber, formatRate, rateOf, trafficOf } from "../../bench/case.ts";
import { output, randomBits, runCase, testDevice } from "../ops/harness.ts";

const copy = defineOp({
  name: "copy",
  shader: "",
  bindings: { mask: "bits", x: "f32", y: "f32 inout" },
  workgroups: () => [1],
  reference() {},
});
const copyCase = {
  size: "10×40",
  args: { mask: randomBits(1, 10, 40), x: output(10, 40), y: output(10, 40) },
};

Deno.test("bench: every op of the catalogue has cases, and every case an op", () => {
  assert.equal(findGaps(catalogue, cases), undefined);
});

for (const op of catalogue) {
  Deno.test({
    name: `bench: the cases of ${op.name} run on both devices, at an odd width and an even one`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (const kind of ["webgpu", "cpu"] as const) {
        const device = await testDevice(kind);
        for (const width of [33, 64]) {
          const drawn = cases[op.name](width);
          assert.ok(drawn.length > 0);
          for (const benchCase of drawn) {
            assert.ok(trafficOf(op, benchCase) > 0);
            const results = await runCase(device, op, benchCase);
            assert.ok(Object.keys(results).length > 0);
          }
        }
      }
    },
  });
}

Deno.test("findGaps: names the ops that lack a case and the cases that lack an op", () => {
  assert.equal(findGaps([copy], { copy: () => [] }), undefined);
  assert.equal(
    findGaps([copy], { cope: () => [] }),
    "packages/ops/cases/sample_cases.ts: no bench case for copy; bench cases for cope, which the catalogue lacks",
  );
});

Deno.test("chooseOps: takes the ops named, all of them without a name, and refuses a name that is no op's", () => {
  assert.deepEqual(chooseOps([copy], []), [copy]);
  assert.deepEqual(chooseOps([copy], ["copy"]), [copy]);
  assert.throws(() => chooseOps([copy], ["cope"]), {
    name: InvalidArgumentError.name,
    message: "Expected ops of copy but found cope",
  });
});

Deno.test("trafficOf: masks count a bit an entry, what is read and written counts twice", () => {
  assert.equal(trafficOf(copy, copyCase), 10 * 2 * 4 + 10 * 40 * 4 + 2 * 10 * 40 * 4);
  assert.equal(trafficOf(copy, { ...copyCase, bytes: 7 }), 7);
});

Deno.test("formatRate: operations a second where the case counts them, bytes a second elsewhere", () => {
  assert.equal(formatRate(rateOf(copy, { ...copyCase, flops: 3e9 }, 1000)), "3.00 GFLOP/s");
  assert.equal(formatRate(rateOf(copy, { ...copyCase, bytes: 5e9 }, 500)), "10.0 GB/s");
});

Deno.test("formatNumber: three digits, never a power of ten", () => {
  assert.deepEqual([0.00123456, 0.5, 9.876, 98.76, 987.6, 12345.6].map(formatNumber), [
    "0.00123",
    "0.500",
    "9.88",
    "98.8",
    "988",
    "12346",
  ]);
});
