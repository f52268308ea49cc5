import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

const common = ["--device", "cpu", "--quiet"];
const network = [
  "--widths",
  "784,40,40,10",
  "--init",
  "he",
  "--dataset",
  "digits",
  "--samples-per-class",
  "5",
];

async function json(...args: string[]) {
  const { code, stdout, stderr } = await runCli(...args, ...common, "--json");
  assert.equal(code, 0, stderr.join("\n"));
  return JSON.parse(stdout[0]);
}

function graphons(path: string) {
  using file = parseSafetensors(Deno.readFileSync(path), path);
  return file.tensors.map(({ name, shape }) => ({ name, shape, values: file.readFloat32(name) }));
}

Deno.test("graphon --layers network: what ntk --graphons takes, pixels and classes in their places", () =>
  inFolder(async (folder) => {
    const masks = `${folder}/m.safetensors`,
      out = `${folder}/g.safetensors`,
      inputs = `${folder}/x.safetensors`;
    await json("prune", "--method", "snip", "--sparsity", "0.8", ...network, "--out", masks);
    const { layers } = await json(
      ...["graphon", "--masks", masks, "--layers", "network", "--grid", "8", "--out", out],
      ...["--figure", `${folder}/g.svg`],
    );
    assert.deepEqual(layers.map(({ index }: { index: number }) => index), [0, 1, 2]);
    const found = graphons(out);
    assert.deepEqual(found.map(({ name, shape }) => [name, [...shape]]), [
      ["graphon.0", [8, 784]],
      ["graphon.1", [8, 8]],
      ["graphon.2", [10, 8]],
    ]);
    using file = parseSafetensors(Deno.readFileSync(masks), masks);
    const mask = file.readBytes("layers.0.weight");
    for (const pixel of [0, 400, 783]) {
      let kept = 0, cells = 0;
      for (let i = 0; i < 40; i++) kept += mask[i * 784 + pixel] / 40;
      for (let a = 0; a < 8; a++) cells += found[0].values[a * 784 + pixel] / 8;
      assert.ok(Math.abs(kept - cells) < 1e-6, `pixel ${pixel}`);
    }
    const x = Float32Array.from({ length: 12 * 784 }, (_, i) => Math.sin(i));
    Deno.writeFileSync(inputs, serialiseSafetensors([{ name: "x", shape: [12, 784], data: x }]));
    const { size, metrics } = await json("ntk", "--graphons", out, "--inputs", inputs);
    assert.equal(size, 12);
    assert.ok(metrics.trace > 0);
  }));

Deno.test("graphon --estimator rao-blackwell: from the weights, near what the masks give and much smoother", () =>
  inFolder(async (folder) => {
    const wide = ["--widths", "784,200,200,200,10", ...network.slice(2)];
    const masks = `${folder}/m.safetensors`;
    await json("prune", "--method", "snip", "--sparsity", "0.8", ...wide, "--out", masks);
    const fromMasks = await json(
      ...["graphon", "--masks", masks, "--grid", "10", "--out", `${folder}/sas.safetensors`],
    );
    const fromWeights = await json(
      ...["graphon", "--estimator", "rao-blackwell", "--method", "snip", "--sparsity", "0.8", ...wide],
      ...["--grid", "10", "--out", `${folder}/rb.safetensors`],
    );
    assert.equal(fromWeights.estimator, "rao-blackwell");
    const [sas, smooth] = ["sas", "rb"].map((name) => graphons(`${folder}/${name}.safetensors`));
    for (const [layer, { values }] of sas.entries()) {
      assert.ok(Math.abs(fromMasks.layers[layer].density / fromWeights.layers[layer].density - 1) < 0.1);
      const rms = Math.sqrt(
        values.reduce((sum, value, cell) => sum + (value - smooth[layer].values[cell]) ** 2, 0) /
          values.length,
      );
      assert.ok(rms < 0.08, `layer ${layer + 1}: ${rms}`);
    }
  }));

const bad: readonly [string, number, RegExp][] = [
  ["graphon --out O", 2, /Expected --masks/],
  ["graphon --out O --masks M --method snip", 2, /--method only with --estimator rao-blackwell/],
  ["graphon --out O --masks M --layers network --estimator usvt", 2, /--layers network with --estimator sas/],
  ["graphon --out O --masks M --estimator rao-blackwell", 2, /--weights or --widths.*--masks/],
  ["graphon --out O --estimator rao-blackwell --widths 4,4,4,2 --init he", 2, /Expected --method/],
  ["graphon --out O --estimator rao-blackwell --method best --widths 4,4,4,2 --init he", 2, /--method.*best/],
  [
    "graphon --out O --estimator rao-blackwell --method magnitude --widths 4,4,4,2 --init he",
    2,
    /Expected --sparsity/,
  ],
  [
    "graphon --out O --estimator rao-blackwell --method snip --sparsity 0.5 --widths 4,4,4,2 --init he",
    1,
    /batch of samples for snip/,
  ],
];

for (const [line, expected, named] of bad) {
  Deno.test(`says in one line what is wrong: ${line}`, () =>
    inFolder(async (folder) => {
      const args = line.replace("--out O", `--out ${folder}/o`).replace("--masks M", `--masks ${folder}/m`);
      const { code, stdout, stderr } = await runCli(...args.split(" "), ...common);
      assert.deepEqual([code, stdout, stderr.length], [expected, [], 1], stderr.join("\n"));
      assert.match(stderr[0], named);
      assert.deepEqual(pathsBelow(folder), []);
    }));
}
