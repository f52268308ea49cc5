import assert from "node:assert/strict";
import fc from "fast-check";
import { ESTIMATORS, sortAndSmooth, sortedHistogramPlan } from "@graphon-limit/graphon";
import {
  type Device,
  openDevice,
  OutOfDeviceMemoryError,
  packBits,
  RandomSequence,
} from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";

/** A mask whose rows and columns differ. */
function graded(device: Device, rows: number, cols: number, seed = 1) {
  const random = new RandomSequence(seed), bits = new Uint8Array(rows * cols);
  for (let at = 0; at < bits.length; at++) {
    const u = Math.floor(at / cols) / rows, v = (at % cols) / cols;
    bits[at] = Number(random.uniform() < (1 - 0.8 * u) * (1 - 0.7 * v));
  }
  return device.uploadBits(packBits(bits, rows, cols), rows, cols);
}

/** The most that a call took on a device of its own, beside its masks. */
async function taken(
  rows: number,
  cols: number,
  masks: number,
  call: (device: Device, masks: ReturnType<typeof graded>[]) => Promise<unknown>,
) {
  using device = await openDevice({ kind: "cpu" });
  const all = Array.from({ length: masks }, (_, seed) => graded(device, rows, cols, seed));
  const before = device.memory.live;
  await call(device, all);
  return device.memory.peak - before;
}

const side = fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constantFrom(1, 2, 530, 700));
const drawn = fc.record({
  name: fc.constantFrom(...Object.keys(ESTIMATORS)),
  rows: side,
  cols: side,
  masks: fc.constantFrom(1, 1, 2, 3),
  grid: fc.constantFrom(1, 8, 64),
});

Deno.test("plan: an estimate takes no more of the device than it says, and sort-and-smooth just that", async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ name, rows, cols, masks, grid }) => {
      const { estimate, plan } = ESTIMATORS[name], { device: planned } = plan({ rows, cols, masks }, grid);
      const most = await taken(rows, cols, masks, (_, all) => estimate(all, { grid }));
      assert.ok(most <= planned, `${most} of ${planned}`);
      if (name === "sas" || name === "usvt") assert.equal(most, planned);
      // A plan takes all rows to differ from each other, and all columns; short ones repeat.
      else if (Math.min(rows, cols) >= 32) assert.ok(planned < 40 * most + 12_000, `${most} of ${planned}`);
    }),
    { numRuns: 60 },
  );
});

Deno.test("sortedHistogramPlan: of axes that are kept, also one with more columns than a table has", async () => {
  for (
    const [rows, cols, inputs, outputs] of [[9, 40, true, false], [30, 5000, true, false], [
      20,
      30,
      true,
      true,
    ]] as const
  ) {
    const plan = sortedHistogramPlan({ rows, cols }, outputs ? rows : 6, inputs ? cols : 6);
    const most = await taken(rows, cols, 1, (_, [mask]) => sortAndSmooth(mask, 6, { inputs, outputs }));
    assert.equal(most, plan.device);
  }
});

Deno.test("plan: of a wide head nothing grows with the square of the long side, of a wide layer time does", () => {
  for (const { name, plan } of Object.values(ESTIMATORS)) {
    for (const turn of [(n: number) => ({ rows: 10, cols: n }), (n: number) => ({ rows: n, cols: 10 })]) {
      const head = plan(turn(100_000)), wider = plan(turn(200_000));
      assert.ok(head.host + head.device < 2 ** 27, `${name}: ${head.host + head.device} bytes`);
      assert.ok(head.operations < 1e10, `${name}: ${head.operations} operations`);
      for (const what of ["host", "device", "operations"] as const) {
        assert.ok(wider[what] <= 2 * head[what], `${name}: ${what}`);
      }
    }
    const layer = plan({ rows: 20_000, cols: 20_000 });
    assert.ok(layer.host + layer.device < 2 ** 29, `${name}: ${layer.host + layer.device} bytes`);
  }
  const { neighbourhood, sba, sas } = ESTIMATORS, wide = { rows: 100_000, cols: 1000 };
  assert.ok(neighbourhood.plan(wide).operations > 5e12);
  assert.ok(sba.plan(wide).operations < 1e12);
  assert.ok(sas.plan(wide).operations < 1e9);
  assert.ok(sas.plan(wide, 20_000).host > 8 * 20_000 ** 2);
  assert.equal(sas.plan(wide).host, sas.plan(wide, 64).host);
});

Deno.test("usvt: seeks no more singular vectors than there is memory for", async () => {
  using device = await openDevice({ kind: "cpu" });
  const size = 600, blocks = 40, bits = new Uint8Array(size ** 2);
  for (let at = 0; at < bits.length; at++) {
    const [i, j] = [Math.floor(at / size), at % size].map((node) => Math.floor(node * blocks / size));
    bits[at] = Number(i === j);
  }
  using mask = device.uploadBits(packBits(bits, size, size), size, size);
  const before = device.memory.live, { estimate } = ESTIMATORS.usvt;
  assert.equal((await estimate(mask, { grid: 4, memoryBytes: 2 ** 26 })).diagnostics.rank, blocks);
  await assert.rejects(
    () => estimate(mask, { grid: 4, memoryBytes: 2 ** 20 }),
    oneLine(OutOfDeviceMemoryError, "usvt found 12", "600×600", "24", "1 MiB", "use sas or sba"),
  );
  assert.equal(device.memory.live, before);
});
