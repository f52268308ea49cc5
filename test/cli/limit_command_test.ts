import assert from "node:assert/strict";
import { balancedBatch, loadDataset, serialiseSafetensors } from "@graphon-limit/data";
import { limitGraphon } from "@graphon-limit/limit";
import { uploadBatch } from "@graphon-limit/model";
import { openDevice, seedFrom } from "@graphon-limit/runtime";
import { cpu, digits, json, type Layer, near, tensors } from "./limit_json.ts";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

Deno.test("limit: magnitude at n = ∞ is 0.2 between hidden layers, at a width it knows of the layers' scales", () =>
  inFolder(async (folder) => {
    const out = `${folder}/new/g.safetensors`, moments = `${folder}/v.safetensors`;
    const args = ["limit", "--method", "magnitude", "--sparsity", "0.8", "--grid", "5", "--out", out];
    const result = await json([...args, "--second-moments", moments]);
    assert.deepEqual(Object.keys(result), [
      ...[
        "method",
        "sparsity",
        "scope",
        "order",
        "network",
        "weightVariance",
        "device",
        "layers",
        "seconds",
        "notices",
      ],
    ]);
    assert.deepEqual(result.network, {
      inputs: 784,
      classes: 10,
      hidden: 3,
      width: "infinity",
      activation: "relu",
      init: "he",
    });
    assert.deepEqual([result.method, result.scope, result.weightVariance], ["magnitude", "global", 2]);
    for (const { standardError, shape, ...layer } of result.layers) {
      assert.deepEqual([standardError, shape, layer.deadInputs], [0, [5, 5], 0]);
      near([layer.density, layer.min, layer.max], [0.2, 0.2, 0.2], 1e-6, "density");
    }
    const written = tensors(out);
    assert.deepEqual([...written.keys()].sort(), [
      ...["graphon.1", "graphon.2", "standard_error.1", "standard_error.2"],
    ]);
    for (const [name, { shape, values }] of written) {
      assert.deepEqual(shape, [5, 5]);
      near(values, new Float32Array(25).fill(name.startsWith("graphon") ? 0.2 : 0), 1e-6, name);
    }
    // E[w² ; |w| > τ] of a normal weight with P(|w| > τ) = 0.2, τ = 1.2816: 0.2 + 2 τ φ(τ).
    const second = tensors(moments);
    assert.deepEqual([...second.keys()].sort(), ["graphon.1", "graphon.2"]);
    near(second.get("graphon.1")!.values, new Float32Array(25).fill(0.6498), 1e-4, "second moment");

    const fanIn = await json([...args, "--second-moments", "fan-in", "--init", "torch"]);
    assert.equal(fanIn.weightVariance, 2);
    const beside = tensors(out);
    assert.deepEqual([...beside.keys()].filter((name) => name.startsWith("second")).sort(), [
      ...["second_moment.1", "second_moment.2"],
    ]);
    // A constant graphon's rows all have the variance that makes up for what is gone.
    near(beside.get("second_moment.2")!.values, new Float32Array(25).fill(1), 1e-6, "by fan-in");

    const { layers } = await json([
      ...args,
      "--width",
      "256",
      "--layers",
      "all",
      "--inputs",
      "64",
      "--classes",
      "3",
    ]);
    const total = 64 * 256 + 2 * 256 ** 2 + 3 * 256, counts = [64 * 256, 256 ** 2, 256 ** 2, 3 * 256];
    assert.deepEqual(layers.map(({ index }) => index), [0, 1, 2, 3]);
    near([layers.reduce((sum, { density }, i) => sum + density * counts[i] / total, 0)], [0.2], 1e-6, "kept");
    // He's weights of 64 inputs are twice as large as those of 256.
    assert.ok(layers[0].density > 1.5 * layers[1].density);
  }));

