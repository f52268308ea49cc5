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
    const args = ["eval", `Deno.kill(${pid}, "SIGCONT")`];
    const { stderr } = await new Deno.Command("deno", { args }).output();
    assert.match(new TextDecoder().decode(stderr), /No such process/);
  },
});
