import assert from "node:assert/strict";

/** What each script must print when it works, and the folder it may write to. */
const scripts: readonly { file: string; write?: boolean; prints: RegExp }[] = [
  {
    file: "prune_and_plot.ts",
    write: true,
    prints: /^kept \d+, \d+, \d+ weights; cells from 0\.\d+ to [01]\.\d+$/m,
  },
  { file: "compare_methods.ts", prints: /^synflow +\d+\.\d %/m },
  { file: "sample_graphon.ts", prints: /^n = 4096: distance 0\.\d+, noise floor 0\.\d+$/m },
  { file: "own_pruner.ts", prints: /^kept \d+, \d+, \d+ weights$/m },
];

for (const { file, write, prints } of scripts) {
  Deno.test(`scripts/${file}: runs with the permissions it names and prints its result`, async () => {
    const source = await Deno.readTextFile(`scripts/${file}`);
    const permissions = ["--allow-read", ...(write ? ["--allow-write=out"] : [])];
    assert.ok(
      source.includes(`deno run ${permissions.join(" ")} scripts/${file}`),
      "the script says how it is run",
    );
    assert.ok(source.split("\n").length <= 40, "a script shows how the packages fit in at most 40 lines");
    const command = new Deno.Command("deno", {
      args: ["run", "-q", "--no-prompt", ...permissions, `scripts/${file}`],
      env: { XDG_RUNTIME_DIR: "/tmp" },
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await command.output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.match(new TextDecoder().decode(stdout), prints);
  });
}

Deno.test("scripts/prune_and_plot.ts: its figure is a self-contained SVG", async () => {
  const svg = await Deno.readTextFile("out/snip.svg");
  assert.match(svg, /^<svg[^>]*>/);
  assert.match(svg, /data:image\/png;base64,/);
});