for (const kind of ["cpu", "webgpu"] as const) {
  Deno.test({
    name: `limit: SNIP's is limitGraphon's for the same samples, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        const out = `${folder}/g.safetensors`, seed = seedFrom(3);
        const { layers } = await json(
          [
            ...[
              "limit",
              "--method",
              "snip",
              "--sparsity",
              "0.7",
              "--width",
              "128",
              "--hidden",
              "2",
              ...digits,
            ],
            ...[
              "--types",
              "80",
              "--repetitions",
              "3",
              "--grid",
              "6",
              "--layers",
              "all",
              "--out",
              out,
              "--seed",
              "3",
            ],
          ],
          ["--device", kind, "--quiet"],
        );
        using own = await openDevice({ kind });
        const samples = balancedBatch(await loadDataset("digits", { seed: 3 }), 2, seed);
        using batch = uploadBatch(own, samples.x, samples.y);
        const expected = await limitGraphon(
          own,
          "snip",
          { inputs: 784, hidden: 2, classes: 10, width: 128 },
          { sparsity: 0.7, seed, batch, types: 80, grid: 6, outputDraws: 3 },
        );
        const written = tensors(out);
        assert.equal(written.size, 6);
        expected.forEach(({ graphon, standardError, ...rest }, i) => {
          near(written.get(`graphon.${i}`)!.values, graphon.values, 1e-5, `layer ${i}`);
          near(written.get(`standard_error.${i}`)!.values, standardError!, 1e-5, `error of layer ${i}`);
          const { density, deadInputs, deadOutputs, ...found } = layers[i];
          near(
            [density, deadInputs!, deadOutputs!, found.standardError!],
            [
              rest.density,
              rest.deadInputs,
              rest.deadOutputs,
              standardError!.reduce((a, b) => Math.max(a, b)),
            ],
            1e-5,
            `numbers of layer ${i}`,
          );
        });
        assert.ok(layers[1].standardError! > 0.005);
      }),
  });
}

Deno.test("limit: distance reads its file, errors beside the graphons and all", () =>
  inFolder(async (folder) => {
    const [a, b] = ["0.8", "0.5"].map((sparsity) => ({ sparsity, out: `${folder}/${sparsity}` }));
    for (const { sparsity, out } of [a, b]) {
      await json(["limit", "--method", "random", "--sparsity", sparsity, "--grid", "4", "--out", out]);
    }
    const { layers } = await json(["distance", "--graphons", a.out, "--reference", b.out]);
    assert.deepEqual(layers.map(({ index }) => index), [1, 2]);
    near(layers.map((layer) => (layer as Layer & { l1: number }).l1), [0.3, 0.3], 1e-6, "L1");
  }));

Deno.test("limit: a figure that stands alone, a table, and for one repetition no error", () =>
  inFolder(async (folder) => {
    const args = [
      ...[
        "limit",
        "--method",
        "synflow",
        "--sparsity",
        "0.8",
        "--types",
        "50",
        "--rounds",
        "5",
        "--grid",
        "8",
      ],
      ...["--repetitions", "1", "--out", `${folder}/g`],
    ];
    const { code, stdout, stderr } = await runCli(...args, "--figure", `${folder}/f.svg`, ...cpu);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: [] });
    const lines = stdout[0].split("\n");
    assert.match(
      lines[0],
      /^layer +density +least cell +largest cell +dead inputs +dead outputs +largest standard/,
    );
    assert.match(lines[2], /^ +1 +0\.[12]\d+ .* —$/);
    assert.equal(lines.at(-1), `synflow at n = ∞, strict: graphons in ${folder}/g`);
    assert.deepEqual([...tensors(`${folder}/g`).keys()].sort(), ["graphon.1", "graphon.2"]);
    const svg = Deno.readTextFileSync(`${folder}/f.svg`);
    assert.match(svg, /^<svg/);
    assert.match(svg, /SynFlow/);
    assert.equal(svg.match(/<image /g)?.length, 2);
    for (const [, target] of svg.matchAll(/(?:href|src)="([^"]*)"/g)) assert.match(target, /^(data:|#)/);
    const { layers } = await json(args);
    assert.deepEqual(layers.map(({ standardError }) => standardError), [null, null]);
  }));

Deno.test("limit: inputs and classes follow from the samples", () =>
  inFolder(async (folder) => {
    const x = Float32Array.from({ length: 6 * 5 }, (_, i) => Math.sin(i + 1));
    Deno.writeFileSync(
      `${folder}/b`,
      serialiseSafetensors([
        { name: "x", shape: [6, 5], data: x },
        { name: "y", shape: [6], data: Uint8Array.of(0, 1, 2, 0, 1, 2) },
      ]),
    );
    const args = (...rest: string[]) => [
      ...["limit", "--method", "snip", "--sparsity", "0.5", "--batch", `${folder}/b`, "--out", `${folder}/g`],
      ...["--layers", "network", "--types", "30", ...rest],
    ];
    const { network, layers } = await json(args("--classes", "3"));
    assert.deepEqual(network, {
      inputs: 5,
      classes: 3,
      hidden: 3,
      width: "infinity",
      activation: "relu",
      init: "he",
    });
    assert.deepEqual(layers.map(({ shape }) => shape), [[30, 5], [30, 30], [30, 30], [3, 30]]);
    await Deno.remove(`${folder}/g`);
    for (
      const [rest, named] of [
        [["--classes", "2"], /--classes above 2, the largest label/],
        [["--inputs", "6"], /--inputs to be 5, as in .*found 6/],
      ] as const
    ) {
      const { code, stdout, stderr } = await runCli(...args(...rest), ...cpu);
      assert.deepEqual([code, stdout, stderr.length], [2, [], 1]);
      assert.match(stderr[0], named);
      assert.deepEqual(pathsBelow(folder), [`${folder}/b`]);
    }
  }));

Deno.test("limit --order: strict at a width, finite unless given, and no finite one at n = ∞", () =>
  inFolder(async (folder) => {
    const out = `${folder}/g.safetensors`, network = { inputs: 784, hidden: 2, classes: 10, width: 64 };
    const args = [
      "limit",
      "--method",
      "grasp",
      "--sparsity",
      "0.5",
      "--hidden",
      "2",
      ...digits,
      "--types",
      "64",
    ];
    const rest = ["--repetitions", "2", "--grid", "4", "--layers", "all", "--out", out, "--width"];
    using own = await openDevice({ kind: "cpu" });
    const samples = balancedBatch(await loadDataset("digits", { seed: 0 }), 2, seedFrom(0));
    using batch = uploadBatch(own, samples.x, samples.y);
    for (const order of ["strict", "finite", undefined] as const) {
      const result = await json([...args, ...rest, "64", ...(order ? ["--order", order] : [])]);
      assert.equal(result.order, order ?? "finite");
      const expected = await limitGraphon(own, "grasp", network, {
        ...{
          sparsity: 0.5,
          batch,
          types: 64,
          grid: 4,
          outputDraws: 2,
          order: order ?? "finite",
          seed: seedFrom(0),
        },
      });
      expected.forEach(({ density }, layer) =>
        near([result.layers[layer].density], [density], 1e-5, "density")
      );
    }
    const { code, stderr } = await runCli(...args, ...rest, "infinity", "--order", "finite", ...cpu);
    assert.deepEqual([code, stderr.length], [2, 1]);
    assert.match(stderr[0], /--width with a number for --order finite/);
  }));

Deno.test("limit --cells: by area unless given, by neurons as graphon cuts the masks of such a network", () =>
  inFolder(async (folder) => {
    const out = `${folder}/g.safetensors`, network = { inputs: 20, hidden: 2, classes: 3, width: 45 };
    const sizes = ["--inputs", "20", "--classes", "3", "--hidden", "2", "--width", "45", "--types", "45"];
    const args = ["limit", "--method", "synflow", "--sparsity", "0.7", "--rounds", "5", ...sizes];
    const rest = ["--repetitions", "2", "--grid", "8", "--layers", "all", "--out", out];
    using own = await openDevice({ kind: "cpu" });
    for (const cells of ["area", "neurons", undefined] as const) {
      const result = await json([...args, ...rest, ...(cells ? ["--cells", cells] : [])]);
      assert.equal(result.cells, cells === "neurons" ? cells : undefined);
      const options = { sparsity: 0.7, rounds: 5, types: 45, grid: 8, outputDraws: 2, seed: seedFrom(0) };
      const expected = await limitGraphon(own, "synflow", network, { ...options, cells: cells ?? "area" });
      const written = tensors(out);
      expected.forEach(({ graphon }, layer) =>
        near(written.get(`graphon.${layer}`)!.values, graphon.values, 1e-6, `layer ${layer}`)
      );
    }
  }));
