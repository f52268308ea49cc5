import assert from "node:assert/strict";
import { differing, leftOf } from "../../scripts/kill_nine/results.ts";
import { inFolder } from "../cli/run_cli.ts";

Deno.test("kill_nine: tells old results from new ones, a mixture, and what is neither", () => {
  const results = (...texts: (string | undefined)[]) =>
    new Map(texts.flatMap((text, i) => text === undefined ? [] : [[`${i}`, text] as const]));
  const before = results("old", "same", undefined), after = results("new", "same", "more");
  assert.equal(leftOf(before, before, after), "old");
  assert.equal(leftOf(after, before, after), "new");
  assert.equal(leftOf(results("new", "same", undefined), before, after), "mixed");
  assert.equal(leftOf(results("old", "same", "more"), before, after), "mixed");
  assert.equal(leftOf(results("ne", "same", "more"), before, after), "damaged");
  assert.deepEqual(differing(before, after), ["0", "2"]);
  assert.deepEqual(differing(after, after), []);
});

Deno.test("scripts/kill_nine.ts: kills a command, goes on, and compares", () =>
  inFolder(async (folder) => {
    const report = `${folder}/report.md`;
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: [
        ...["run", "-q", "--no-prompt", "--allow-read", "--allow-write", "--allow-run=deno"],
        ...["scripts/kill_nine.ts", "--times", "2", "--commands", "train,prune", "--out", folder],
        ...["--report", report],
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const printed = new TextDecoder().decode(stdout);
    assert.ok(success, printed + new TextDecoder().decode(stderr));
    assert.match(
      printed,
      /^train: 2 kills, \d+ runs compared, none differs; .* 0 damaged; \d+ s\nprune: 2 kills,/,
    );
    assert.match(
      Deno.readTextFileSync(report),
      /\| train \| .*\n\| prune \| .*\n\n4 kills, \d+ runs compared, 0 differing/,
    );
  }));
