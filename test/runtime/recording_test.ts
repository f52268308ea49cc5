import assert from "node:assert/strict";
import fc from "fast-check";
import { type Matrix } from "@graphon-limit/runtime";
import { copy, counting, increase, onBothDevices, SMALL_BINDING, total } from "./support.ts";

onBothDevices("run, write: happen in the order they were asked for", async (device) => {
  using x = device.upload(Float32Array.of(1, 2), 1, 2), y = device.matrix(1, 2);
  device.run(increase, { x }, { amount: 10 });
  device.run(copy, { x, y });
  // Written after the copy was recorded: the copy must not see it.
  device.write(x, Float32Array.of(100, 200), 0);
  device.run(increase, { x }, { amount: 1 });
  assert.deepEqual([...await device.read(y)], [11, 12]);
  assert.deepEqual([...await device.read(x)], [101, 201]);
});

onBothDevices("run, upload: an upload between two runs disturbs neither", async (device) => {
  using x = device.upload(Float32Array.of(1, 2), 1, 2);
  device.run(increase, { x }, { amount: 1 });
  using y = device.upload(Float32Array.of(5, 6), 1, 2);
  device.run(increase, { x: y }, { amount: 2 });
  device.run(increase, { x }, { amount: 3 });
  assert.deepEqual([...await device.read(x), ...await device.read(y)], [5, 6, 7, 8]);
});

onBothDevices("clear: takes its place among the runs", async (device) => {
  using x = device.upload(Float32Array.of(1, 2), 1, 2), before = device.matrix(1, 2);
  device.run(copy, { x, y: before });
  device.clear(x);
  device.run(increase, { x }, { amount: 4 });
  assert.deepEqual([...await device.read(before), ...await device.read(x)], [1, 2, 4, 4]);
});

onBothDevices("read: sees the matrix as it was when asked, though work is recorded since", async (device) => {
  using x = device.upload(counting(200), 200, 1);
  assert.ok(x.panels.length > 3);
  const reading = device.read(x);
  device.run(increase, { x }, { amount: 1 });
  const later = device.read(x);
  device.clear(x);
  assert.deepEqual(await reading, counting(200));
  assert.deepEqual(await later, counting(200, 1));
}, SMALL_BINDING);

onBothDevices("run: 600 launches in one recording, more than one batch of uniforms holds", async (device) => {
  using x = device.upload(new Float32Array(3), 1, 3);
  for (let i = 1; i <= 600; i++) device.run(increase, { x }, { amount: i });
  assert.deepEqual([...await device.read(x)], [180300, 180300, 180300]);
});

onBothDevices("run: 300 panels of one matrix in one run", async (device) => {
  using x = device.upload(counting(300 * 33), 300, 33), y = device.matrix(300, 33);
  assert.equal(x.panels.length, 300);
  device.run(copy, { x, y });
  assert.deepEqual(await device.read(y), counting(300 * 33));
}, SMALL_BINDING);

onBothDevices("run: an argument left out gives another variant of the op", async (device) => {
  using x = device.upload(Float32Array.of(1, 2, 3), 1, 3), y = device.matrix(1, 3);
  using mask = device.uploadBits(Uint32Array.of(0b101), 1, 3);
  device.run(copy, { x, mask, y });
  assert.deepEqual([...await device.read(y)], [1, 0, 3]);
  device.run(copy, { x, y });
  assert.deepEqual([...await device.read(y)], [1, 2, 3]);
});

onBothDevices(
  "dispose: memory reused within a recording never disturbs work recorded before",
  async (device) => {
    // A chain of copies through matrices of one size, each given back as soon as it was used.
    const step = fc.constantFrom("copy", "upload", "clear", "read");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        let current: Matrix = device.upload(counting(50), 1, 50), offset = 0;
        for (const name of steps) {
          if (name === "copy") {
            const next = device.matrix(1, 50);
            device.run(copy, { x: current, y: next });
            device.run(increase, { x: next }, { amount: 1 });
            offset++;
            current.dispose();
            current = next;
          } else if (name === "upload") {
            using bystander = device.upload(counting(50, 1e6), 1, 50);
            device.run(increase, { x: bystander }, { amount: 1 });
          } else if (name === "clear") {
            using bystander = device.matrix(1, 50);
            device.clear(bystander);
          } else {
            assert.deepEqual(await device.read(current), counting(50, offset));
          }
        }
        assert.deepEqual(await device.read(current), counting(50, offset));
        current.dispose();
      }),
      { numRuns: 25 },
    );
  },
);

onBothDevices("dispose: a matrix being read may be given back and its memory reused", async (device) => {
  const x = device.upload(counting(64), 1, 64);
  const reading = device.read(x);
  x.dispose();
  using other = device.upload(counting(64, 500), 1, 64);
  assert.deepEqual(await reading, counting(64));
  assert.deepEqual(await device.read(other), counting(64, 500));
});

onBothDevices("read: two readings at once each get their own", async (device) => {
  using x = device.upload(counting(10), 1, 10), y = device.upload(counting(10, 10), 1, 10);
  using sum = device.matrix(1, 1);
  device.run(total, { x, y: sum });
  const [a, b, c] = await Promise.all([device.read(x), device.read(y), device.read(sum)]);
  assert.deepEqual([a, b, [...c]], [counting(10), counting(10, 10), [45]]);
});
