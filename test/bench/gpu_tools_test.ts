import assert from "node:assert/strict";
import { lastLine, runTool } from "../../bench/gpu_tools.ts";

function run(code: string, seconds: number) {
  return runTool("deno", ["eval", "-q", "--ext=ts", code], seconds);
}

Deno.test("runTool: how a program ended, and what it printed", async () => {
  const { end, ...rest } = await run("console.log('out'); console.error('err'); Deno.exit(3)", 60);
  assert.equal(end, "ended with code 3");
  assert.deepEqual(rest, { ok: false, stopped: false, stdout: "out\n", stderr: "err\n" });
  const missing = await runTool("deno", ["no-such-file.ts"], 60);
  assert.match(lastLine(missing), /^error: /);
});

Deno.test({
  name: "runTool: a program whose seconds are up is told to end, and killed if it does not",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { ok, stopped, end } = await run(
      `Deno.addSignalListener("SIGTERM", () => {});
      setInterval(() => {}, 1000);`,
      3,
    );
    assert.deepEqual([ok, stopped], [false, true]);
    assert.match(end, /^after \d+ s$/);
  },
});

Deno.test("lastLine: a program's error, else the last that it printed, without what Dawn says", () => {
  const dawn = "Warning: a driver is not conformant\n    at InitializeImpl (PhysicalDeviceVk.cpp:257)\n";
  assert.equal(lastLine({ stdout: "one\ntwo\n\n", stderr: `progress\n${dawn}` }), "two");
  assert.equal(lastLine({ stdout: "", stderr: `progress\n${dawn}` }), "progress");
  assert.equal(
    lastLine({ stdout: "one\n", stderr: `error: Uncaught X\n    at file:1:2\n${dawn}` }),
    "error: Uncaught X",
  );
  assert.equal(lastLine({ stdout: "", stderr: dawn }), "");
});
