import assert from "node:assert/strict";
import { type Device, GeneratedMatrix, InvalidArgumentError, openDevice } from "@graphon-limit/runtime";
import { copy, counting, increase, KINDS, oneLine, total } from "./support.ts";

const ROWS = 200, COLS = 7, NUMBERS = counting(ROWS * COLS);

/** A matrix that holds the numbers from 0 whenever it is read. */
function generated(device: Device, source = device.upload(NUMBERS, ROWS, COLS)): GeneratedMatrix {
  return new GeneratedMatrix(
    device,
    ROWS,
    COLS,
    (panel) => device.run(copy, { x: source, y: panel }),
    () => source.dispose(),
  );
}

for (const kind of KINDS) {
  for (const cut of [{}, { sliceBytes: 1 }, { maxBindingBytes: 256 }]) {
    Deno.test({
      name: `GeneratedMatrix: is read as a kept one is, on ${kind} with ${JSON.stringify(cut)}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        using device = await openDevice({ kind, poison: true, ...cut });
        using matrix = generated(device), copied = device.matrix(ROWS, COLS);
        assert.deepEqual(await device.read(matrix), NUMBERS);
        for (const [from, to] of [[0, 1], [63, 65], [100, 100], [199, 200]] as const) {
          assert.deepEqual(await device.read(matrix, [from, to]), NUMBERS.slice(from * COLS, to * COLS));
        }
        device.run(copy, { x: matrix, y: copied });
        assert.deepEqual(await device.read(copied), NUMBERS);
        // One that is made of another that is made.
        using twice = generated(device, generated(device));
        assert.deepEqual(await device.read(twice, [60, 140]), NUMBERS.slice(60 * COLS, 140 * COLS));
      },
    });
  }

  Deno.test({
    name:
      `GeneratedMatrix: takes no memory but while it is read, and gives back what it is made of, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      using device = await openDevice({ kind, sliceBytes: 1 });
      const matrix = generated(device), { live } = device.memory;
      await device.read(matrix);
      assert.equal(device.memory.live, live);
      // 64 of 200 rows at a time; a WebGPU device rounds up by a quarter at most.
      assert.ok(device.memory.peak - live <= 64 * COLS * 4 * 1.25);
      matrix.dispose();
      assert.equal(device.memory.live, 0);
      await assert.rejects(device.read(matrix), oneLine(InvalidArgumentError, "disposed of"));
    },
  });

  Deno.test({
    name: `GeneratedMatrix: is not written and not seen whole, and says so in one line, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      using device = await openDevice({ kind });
      using matrix = generated(device), y = device.matrix(1, 1), kept = device.matrix(ROWS + 1, COLS);
      const refused = oneLine(InvalidArgumentError, "kept", "200×7 f32 (regenerated)");
      assert.throws(() => device.run(increase, { x: matrix }, { amount: 1 }), refused);
      assert.throws(() => device.run(total, { x: matrix, y }), refused);
      assert.throws(() => device.write(matrix, NUMBERS, 0), refused);
      assert.throws(() => device.clear(matrix), refused);
      const otherRows = oneLine(InvalidArgumentError, "Expected the rows of copy's y", "201×7");
      assert.throws(() => device.run(copy, { x: matrix, y: kept }), otherRows);
      const range = oneLine(InvalidArgumentError, "rows 150 to 201");
      await assert.rejects(device.read(matrix, [150, 201]), range);
    },
  });
}
