import assert from "node:assert/strict";

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run=sh"];
const ENVIRONMENT = "--allow-env=XDG_RUNTIME_DIR,DENO_WEBGPU_BACKEND";

/** Measures SNIP and random pruning of a tiny network, each with weights kept and regenerated; what it says of them. */
async function measure(folder: string): Promise<string> {
  const command = new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-prompt", ...PERMISSIONS, ENVIRONMENT, "scripts/scale.ts"],
      ...["--methods", "random,snip", "--widths", "8", "--large", "12", "--device", "cpu"],
      ...["--out", folder, "--report", `${folder}/scale.md`],
    ],
    env: { XDG_RUNTIME_DIR: "/tmp" },
    stderr: "piped",
  });
  const { success, stderr } = await command.output();
  const said = new TextDecoder().decode(stderr);
  assert.ok(success, said);
  return said;
}

Deno.test("scripts/scale.ts: measures each point once, also over two runs, and reports all of them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lines = (said: string) =>
      said.trim().split("\n").map((line) => line.replace(/: \d+\.\d+ s, \S+ MiB$/, ""));
    const first = lines(await measure(folder));
    const points = ["random 8 kept", "snip 8 kept", "random 8 regenerated", "snip 8 regenerated"];
    const all = [...points, "snip 12 regenerated"];
    assert.deepEqual(first, [...all.map((point, done) => `${done}/5 ${point}`), ...all]);
    const report = await Deno.readTextFile(`${folder}/scale.md`);
    assert.match(report, /^\| snip \| 12 \| regenerated \| \d/m);
    const weights = 784 * 8 + 3 * 8 * 8 + 8 * 10;
    const { curves } = JSON.parse(await Deno.readTextFile(`${folder}/scale.json`));
    assert.equal(curves[0].points[0].kept, weights - Math.floor(0.8 * weights));

    // Nothing is measured again.
    assert.deepEqual(lines(await measure(folder)), all);
    assert.equal(await Deno.readTextFile(`${folder}/scale.md`), report);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
