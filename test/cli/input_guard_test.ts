import assert from "node:assert/strict";
import { serialiseSafetensors } from "@graphon-limit/data";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

const BAD_USAGE = 2;

/** A small network, masks, samples, and a link to the network. */
function writeInputs(folder: string): void {
  const matrix = (name: string, rows: number, cols: number, value: (i: number) => number) => ({
    ...{ name, shape: [rows, cols] },
    data: Float32Array.from({ length: rows * cols }, (_, i) => value(i)),
  });
  const pair = (value: (i: number) => number) => [matrix("a.0", 6, 4, value), matrix("a.1", 3, 6, value)];
  const write = (name: string, tensors: Parameters<typeof serialiseSafetensors>[0]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  write("w", pair((i) => Math.sin(i + 1)));
  write("m", pair((i) => i % 2));
  write("report.html", pair((i) => i % 2));
  write("x", [matrix("x", 4, 4, (i) => i), { name: "y", shape: [4], data: Int32Array.of(0, 1, 2, 0) }]);
  write("shard", pair((i) => Math.cos(i)));
  Deno.writeTextFileSync(`${folder}/own.ts`, "export default {};");
  const index = { weight_map: { "a.0": "shard", "a.1": "shard" } };
  Deno.writeTextFileSync(`${folder}/model.index.json`, JSON.stringify(index));
  Deno.mkdirSync(`${folder}/raw`);
  Deno.writeTextFileSync(`${folder}/raw/train-images-idx3-ubyte`, "pixels");
}

/** Lines that would write over what they read, and the flags that say so. */
const lines: readonly [string, string, string][] = [
  ["prune --weights w --method magnitude --sparsity .5 --out w", "--out", "--weights"],
  ["prune --weights w --method magnitude --sparsity .5 --out ./raw/../w", "--out", "--weights"],
  ["prune --weights link --method magnitude --sparsity .5 --out w", "--out", "--weights"],
  ["prune --weights w --method magnitude --sparsity .5 --out link", "--out", "--weights"],
  ["prune --weights w --method random --quota-from m --out m", "--out", "--quota-from"],
  ["prune --widths 4,6,3 --init he --method snip --sparsity .5 --batch x --out x", "--out", "--batch"],
  ["prune --weights model.index.json --method magnitude --sparsity .5 --out shard", "--out", "--weights"],
  ["prune --method own.ts --weights w --sparsity .5 --out own.ts", "--out", "--method"],
  ["train --weights w --batch x --save w", "--save", "--weights"],
  ["train --weights w --batch x --out x", "--out", "--batch"],
  ["train --resume w --batch x --out w", "--out", "--resume"],
  [
    "train --widths 784,10 --init he --dataset mnist --data-dir . --save raw/train-images-idx3-ubyte",
    "--save",
    "--data-dir",
  ],
  ["graphon --masks m --out m", "--out", "--masks"],
  ["ntk --weights w --inputs x --out x", "--out", "--inputs"],
  ["compare --weights w --masks a=report.html --out .", "--out", "--masks"],
];

for (const [line, output, input] of lines) {
  Deno.test({
    name: `${line}: writes nothing over what it reads`,
    ignore: Deno.build.os === "windows" && line.includes("link"),
    fn: () =>
      inFolder(async (folder) => {
        writeInputs(folder);
        if (line.includes("link")) Deno.symlinkSync(`${folder}/w`, `${folder}/link`);
        const before = pathsBelow(folder).map((path) =>
          [path, Deno.statSync(path).isFile ? Deno.readFileSync(path).toHex() : ""] as const
        );
        const words = line.split(" ").map((word) =>
          /^(\.\/.*|\.|[wmx]|link|shard|own\.ts|model.*|raw.*)$/.test(word)
            ? `${folder}/${word}`
            : word.replace("a=", `a=${folder}/`)
        );
        const { code, stdout, stderr } = await runCli(...words, "--device", "cpu", "--quiet");
        assert.deepEqual([code, stdout, stderr.length], [BAD_USAGE, [], 1], stderr.join("\n"));
        assert.ok(stderr[0].includes(`Expected ${output} not to write over what ${input} reads`), stderr[0]);
        for (const [path, content] of before) {
          if (content !== "") assert.equal(Deno.readFileSync(path).toHex(), content);
        }
        assert.equal(pathsBelow(folder).length, before.length);
      }),
  });
}

/** Lines whose results would be one file, and the flags that say so. */
const clashes: readonly [string, string, string][] = [
  [
    "prune --widths 4,6,3 --init he --method random --sparsity .5 --out r --save-weights r",
    "--out",
    "--save-weights",
  ],
  [
    "prune --widths 4,6,3 --init he --method random --sparsity .5 --out r --save-weights new",
    "--out",
    "--save-weights",
  ],
  ["train --weights w --batch x --save r --out raw/../r", "--out", "--save"],
  ["graphon --masks m --layers all --out f.svg --figure f.svg", "--out", "--figure"],
  [
    "limit --method random --sparsity .5 --hidden 2 --out r --second-moments linked/new",
    "--out",
    "--second-moments",
  ],
];

for (const [line, one, other] of clashes) {
  Deno.test({
    name: `${line}: no result is lost by another`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      inFolder(async (folder) => {
        writeInputs(folder);
        // What they lead to is not there yet.
        Deno.symlinkSync("r", `${folder}/new`);
        Deno.symlinkSync(folder, `${folder}/linked`);
        const words = line.split(" ").map((word) =>
          /^([wmxr]|new|f\.svg|raw.*|linked.*)$/.test(word) ? `${folder}/${word}` : word
        );
        const { code, stdout, stderr } = await runCli(...words, "--device", "cpu", "--quiet");
        assert.deepEqual([code, stdout, stderr.length], [BAD_USAGE, [], 1], stderr.join("\n"));
        assert.ok(stderr[0].includes(`Expected ${one} and ${other} to be different files`), stderr[0]);
        assert.throws(() => Deno.statSync(`${folder}/r`), Deno.errors.NotFound);
      }),
  });
}

Deno.test("results are written over, and beside what is read", () =>
  inFolder(async (folder) => {
    writeInputs(folder);
    const prune = ["prune", "--weights", `${folder}/w`, "--method", "magnitude", "--sparsity", ".5"];
    const compare = ["compare", "--weights", `${folder}/w`, "--masks", `${folder}/m`, "--grid", "2"];
    for (const words of [[...prune, "--out", `${folder}/m`], [...compare, "--out", folder]]) {
      for (let time = 0; time < 2; time++) {
        const { code, stderr } = await runCli(...words, "--device", "cpu", "--quiet");
        assert.equal(code, 0, stderr.join("\n"));
      }
    }
  }));
