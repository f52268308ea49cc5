import assert from "node:assert/strict";
import { RandomSequence } from "@graphon-limit/runtime";
import { tiltToDegrees } from "../../packages/limit/tilt.ts";

const sumsOf = (values: Float32Array, rows: number, columns: number) => {
  const down = new Float64Array(rows), across = new Float64Array(columns);
  values.forEach((value, at) => {
    down[Math.floor(at / columns)] += value;
    across[at % columns] += value;
  });
  return [down, across] as const;
};

/** Chances from nearly none to nearly certain, of the odds that types of a row and a column make. */
function chances(random: RandomSequence, rows: number, columns: number): Float32Array {
  const row = Float64Array.from({ length: rows }, () => 2 * random.normal());
  const column = Float64Array.from({ length: columns }, () => 2 * random.normal());
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const own = row[Math.floor(at / columns)] + column[at % columns] + random.normal();
    return 1 / (1 + Math.exp(-own));
  });
}

Deno.test("tiltToDegrees: sums are those given, and odds those there were but for a factor of each line", () => {
  const random = new RandomSequence(1), rows = 23, columns = 31, before = chances(random, rows, columns);
  const mask = before.map((chance) => Number(random.uniform() < chance));
  const [down, across] = sumsOf(mask, rows, columns), after = tiltToDegrees(before, down, across);
  const [downAfter, acrossAfter] = sumsOf(after, rows, columns);
  down.forEach((sum, i) =>
    assert.ok(Math.abs(downAfter[i] - sum) < 2e-3, `row ${i}: ${downAfter[i]}, ${sum}`)
  );
  across.forEach((sum, j) => assert.ok(Math.abs(acrossAfter[j] - sum) < 2e-3, `column ${j}`));
  const logOdds = (values: Float32Array, at: number) => Math.log(values[at] / (1 - values[at]));
  const changed = (i: number, j: number) =>
    logOdds(after, i * columns + j) - logOdds(before, i * columns + j);
  for (let i = 1; i < rows; i++) {
    // Of a line that nothing, or everything, is left of there are no odds to speak of.
    if (down[i] === 0 || down[i] === columns || down[0] === 0) continue;
    for (let j = 1; j < columns; j++) {
      if (across[j] === 0 || across[j] === rows) continue;
      const mixed = changed(i, j) - changed(0, j) - changed(i, 0) + changed(0, 0);
      assert.ok(Math.abs(mixed) < 0.02, `${i}, ${j}: ${mixed}`);
    }
  }
});

Deno.test("tiltToDegrees: masks that are drawn are, given their degrees, as it says, which a common factor misses", () => {
  const random = new RandomSequence(2), rows = 24, columns = 24, draws = 3000;
  const before = chances(random, rows, columns), [row, column] = sumsOf(before, rows, columns);
  // What is left of each pair goes, on average, with neither its row's excess nor its column's.
  let ours = 0, first = 0, scale = 0;
  for (let draw = 0; draw < draws; draw++) {
    const mask = before.map((chance) => Number(random.uniform() < chance));
    const [down, across] = sumsOf(mask, rows, columns), after = tiltToDegrees(before, down, across);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        // By how certain the pair is: there a common factor gives too much.
        const weight = (down[i] - row[i] + across[j] - column[j]) * (before[at] - 0.5);
        const common = Math.min(before[at] * (down[i] / row[i]) * (across[j] / column[j]), 1);
        ours += (mask[at] - after[at]) * weight;
        first += (mask[at] - common) * weight;
        scale += (mask[at] - before[at]) * weight;
      }
    }
  }
  assert.ok(
    Math.abs(ours) < 0.05 * Math.abs(first),
    `${ours / scale} left, by a common factor ${first / scale}`,
  );
});

Deno.test("tiltToDegrees: lines that are to have nothing have nothing, and none more than there is", () => {
  const before = Float32Array.from([0.5, 0.5, 0, 0.2, 0.9, 0, 1, 0.3, 0]);
  const after = tiltToDegrees(before, Float64Array.of(0, 2, 2), Float64Array.of(2, 2, 0));
  assert.deepEqual([...after.subarray(0, 3)], [0, 0, 0]);
  for (const at of [2, 5, 8]) assert.equal(after[at], 0);
  for (const at of [3, 4, 6, 7]) assert.ok(after[at] > 0.99 && after[at] <= 1, `${at}: ${after[at]}`);
  assert.deepEqual(
    [...tiltToDegrees(before, new Float64Array(3), new Float64Array(3))],
    new Array(9).fill(0),
  );
});
