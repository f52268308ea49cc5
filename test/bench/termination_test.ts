import assert from "node:assert/strict";

const MODULE = new URL("../../bench/peer.ts", import.meta.url).href;

/** A peer that never answers. */
const IDLE = "console.log(JSON.stringify({ pid: `${Deno.pid}` })); setInterval(() => {}, 1000);";

const PROGRAM = `
  import { Exchange, Peer } from ${JSON.stringify(MODULE)};
  const exchange = await Exchange.create();
  const peer = await Peer.start("idle", "deno", ["eval", "-q", ${JSON.stringify(IDLE)}], exchange);
  console.log(exchange.folder);
  console.log(peer?.about.pid);
  await peer?.time({});`;

/** Whether a process is there and does something: one that has ended stays in the table until somebody asks how. */
async function runs(pid: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("deno", {
    args: [
      "eval",
      `try { Deno.kill(${pid}, "SIGCONT"); console.log("there"); } catch (error) { if (!/No such process/.test(error.message)) throw error; }`,
    ],
  }).output();
  if (stdout.length === 0) return false;
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return !/\) [ZX] /.test(stat);
}

Deno.test({
  name: "undoneOnTermination: a program that is told to end ends its peer and removes its folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    const child = new Deno.Command("deno", { args: ["eval", "-q", PROGRAM], stdout: "piped" }).spawn();
    let text = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (/\n\d+\n/.test(text)) child.kill("SIGTERM");
    }
    assert.equal((await child.status).code, 143);
    const [folder, pid] = text.trim().split("\n");
    await assert.rejects(() => Deno.stat(folder), Deno.errors.NotFound);
    for (let wait = 1; await runs(pid); wait *= 2) {
      assert.ok(wait < 10_000, `the peer ${pid} still runs`);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  },
});
