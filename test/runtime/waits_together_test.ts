import assert from "node:assert/strict";
import { OutOfDeviceMemoryError } from "@graphon-limit/runtime";
import { WorkLog } from "../../packages/runtime/work_log.ts";

Deno.test("WorkLog: what the device refused is told to all that wait for it, and no more after that", async () => {
  const verdict = Promise.withResolvers<GPUError | null>();
  let refused = 0;
  const gpu = {
    lost: new Promise(() => {}),
    limits: { maxBufferSize: 1024 },
    pushErrorScope: () => {},
    popErrorScope: () => verdict.promise,
  };
  const log = new WorkLog(gpu as unknown as GPUDevice);
  log.openScopes();
  log.closeScopes("a matrix", () => refused++);
  const waits = [log.settleWith(Promise.resolve()), log.settleWith(Promise.resolve())];
  const outcomes = Promise.allSettled(waits);
  verdict.resolve({ message: "exceeds the max buffer size" } as GPUError);
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === "rejected" && outcome.reason instanceof OutOfDeviceMemoryError);
  }
  assert.ok(refused > 0);
  await log.settleWith(Promise.resolve());
});
