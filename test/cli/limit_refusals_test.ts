import assert from "node:assert/strict";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

const cpu = ["--device", "cpu", "--quiet"];

const bad: readonly [string, number, RegExp][] = [
  ["--sparsity 0.8", 2, /--method/],
  ["--method best --sparsity 0.8", 2, /--method to be one of random.*best/],
  ["--method random", 2, /--sparsity/],
  ["--method random --sparsity 1", 2, /--sparsity.*below 1/],
  ["--method snip --sparsity 0.8", 2, /--batch or --dataset: the limit of snip/],
  ["--method grasp --sparsity 0.8", 2, /--batch or --dataset: the limit of grasp/],
  ["--method random --sparsity 0.8 --width 0", 2, /--width to be infinity or a whole number.*"0"/],
  ["--method random --sparsity 0.8 --width 1e3", 2, /--width.*1e3/],
  ["--method random --sparsity 0.8 --hidden 1", 2, /--hidden of at least 2.*--layers all/],
  ["--method random --sparsity 0.8 --figure f.pdf", 2, /--figure to end in/],
  ["--method random --sparsity 0.8 --second-moments OUT", 2, /different files/],
  ["--method random --sparsity 0.8 --weight-variance 2", 2, /--weight-variance only with --init ntk.*he/],
  ["--method random --sparsity 0.8 --layers network --repetitions 2", 2, /--repetitions only with/],
  ["--method random --sparsity 0.8 --cells pixels", 2, /--cells to be one of area, neurons.*pixels/],
  ["--method random --sparsity 0.8 --layers network --cells neurons", 2, /--cells neurons only with/],
  ["--method random --sparsity 0.8 --data-dir x", 2, /--dataset with --data-dir/],
  ["--method random --sparsity 0.8 --dataset digits --batch b", 2, /either --batch or --dataset/],
  ["--method random --sparsity 0.8 --dataset digits --inputs 10", 2, /--inputs to be 784.*digits.*found 10/],
  ["--method random --sparsity 0.8 --dataset digits --classes 3", 2, /--classes to be 10.*digits.*found 3/],
  ["--method snip --sparsity 0.8 --rounds 3 --dataset digits", 2, /--rounds 1 with snip.*found 3/],
  ["--method uniform --sparsity 0.8 --scope layer", 2, /--scope global with uniform.*found layer/],
  ["--method snip --sparsity 0.8 --batch missing", 1, /missing/],
];

for (const [line, expected, named] of bad) {
  Deno.test(`limit says in one line what is wrong: ${line}`, () =>
    inFolder(async (folder) => {
      const out = `${folder}/new/g`, words = line.replace("OUT", out).split(" ");
      const { code, stdout, stderr } = await runCli("limit", ...words, "--out", out, ...cpu);
      assert.deepEqual([code, stdout, stderr.length], [expected, [], 1], stderr.join("\n"));
      assert.match(stderr[0], named);
      assert.deepEqual(pathsBelow(folder), []);
    }));
}

Deno.test("limit: where one file cannot be written none is, and it is said before the work", () =>
  inFolder(async (folder) => {
    const args = ["limit", "--method", "random", "--sparsity", "0.8", "--out", `${folder}/new/g`];
    const { code, stderr } = await runCli(...args, "--second-moments", folder, ...cpu);
    assert.equal(code, 1);
    assert.match(stderr[0], /expected a file to write but found a directory/);
    assert.deepEqual(pathsBelow(folder), []);
  }));
