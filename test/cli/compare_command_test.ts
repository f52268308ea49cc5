import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { filesBelow, inFolder, runCli } from "./run_cli.ts";

const common = ["--device", "cpu", "--quiet"];

async function prepare(folder: string): Promise<void> {
  const { code, stderr } = await runCli(
    ...[
      "prune",
      "--method",
      "snip",
      "--sparsity",
      "0.8",
      "--widths",
      "784,24,20,10",
      "--init",
      "he",
      "--bias",
      "torch",
    ],
    ...[
      "--dataset",
      "digits",
      "--out",
      `${folder}/snip.safetensors`,
      "--save-weights",
      `${folder}/w`,
      ...common,
    ],
  );
  assert.equal(code, 0, stderr.join());
}

Deno.test("compare: files, methods and controls in one report, and the numbers for programs", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const { code, stdout, stderr } = await runCli(
      ...["compare", "--weights", `${folder}/w`, "--masks", `mine=${folder}/snip.safetensors`],
      ...["--masks", `${folder}/snip.safetensors`, "--methods", "magnitude", "--dataset", "digits"],
      ...[
        "--samples",
        "16",
        "--train-steps",
        "3",
        "--grid",
        "8",
        "--out",
        `${folder}/c`,
        "--json",
        ...common,
      ],
    );
    assert.deepEqual([code, stderr], [0, []], stderr.join("\n"));
    const { masks, distances, notices, findings } = JSON.parse(stdout[0]);
    assert.deepEqual(masks.map(({ name }: { name: string }) => name), [
      ...["mine", "snip", "magnitude", "random", "quota of mine", "quota of snip", "quota of magnitude"],
    ]);
    assert.ok(notices.some((line: string) => line.includes("digits: pixels normalised")));
    const kept = new Set(masks.map((mask: { kept: number }) => mask.kept));
    assert.equal(kept.size, 1, "all keep as many as the first file");
    for (const mask of masks) {
      assert.deepEqual(
        mask.layers.map(({ name }: { name: string }) => name),
        [0, 1, 2].map((i) => `layers.${i}.weight`),
      );
      for (const number of [mask.loss, mask.accuracy, ...Object.values(mask.kernel)]) {
        assert.ok(Number.isFinite(number));
      }
      assert.equal(mask.training.losses.length, 3);
    }
    assert.equal(distances.length, 7 * 6 / 2 * 3);
    const twins = distances.find(({ a, b }: { a: string; b: string }) => a === "mine" && b === "snip");
    assert.deepEqual([twins.l2, twins.cutNormLow, twins.beyondNoise], [0, 0, false]);
    assert.deepEqual(Object.keys(twins).slice(0, 7), [
      "a",
      "b",
      "layer",
      "cutNormLow",
      "cutNormHigh",
      "l2",
      "noiseFloor",
    ]);
    const files = filesBelow(`${folder}/c`).map((path) => path.slice(folder.length + 3)).sort();
    assert.ok(
      ["report.html", "compare.json", "layers.csv", "distances.csv", "losses.svg"].every((name) =>
        files.includes(name)
      ),
    );
    const report = Deno.readTextFileSync(`${folder}/c/report.html`);
    assert.doesNotMatch(report, /NaN|undefined|(src|href)="https?:/);
    assert.match(report, /pairs of masks differ beyond chance/);
    assert.match(findings[0], /pairs of masks differ beyond chance/);
  }));

Deno.test("compare: masks alone where nothing is to be run, of layers that do not follow one another too", () =>
  inFolder(async (folder) => {
    const ones = (name: string, rows: number, cols: number, every: number) => ({
      ...{ name, shape: [rows, cols] },
      data: Uint8Array.from({ length: rows * cols }, (_, i) => i % every === 0 ? 1 : 0),
    });
    const weights = (name: string, rows: number, cols: number) => ({
      ...{ name, shape: [rows, cols] },
      data: Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i + 1)),
    });
    Deno.writeFileSync(
      `${folder}/w`,
      serialiseSafetensors([weights("q.weight", 12, 9), weights("k.weight", 4, 9)]),
    );
    Deno.writeFileSync(
      `${folder}/m.st`,
      serialiseSafetensors([ones("q.weight", 12, 9, 3), ones("k.weight", 4, 9, 2)]),
    );
    const { code, stdout, stderr } = await runCli(
      ...["compare", "--weights", `${folder}/w`, "--masks", `m=${folder}/m.st`, "--methods", "magnitude"],
      ...["--controls", "quota", "--grid", "4", "--out", `${folder}/c`, "--json", ...common],
    );
    assert.equal(code, 0, stderr.join("\n"));
    const { masks } = JSON.parse(stdout[0]);
    assert.deepEqual(
      masks.map(({ name, kernel, loss }: { name: string; kernel: null; loss: null }) => [name, kernel, loss]),
      [
        ...[["m", null, null], ["magnitude", null, null], ["quota of m", null, null], [
          "quota of magnitude",
          null,
          null,
        ]],
      ],
    );
    using file = parseSafetensors(Deno.readFileSync(`${folder}/m.st`));
    const kept = file.tensors.map(({ name }) => file.readUint8(name).reduce((sum, bit) => sum + bit, 0));
    assert.equal(masks[0].kept, kept.reduce((sum, count) => sum + count));
  }));

