import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Latest, sharesOf } from "@graphon-limit/explorer";
import { packBits } from "@graphon-limit/runtime";

const matrix = fc.record({ rows: fc.integer({ min: 1, max: 9 }), cols: fc.integer({ min: 1, max: 70 }) })
  .chain(
    ({ rows, cols }) =>
      fc.array(fc.integer({ min: 0, max: 1 }), { minLength: rows * cols, maxLength: rows * cols }).map((
        bits,
      ) => ({
        ...{ rows, cols, bits },
        words: packBits(Uint8Array.from(bits), rows, cols),
      })),
  );

Deno.test("sharesOf: a pixel for each entry shows the entries", () => {
  fc.assert(fc.property(matrix, ({ rows, cols, bits, words }) => {
    const whole = { left: 0, top: 0, width: cols, height: rows };
    assert.deepEqual([...sharesOf({ rows, cols, words }, whole, cols, rows)], bits);
  }));
});

Deno.test("sharesOf: pixels of several entries show their means, and those of less than one the one they lie in", () => {
  fc.assert(fc.property(matrix, fc.integer({ min: 2, max: 3 }), ({ rows, cols, bits, words }, times) => {
    const larger = sharesOf(
      { rows, cols, words },
      { left: 0, top: 0, width: cols, height: rows },
      cols * times,
      rows * times,
    );
    larger.forEach((share, pixel) => {
      const [y, x] = [Math.floor(pixel / (cols * times)), pixel % (cols * times)];
      assert.equal(share, bits[Math.floor(y / times) * cols + Math.floor(x / times)]);
    });
    const across = Math.ceil(cols / times), down = Math.ceil(rows / times);
    const part = { left: 0, top: 0, width: across * times, height: down * times };
    sharesOf({ rows, cols, words }, part, across, down).forEach((share, pixel) => {
      const under: number[] = [], [y, x] = [Math.floor(pixel / across), pixel % across];
      for (let i = y * times; i < Math.min(rows, (y + 1) * times); i++) {
        for (let j = x * times; j < Math.min(cols, (x + 1) * times); j++) under.push(bits[i * cols + j]);
      }
      const mean = under.reduce((sum, bit) => sum + bit, 0) / under.length;
      assert.ok(Math.abs(share - mean) < 1e-6);
    });
  }));
});

Deno.test("sharesOf: beyond the matrix there is nothing", () => {
  const bits = { rows: 1, cols: 1, words: Uint32Array.of(1) };
  assert.deepEqual([...sharesOf(bits, { left: -1, top: 0, width: 3, height: 1 }, 3, 1)], [NaN, 1, NaN]);
});

Deno.test("Latest: of what is asked for while something runs, the last is done", async () => {
  const end = new AbortController(), latest = new Latest(end.signal), done: number[] = [];
  const work = (number: number) =>
    latest.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(number);
    }).then(() => "done", (error: Error) => error.name);
  assert.deepEqual(await Promise.all([work(1), work(2), work(3)]), ["done", "AbortError", "done"]);
  assert.deepEqual(done, [1, 3]);
  end.abort();
  assert.equal(await work(4), "AbortError");
});

Deno.test("Latest: what takes long is stopped for what is newer", async () => {
  const latest = new Latest(new AbortController().signal);
  const stopped = latest.run((signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
  );
  const newer = latest.run(() => Promise.resolve());
  await assert.rejects(stopped, { name: "AbortError" });
  await newer;
});
