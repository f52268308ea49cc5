import assert from "node:assert/strict";
import { serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

const FAILED = 1, BAD_USAGE = 2;

/** Files of the bad-input table, by the name the table uses. */
function writeFiles(folder: string): void {
  const weights = (name: string, rows: number, cols: number, value = 0.5): Tensor => ({
    name,
    shape: [rows, cols],
    data: new Float32Array(rows * cols).fill(value),
  });
  const write = (name: string, tensors: Tensor[]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  write("good", [weights("a.0", 6, 4), weights("a.1", 3, 6)]);
  write("nan", [weights("a.0", 6, 4), weights("a.1", 3, 6, NaN)]);
  write("unchained", [weights("a.0", 6, 4), weights("a.1", 3, 5)]);
  write("nothing2d", [{ name: "b", shape: [4], data: new Float32Array(4) }]);
  write("twos", [weights("a.0", 6, 4, 2), weights("a.1", 3, 6, 2)]);
  write("wrongbatch", [weights("x", 5, 7), { name: "y", shape: [5], data: new Int32Array(5) }]);
  write("wronglabels", [weights("x", 2, 4), { name: "y", shape: [2], data: Int32Array.of(0, 3) }]);
  write("shortlabels", [weights("x", 3, 4), { name: "y", shape: [2], data: Int32Array.of(0, 1) }]);
  write("masks", [weights("a.0", 6, 4, 1), weights("a.1", 3, 6, 0)]);
  write("notnumbers", [weights("x", 2, 4, NaN), { name: "y", shape: [2], data: Int32Array.of(0, 1) }]);
  Deno.writeTextFileSync(`${folder}/scores.ts`, "export default { score: () => [] };");
  Deno.writeTextFileSync(
    `${folder}/nan.ts`,
    "export default { score: ({ network }) => network.weights.map(({ rows, cols }) => new Float32Array(rows * cols).fill(NaN)) };",
  );
  const good = Deno.readFileSync(`${folder}/good`);
  Deno.writeFileSync(`${folder}/truncated`, good.subarray(0, good.length - 8));
  Deno.writeTextFileSync(`${folder}/text`, "not safetensors at all");
  Deno.writeFileSync(`${folder}/empty`, new Uint8Array());
  Deno.mkdirSync(`${folder}/directory`);
}

/** Arguments (FOLDER is the test's own), the exit code, and what the one line must name. */
const table: readonly [string, number, RegExp][] = [
  // What must be given and was not is no news to who misspelt it.
  ["prune --methods snip --sparsity 0.5", BAD_USAGE, /'--methods' \(Did you mean --method\?\)/],
  ["converge --method snip", BAD_USAGE, /'--method' \(Did you mean --methods\?\)/],
  ["prune --method magnitude --sparsity 0.5 --weights FOLDER/missing --out FOLDER/out", FAILED, /missing/],
  ["prune --method magnitude --sparsity 0.5 --weights FOLDER/text --out FOLDER/out", FAILED, /text/],
  ["prune --method magnitude --sparsity 0.5 --weights FOLDER/empty --out FOLDER/out", FAILED, /empty/],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/truncated --out FOLDER/out",
    FAILED,
    /truncated/,
  ],
  ["prune --method magnitude --sparsity 0.5 --weights FOLDER/nan --out FOLDER/out", FAILED, /NaN .*a\.1/],
  ["prune --method synflow --sparsity 0.5 --weights FOLDER/unchained --out FOLDER/out", FAILED, /a\.1/],
  ["prune --method magnitude --sparsity 0.5 --weights FOLDER/nothing2d --out FOLDER/out", FAILED, /matrix/],
  [
    "prune --method magnitude --sparsity 1 --weights FOLDER/good --out FOLDER/out",
    BAD_USAGE,
    /--sparsity.*"1"/,
  ],
  ["prune --method magnitude --sparsity -0.1 --weights FOLDER/good --out FOLDER/out", BAD_USAGE, /sparsity/],
  ["prune --method magnitude --sparsity half --weights FOLDER/good --out FOLDER/out", BAD_USAGE, /half/],
  [
    "prune --method oracle --sparsity 0.5 --weights FOLDER/good --out FOLDER/out",
    BAD_USAGE,
    /synflow.*oracle/,
  ],
  ["prune --method ./nowhere.ts --sparsity 0.5 --weights FOLDER/good --out FOLDER/out", FAILED, /nowhere/],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --out FOLDER/out",
    BAD_USAGE,
    /--batch or --dataset/,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --batch FOLDER/wrongbatch --out FOLDER/out",
    FAILED,
    /4.*7/,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --batch FOLDER/wronglabels --out FOLDER/out",
    FAILED,
    /3/,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --batch FOLDER/shortlabels --out FOLDER/out",
    FAILED,
    /y/,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --dataset imagenet --out FOLDER/out",
    BAD_USAGE,
    /imagenet/,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --dataset mnist --data-dir FOLDER --out FOLDER/out",
    FAILED,
    /ubyte/,
  ],
  ["prune --method magnitude --sparsity 0.5 --out FOLDER/out", BAD_USAGE, /--widths/],
  [
    "prune --method erk --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --scope layer",
    BAD_USAGE,
    /--scope global with erk.*found layer/,
  ],
  ["doctor --device cpu --backend dawn", BAD_USAGE, /--backend.* not to go with --device cpu/],
  ["doctor --device cpu --adapter 0", BAD_USAGE, /--adapter.* not to go with --device cpu/],
  [
    "converge --methods random --widths 8 --reference 9 --dataset digits --out FOLDER/out --sparsity 0",
    BAD_USAGE,
    /--sparsity to be a number above 0, where there are masks.*"0"/,
  ],
  [
    "converge --methods erk --widths 8 --reference 9 --dataset digits --out FOLDER/out --scope layer",
    BAD_USAGE,
    /--scope global with erk/,
  ],
  ["prune --method magnitude --sparsity 0.5 --widths 4,3 --out FOLDER/out", BAD_USAGE, /--init/],
  ["prune --method magnitude --sparsity 0.5 --widths 4,0 --init he --out FOLDER/out", BAD_USAGE, /width/],
  [
    "prune --method magnitude --sparsity 0.5 --widths 4,3 --init he --weights FOLDER/good --out FOLDER/out",
    BAD_USAGE,
    /both/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/directory",
    FAILED,
    /directory/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/text/out",
    FAILED,
    /text\/out: expected a file to write .*a file where a folder/,
  ],
  ["prune --method magnitude --sparsity 0.5 --weights FOLDER/good", BAD_USAGE, /--out/],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --scope half",
    BAD_USAGE,
    /half/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --rounds 0",
    BAD_USAGE,
    /--rounds/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --device abacus",
    BAD_USAGE,
    /abacus/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --seed 9007199254740993",
    BAD_USAGE,
    /--seed to be a whole number of at least 0 and at most 9007199254740991/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --seed x",
    BAD_USAGE,
    /--seed/,
  ],
  [
    "prune --method magnitude --sparsity 0.5 --weights FOLDER/good --out FOLDER/out --frobnicate",
    BAD_USAGE,
    /--frobnicate/,
  ],
  ["graphon --masks FOLDER/twos --out FOLDER/out --layers all", FAILED, /expected 0 or 1 but found 2 /],
  ["graphon --masks FOLDER/good --out FOLDER/out", FAILED, /layers/],
  ["graphon --masks FOLDER/text --out FOLDER/out", FAILED, /text/],
  ["graphon --masks FOLDER/good --out FOLDER/out --figure FOLDER/f.gif", BAD_USAGE, /\.svg or \.png/],
  ["converge --methods random --widths 10 --reference 10 --out FOLDER/run", BAD_USAGE, /--dataset/],
  [
    "converge --methods random --widths ten --reference 10 --dataset digits --out FOLDER/run",
    BAD_USAGE,
    /ten/,
  ],
  [
    "converge --methods random --widths 10 --reference 10 --dataset digits --layer 9 --out FOLDER/run",
    BAD_USAGE,
    /layer/,
  ],
  [
    "converge --methods random --widths 10 --reference 10 --dataset digits --out FOLDER/text",
    FAILED,
    /text: expected a folder to write into but found a file/,
  ],
  [
    "converge --methods random,oracle --widths 9 --reference 9 --dataset digits --out FOLDER/run",
    BAD_USAGE,
    /oracle/,
  ],
  [
    "converge --methods random --widths 9 --reference 9 --dataset digits --sparsity 1e-9 --out FOLDER/a/run",
    FAILED,
    /sparsity.*1e-9/,
  ],
  [
    "converge --methods random --widths 9 --reference 9 --dataset digits --samples-per-class 2000 --out FOLDER/run",
    FAILED,
    /2000.*1000/,
  ],
  [
    "converge --methods random --widths 9 --reference 9 --dataset mnist --data-dir FOLDER --out FOLDER/run",
    FAILED,
    /idx3/,
  ],
  ["converge --methods , --widths 9 --reference 9 --dataset digits --out FOLDER/run", BAD_USAGE, /--methods/],
  ["converge --methods random --widths 9 --dataset digits --out FOLDER/run", BAD_USAGE, /--reference/],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --batch FOLDER/notnumbers --out FOLDER/out",
    FAILED,
    /but found NaN /,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --batch FOLDER/good --dataset digits --out FOLDER/out",
    BAD_USAGE,
    /both/,
  ],
  [
    "prune --method snip --sparsity 0.5 --weights FOLDER/good --batch FOLDER/good --out FOLDER/out",
    FAILED,
    /"x"/,
  ],
  [
    "prune --method random --sparsity 0.5 --weights FOLDER/good --data-dir FOLDER --out FOLDER/out",
    BAD_USAGE,
    /--dataset/,
  ],
  [
    "prune --method random --sparsity 0.5 --widths 4,3 --init he --weight-variance 2 --out FOLDER/out",
    BAD_USAGE,
    /--weight-variance/,
  ],
  [
    "prune --method random --sparsity 0.5 --weights FOLDER/good --init he --out FOLDER/out",
    BAD_USAGE,
    /--init/,
  ],
  [
    "prune --method FOLDER/scores.ts --sparsity 0.5 --weights FOLDER/good --out FOLDER/out",
    FAILED,
    /scores\.ts.*2 layers.*0/,
  ],
  [
    "prune --method FOLDER/nan.ts --sparsity 0.5 --widths 4,3 --init he --save-weights FOLDER/w --out FOLDER/new/out",
    FAILED,
    /NaN/,
  ],
  [
    "prune --method random --sparsity 0.5 --widths 4,3 --init he --save-weights FOLDER/directory --out FOLDER/out",
    FAILED,
    /directory: expected a file to write but found a directory/,
  ],
  [
    "prune --method random --sparsity 0.5 --widths 4,3 --init he --save-weights FOLDER/out --out FOLDER/out",
    BAD_USAGE,
    /--save-weights/,
  ],
  [
    "prune --method random --sparsity 0.5 --weights FOLDER/good --save-weights FOLDER/w --out FOLDER/out",
    BAD_USAGE,
    /--save-weights/,
  ],
  ["prune --method random --sparsity 0.5 --weights FOLDER/good --out FOLDER/out more", BAD_USAGE, /more/],
  [
    "graphon --masks FOLDER/masks --out FOLDER/out --layers all --figure FOLDER/text/f.svg",
    FAILED,
    /f\.svg: expected a file to write/,
  ],
  [
    "graphon --masks FOLDER/masks --out FOLDER/directory --layers all --figure FOLDER/f.svg",
    FAILED,
    /expected a file to write/,
  ],
  ["graphon --out FOLDER/out", BAD_USAGE, /--masks/],
  ["frobnicate", BAD_USAGE, /frobnicate/],
];

for (const [line, code, names] of table) {
  Deno.test({
    name: `bad input: ${line.replaceAll("FOLDER/", "")}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        writeFiles(folder);
        const before = pathsBelow(folder);
        const args = line.replaceAll("FOLDER", folder).split(" ");
        const quiet = line === "frobnicate"
          ? []
          : ["--quiet", ...(line.includes("--device") ? [] : ["--device", "cpu"])];
        const run = await runCli(...args, ...quiet);
        assert.equal(run.code, code, run.stderr.join("\n"));
        assert.deepEqual(run.stdout, []);
        assert.equal(run.stderr.length, 1, run.stderr.join("\n"));
        assert.doesNotMatch(run.stderr[0], /\n|\bat .*:\d+|defect/);
        assert.match(run.stderr[0], names);
        assert.deepEqual(pathsBelow(folder), before);
      }),
  });
}