Deno.test("compare: says in one line what is missing or wrong", () =>
  inFolder(async (folder) => {
    await prepare(folder);
    const table: [string, number, RegExp][] = [
      [`--weights ${folder}/w`, 2, /--masks or --methods/],
      [`--weights ${folder}/w --methods magnitude`, 2, /--sparsity/],
      [`--weights ${folder}/w --methods snip --sparsity 0.5`, 2, /--batch or --dataset: snip reads data/],
      [
        `--weights ${folder}/w --methods magnitude --sparsity 0.5 --train-steps 3`,
        2,
        /--batch or --dataset with --train-steps/,
      ],
      [
        `--weights ${folder}/w --methods magnitude --sparsity 0.5 --samples 10`,
        2,
        /--batch or --dataset with --samples/,
      ],
      [`--weights ${folder}/w --masks =x`, 2, /--masks to be NAME=FILE/],
      [`--weights ${folder}/w --masks a=${folder}/missing`, 1, /missing/],
      [
        `--weights ${folder}/w --masks a=${folder}/snip.safetensors --masks a=${folder}/snip.safetensors`,
        2,
        /"a" twice/,
      ],
      [`--weights ${folder}/w --masks a=${folder}/snip.safetensors --controls both`, 2, /random, quota/],
      [
        `--weights ${folder}/w --masks a=${folder}/snip.safetensors --controls none,quota`,
        2,
        /random, quota/,
      ],
      [`--masks a=${folder}/snip.safetensors`, 2, /--weights or --widths/],
    ];
    for (const [line, expected, named] of table) {
      const { code, stdout, stderr } = await runCli(
        "compare",
        ...line.split(" "),
        "--out",
        `${folder}/c`,
        ...common,
      );
      assert.deepEqual([code, stdout, stderr.length], [expected, [], 1], `${line}: ${stderr.join("\n")}`);
      assert.match(stderr[0], named);
    }
    assert.ok(filesBelow(folder).every((path) => !path.startsWith(`${folder}/c`)));
  }));

Deno.test("compare: a file's masks called random have a random control all the same, those of the method have none", () =>
  inFolder(async (folder) => {
    const tensors = (value: (i: number) => number) =>
      [["a.0", 6, 4], ["a.1", 3, 6]].map(([name, rows, cols]) => ({
        ...{ name: String(name), shape: [Number(rows), Number(cols)] },
        data: Float32Array.from({ length: Number(rows) * Number(cols) }, (_, i) => value(i)),
      }));
    Deno.writeFileSync(`${folder}/w`, serialiseSafetensors(tensors((i) => Math.sin(i + 1))));
    Deno.writeFileSync(`${folder}/m`, serialiseSafetensors(tensors((i) => i % 2)));
    const x = { name: "x", shape: [5, 4], data: Float32Array.from({ length: 20 }, (_, i) => Math.cos(i)) };
    const y = { name: "y", shape: [5], data: Int32Array.of(0, 1, 2, 0, 1) };
    Deno.writeFileSync(`${folder}/b`, serialiseSafetensors([x, y]));
    const compared = async (...words: string[]) => {
      const line = ["compare", "--weights", `${folder}/w`, ...words, "--batch", `${folder}/b`];
      const { code, stdout, stderr } = await runCli(
        ...[...line, "--samples", "1000", "--grid", "2", "--out", `${folder}/c`, "--json", ...common],
      );
      assert.equal(code, 0, stderr.join("\n"));
      const { masks, notices } = JSON.parse(stdout[0]);
      assert.ok(notices.includes("--samples 1000: there are 5, and the kernels are of these"));
      return masks.map(({ name }: { name: string }) => name);
    };
    assert.deepEqual(await compared("--masks", `random=${folder}/m`), ["random", "random (random)", "quota"]);
    assert.deepEqual(await compared("--methods", "random", "--sparsity", "0.5"), ["random", "quota"]);
  }));
