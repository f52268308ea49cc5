import assert from "node:assert/strict";
import fc from "fast-check";
import { openDevice } from "@graphon-limit/runtime";

Deno.test({
  name: "readback: what was written last, whatever the sizes, one read after another and many together",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    using device = await openDevice({ kind: "webgpu" });
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1024, 1025, 16384, 300_000)),
      {
        minLength: 1,
        maxLength: 9,
      },
    );
    let written = 0;
    const property = fc.asyncProperty(sizes, fc.boolean(), async (lengths, together) => {
      const matrices = lengths.map((length) => device.matrix(1, length));
      const values = lengths.map((length) => new Float32Array(length).fill(++written));
      matrices.forEach((matrix, i) => device.write(matrix, values[i], 0));
      if (together) {
        assert.deepEqual(await Promise.all(matrices.map((matrix) => device.read(matrix))), values);
      } else {
        for (const [i, matrix] of matrices.entries()) {
          assert.deepEqual(await device.read(matrix), values[i]);
          // Written over while the buffer that it was read through waits for the next.
          device.write(matrix, values[i].fill(++written), 0);
          await device.idle();
          assert.deepEqual(await device.read(matrix), values[i]);
        }
      }
      for (const matrix of matrices) matrix.dispose();
    });
    await fc.assert(property, { numRuns: 30 });
  },
});
