import assert from "node:assert/strict";
import { stepsOf } from "./document.ts";
import { anchorsOf, blocksOf, linksOf } from "./markdown.ts";
import { differenceOf } from "./same_output.ts";
import { commandsOf } from "./shell.ts";

Deno.test("commandsOf: joins lines, leaves comments out, takes quotes off", () => {
  assert.deepEqual(commandsOf("deno task cli a \\\n  --b 'c d' # e\n\n# f\npython3 g.py"), [
    ["deno", "task", "cli", "a", "--b", "c d"],
    ["python3", "g.py"],
  ]);
});

Deno.test("commandsOf: refuses what only a shell understands", () => {
  for (const line of ["a | b", "a > b", "a && b", "a $B", "a *.ts", "a `b`", "a 'b", "(a)"]) {
    assert.throws(() => commandsOf(line), /not known here/, line);
  }
});

Deno.test("differenceOf: words must be the same and numbers about the same", () => {
  const shown = "loss  width\n───\n0.50   64\n…\nin out/x";
  assert.equal(differenceOf("loss  width\n────\n0.51   64\nmore\nlines\nin out/x\n", shown), undefined);
  assert.match(differenceOf("loss  width\n0.60  64\nin out/x", shown)!, /0\.50/);
  assert.match(differenceOf("loss  depth\n0.50  64\nin out/x", shown)!, /width/);
  assert.match(differenceOf("loss  width\n0.50  64\nin out/y", shown)!, /out\/x/);
  assert.match(differenceOf("loss  width\n0.50  64\nin out/x\nand more", shown)!, /and more/);
  assert.match(differenceOf("NaN", "1")!, /NaN/);
  assert.match(differenceOf("", "a")!, /nothing/);
});

Deno.test("stepsOf: files, commands, what they show, and what is not run", () => {
  const document = [
    ...["<!-- file: a.py -->", "", "```python", "x", "```", "", "```sh", "python3 a.py", "deno task cli b"],
    ...["```", "", "```text", "shown", "```", "", "```text", "of nothing", "```", "prose"],
    ...["<!-- not run: installs it -->", "```sh", "npm install x", "```", "```text", "not its", "```"],
  ].join("\n");
  assert.deepEqual(stepsOf("d.md", document), {
    steps: [
      { kind: "file", path: "a.py", text: "x", where: "d.md:3" },
      { kind: "python", args: ["a.py"], where: "d.md:7" },
      { kind: "cli", args: ["b"], where: "d.md:7", shown: "shown" },
    ],
    notRun: ["installs it"],
  });
  assert.throws(() => stepsOf("d.md", "```sh\nnpm install x\n```"), /d\.md:1: no test knows how to run npm/);
  assert.throws(() => blocksOf("```sh\nx"), /line 1 is not closed/);
});

Deno.test("linksOf and anchorsOf: those of the prose, not of blocks", () => {
  const document = "# A `b` – c, d\n\n[`x`](y.ts#z)\n\n```md\n# no\n[n](o)\n```\n\n## A\n## A\n";
  assert.deepEqual(linksOf(document), [{ text: "`x`", target: "y.ts#z", line: 3 }]);
  assert.deepEqual([...anchorsOf(document)], ["a-b--c-d", "a", "a-1"]);
});
