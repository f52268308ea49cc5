import assert from "node:assert/strict";
import { heedSignal, partOf, stepsOf } from "@graphon-limit/runtime";

/** A call that does nothing but count. */
async function count(options: Parameters<typeof stepsOf>[0], total: number): Promise<void> {
  const step = stepsOf(options, total);
  for (let done = 0; done < total; done++) await step();
}

Deno.test("stepsOf, partOf: the parts of a call count the steps of all", async () => {
  const told: string[] = [];
  const options = { onProgress: (done: number, total: number) => told.push(`${done}/${total}`) };
  for (let part = 0; part < 2; part++) await count(partOf(options, part, 2), 3);
  assert.deepEqual(told, ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]);
  await count(partOf({}, 0, 1), 2);
});

Deno.test("stepsOf, heedSignal: a signal ends a call before the first step, after any, and while it runs", async () => {
  const reason = new Error("enough");
  assert.throws(() => stepsOf({ signal: AbortSignal.abort(reason) }, 1), reason);
  const controller = new AbortController(), { signal } = controller;
  await heedSignal({ signal });
  const call = count({ signal, onProgress: (done) => done === 2 && controller.abort(reason) }, 5);
  await assert.rejects(call, reason);
  await assert.rejects(count({ signal: AbortSignal.timeout(5) }, 1e9), { name: "TimeoutError" });
});
