import assert from "node:assert/strict";
import { openTensors, serialiseSafetensors } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

/** What a terminal would act on, what forges a line, what runs in a page, and what XML cannot hold. */
const NAMES = [
  "a\x1b[2J\x1b[31m\nerror: forged",
  "b x onerror=alert(1)",
  "</svg><script>\"'&",
  "c\u202e\x9b31m\u2028\uffff",
  "d".repeat(5000),
];

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u;

function assertPrintable(text: string, what: string): void {
  for (const line of text.split("\n")) assert.doesNotMatch(line, UNPRINTABLE, what);
  assert.doesNotMatch(text, /^error: forged/m, what);
}

/** A network whose layers are called so. */
function writeNetwork(path: string): void {
  const widths = [4, 5, 6, 5, 6, 3];
  Deno.writeFileSync(
    path,
    serialiseSafetensors(NAMES.map((name, layer) => {
      const shape = [widths[layer + 1], widths[layer]];
      const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i + layer + 1));
      return { name, shape, data };
    })),
  );
}

Deno.test("names in files are shown, drawn and put into pages in a printable form, and written as they are", () =>
  inFolder(async (folder) => {
    writeNetwork(`${folder}/w`);
    const masks = `${folder}/m`;
    const pruned = await runCli(
      ...["prune", "--method", "magnitude", "--sparsity", "0.5", "--weights", `${folder}/w`, "--out", masks],
    );
    assert.equal(pruned.code, 0, pruned.stderr.join("\n"));
    {
      using file = openTensors(masks);
      assert.deepEqual(new Set(file.tensors.map(({ name }) => name)), new Set(NAMES));
    }
    const graphon = ["graphon", "--masks", masks, "--layers", "all", "--grid", "4"];
    const drawn = await runCli(...graphon, "--out", `${folder}/g`, "--figure", `${folder}/g.svg`);
    const json = await runCli(...graphon, "--out", `${folder}/h`, "--figure", `${folder}/h.png`, "--json");
    const compared = await runCli(
      ...[
        "compare",
        "--weights",
        `${folder}/w`,
        "--masks",
        `one\x1b[1m\nerror: forged=${masks}`,
        "--controls",
        "quota",
      ],
      ...["--grid", "4", "--out", `${folder}/c`],
    );
    for (const { code, stdout, stderr } of [pruned, drawn, json, compared]) {
      assert.equal(code, 0, stderr.join("\n"));
      for (const line of stdout) assertPrintable(line, "stdout");
      for (const line of stderr) assert.doesNotMatch(line, UNPRINTABLE);
    }
    const { layers } = JSON.parse(json.stdout[0]);
    assert.deepEqual(layers.map(({ name }: { name: string }) => name).sort(), NAMES.toSorted());
    const svg = Deno.readTextFileSync(`${folder}/g.svg`);
    assertPrintable(svg, "figure");
    assert.ok(svg.length < 100_000 && svg.includes("a\\x1b[2J") && !svg.includes("<script"));
    const page = Deno.readTextFileSync(`${folder}/c/report.html`);
    assertPrintable(page, "report");
    // Of scripts there is the page's own.
    assert.ok(page.split("<script").length <= 2);
    assert.match(page, /one\\x1b\[1m\\nerror: forged/);
  }));

Deno.test("a pruner's name is shown in a printable form", () =>
  inFolder(async (folder) => {
    writeNetwork(`${folder}/w`);
    const path = `${folder}/pruner.ts`;
    const source = (name: string) =>
      `export default { name: ${name}, score: ({ network }) => ` +
      "network.weights.map(({ rows, cols }) => new Float32Array(rows * cols).map((_, i) => i)) };";
    const prune = ["prune", "--method", path, "--sparsity", "0.5", "--weights", `${folder}/w`];
    Deno.writeTextFileSync(path, source(JSON.stringify(NAMES[0])));
    for (const more of [[], ["--json"]]) {
      const { code, stdout, stderr } = await runCli(...prune, "--out", `${folder}/m`, ...more);
      assert.equal(code, 0, stderr.join("\n"));
      for (const line of stdout) assertPrintable(line, "stdout");
      assert.match(stdout.join("\n"), /a\\+x1b\[2J\\+x1b\[31m\\+nerror: forged/);
    }
    Deno.writeTextFileSync(`${folder}/other.ts`, source("[1, 2]"));
    const { code, stderr } = await runCli(
      ...["prune", "--method", `${folder}/other.ts`, ...prune.slice(3), "--out", `${folder}/n`],
    );
    assert.equal(code, 1);
    assert.match(stderr.at(-1)!, /to call its method by a text but found 1,2 as its name$/);
  }));

Deno.test("numbers that no run comes to the end of are refused before anything begins", () =>
  inFolder(async (folder) => {
    const many = "100000000000000";
    const cases: [args: string[], code: number, pattern: RegExp][] = [
      [["graphon", "--masks", "m", "--out", "g", "--grid", many], 2, /--grid .*at most 4096 but found/],
      [["limit", "--method", "snip", "--out", "g", "--hidden", many], 2, /--hidden .*at most 1000 but found/],
      [["train", "--widths", "4,5,3", "--steps", many], 2, /--steps .*at most 1000000000 but found/],
      [
        ["train", "--widths", `784,${many},10`, "--init", "he", "--dataset", "digits"],
        1,
        /100000000000000×784 f32 needs 279 PiB, more than/,
      ],
      [
        [
          ...["prune", "--method", "snip", "--sparsity", "0.5", "--widths", `784,${many},10`, "--init", "he"],
          ...["--dataset", "digits", "--out", `${folder}/m`],
        ],
        1,
        /a network that fits but snip on widths 784,100000000000000,10/,
      ],
    ];
    for (const [args, code, pattern] of cases) {
      const run = await runCli(...args);
      assert.match(run.stderr.at(-1) ?? "", pattern);
      assert.equal(run.code, code);
    }
  }));
