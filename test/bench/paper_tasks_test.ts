import assert from "node:assert/strict";
import { mean, ownSeconds, sortOf } from "../../bench/paper_tasks.ts";

Deno.test("ownSeconds: what a task asked for is counted once, however deep", () => {
  const spans = [["a", 2, 2], ["b", 4, 1], ["c", 6, 3.5], ["d", 7, 1], ["e", 9, 6.75]] as const;
  const own = ownSeconds(
    spans.map(([sort, end, seconds]) => ({
      sort,
      end,
      seconds,
      launches: 10 * seconds,
      waits: 2 * seconds,
      host: seconds,
    })),
  );
  // c began at 2.5 and asked for b; e began at 2.25 and asked for c and d.
  assert.deepEqual(own.map(({ seconds }) => seconds), [2, 1, 2.5, 1, 2.25]);
  assert.deepEqual(own.map(({ launches }) => launches), [20, 10, 25, 10, 22.5]);
});

Deno.test("sortOf: kind, method and width, of parameters within parameters too", () => {
  const task = { kind: "spectrum", version: 1, params: { trials: 3, of: [{ method: "snip", width: 64 }] } };
  assert.equal(sortOf(task), "spectrum, snip, width 64");
  assert.equal(sortOf({ kind: "limit", version: 1, params: {} }), "limit");
});

Deno.test("mean: of some numbers", () => {
  assert.equal(mean([1, 2, 6]), 3);
});
