// What users add by the public API alone, from modules outside the packages, used end to end. Each is under sixty lines.
import assert from "node:assert/strict";
import fc from "fast-check";
import { generateDigits, parseSafetensors } from "@graphon-limit/data";
import {
  axis,
  chain,
  initialise,
  linear,
  Network,
  sgd,
  uploadBatch,
  vectorShape,
  Weight,
} from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { magnitude, prune, snip } from "@graphon-limit/pruners";
import { FolderStore } from "@graphon-limit/study";
import { type Device, popCount, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { train, training } from "@graphon-limit/training";
import { inFolder, runCli } from "../cli/run_cli.ts";
import { testStage } from "../model/stages/harness.ts";
import { somePositions } from "../model/stages/stage_case.ts";
import { dimension, elementSeed, normalMatrix, output, testOp } from "../ops/harness.ts";
import { onBothDevices } from "../runtime/support.ts";
import { networkParams, openTestLab } from "../study/support.ts";
import { study } from "./dead_neurons.ts";
import { halfSquare } from "./half_square.ts";
import { rowNorms } from "./row_norms.ts";
import { sparseEvolution } from "./sparse_evolution.ts";

Deno.test("outside: every module is under sixty lines and imports the packages by name alone", () => {
  const folder = new URL(".", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) {
    if (name.endsWith("_test.ts")) continue;
    const source = Deno.readTextFileSync(new URL(name, folder));
    assert.ok(source.split("\n").length < 60, name);
    for (const [, from] of source.matchAll(/from "([^"]+)"/g)) {
      assert.match(from, /^@graphon-limit\/\w+$/, name);
    }
  }
});

testStage(
  "a stage of one's own, half the square",
  (size) =>
    fc.record({ rows: size, positions: somePositions }).map(({ rows, positions }) => ({
      stage: {
        parameters: [],
        place: halfSquare,
        shape: (input) => input,
        apply: (x) => ({ ...x, data: x.data.map((value) => value.times(value).scaled(0.5)) }),
        extend: () => [],
      },
      input: { rows, positions },
    })),
);

/** Two layers with half the square between. */
function quadraticNetwork(device: Device, [inputs, hidden, outputs]: readonly number[]): Network {
  const random = new RandomSequence(4), axes = [inputs, hidden, outputs].map((size, i) => axis(`${i}`, size));
  const stages = [0, 1].map((layer) => {
    const rows = axes[layer + 1].size, cols = axes[layer].size;
    const values = Float32Array.from({ length: rows * cols }, () => random.normal() / Math.sqrt(cols));
    return linear(
      new Weight(device.upload(values, rows, cols), {
        ...{ name: `${layer}.weight`, output: axes[layer + 1], input: axes[layer] },
      }),
    );
  });
  return new Network(device, chain([stages[0], halfSquare(), stages[1]]), vectorShape(inputs), {
    ...{ kind: "quadratic", activation: "linear", parametrization: "standard" },
  });
}

onBothDevices(
  "a stage of one's own: a network of it is pruned, trained, and has a tangent kernel,",
  async (device) => {
    const { images, labels } = generateDigits({ count: 60 });
    using network = quadraticNetwork(device, [784, 20, 10]);
    using data = uploadBatch(device, images, labels);
    const { kept } = await prune(network, snip, { sparsity: 0.8, batch: data, seed: seedFrom(0) });
    assert.equal(kept[0] + kept[1], (784 * 20 + 20 * 10) / 5);
    using kernel = await empiricalKernel(network, data.inputs);
    assert.ok((await device.read(kernel)).every(Number.isFinite));
    const { losses } = await train(network, data, {
      ...{ steps: 60, batchSize: 60, optimiser: sgd(), learningRate: 0.01 },
    });
    assert.ok(losses[59] < losses[0] / 2, `${losses[0]} to ${losses[59]}`);
  },
);

testOp(rowNorms, {
  cases: fc.record({ rows: dimension, cols: dimension, seed: elementSeed }).map(({ rows, cols, seed }) => ({
    args: { x: normalMatrix(seed, rows, cols), y: output(rows, 1) },
  })),
  tolerance: { absolute: 1e-6, relative: 1e-5 },
});

for (const module of ["row_share", "band"]) {
  Deno.test(`a method of one's own, ${module}: prunes and converges from the command line`, () =>
    inFolder(async (folder) => {
      const path = `test/outside/${module}.ts`, common = ["--device", "cpu", "--quiet", "--json"];
      const pruned = await runCli(
        ...["prune", "--method", path, "--sparsity", "0.75", "--widths", "40,32,24,10", "--init", "he"],
        ...["--out", `${folder}/masks`, ...common],
      );
      assert.equal(pruned.code, 0, pruned.stderr.join());
      const { kept, total } = JSON.parse(pruned.stdout[0]);
      assert.equal(kept, total / 4);
      using file = parseSafetensors(Deno.readFileSync(`${folder}/masks`));
      const ones = file.tensors.map(({ name }) => file.readUint8(name).reduce((sum, bit) => sum + bit, 0));
      assert.equal(ones.reduce((sum, count) => sum + count), kept);
      const converged = await runCli(
        ...[
          "converge",
          "--methods",
          `random,${path}`,
          "--widths",
          "16",
          "--reference",
          "32",
          "--trials",
          "2",
        ],
        ...["--hidden", "2", "--grid", "8", "--dataset", "digits", "--out", `${folder}/c`, ...common],
      );
      assert.equal(converged.code, 0, converged.stderr.join());
      const { rows } = JSON.parse(converged.stdout[0]);
      assert.deepEqual([...new Set(rows.map(({ method }: { method: string }) => method))], [
        "random",
        module.replace("_", "-"),
      ]);
    }));
}

Deno.test("a method of one's own that builds its masks keeps to a quota", () =>
  inFolder(async (folder) => {
    const common = ["--widths", "40,32,24,10", "--init", "he", "--device", "cpu", "--quiet", "--json"];
    const layersOf = async (...words: string[]) => {
      const { code, stdout, stderr } = await runCli("prune", ...words, ...common);
      assert.equal(code, 0, stderr.join());
      return JSON.parse(stdout[0]).layers.map(({ kept }: { kept: number }) => kept);
    };
    const erk = await layersOf("--method", "erk", "--sparsity", "0.8", "--out", `${folder}/erk`);
    const words = ["--method", "test/outside/band.ts", "--quota-from", `${folder}/erk`];
    assert.deepEqual(await layersOf(...words, "--out", `${folder}/band`), erk);
  }));

onBothDevices(
  "a mask rule of one's own: as many weights, other ones, and removed ones exactly zero,",
  async (device) => {
    using network = initialise(device, [784, 24, 10], "he", { seed: seedFrom(1) });
    await prune(network, magnitude, { sparsity: 0.9, seed: seedFrom(1) });
    const { images, labels } = generateDigits({ count: 100 });
    using data = uploadBatch(device, images, labels);
    const bits = () => Promise.all(network.weights.map(({ mask }) => device.readBits(mask!)));
    const count = (words: Uint32Array) => words.reduce((sum, word) => sum + popCount(word), 0);
    const before = await bits(), rewired: number[] = [], losses: number[] = [];
    const options = { steps: 40, batchSize: 50, optimiser: sgd(), learningRate: 0.1 };
    for await (const event of training(network, data, { ...options, rule: sparseEvolution(10, 0.3) })) {
      losses.push(...event.losses);
      if (event.rewired) rewired.push(event.step);
    }
    assert.deepEqual(rewired, [10, 20, 30]);
    assert.ok(losses[39] < losses[0] / 2, `${losses[0]} to ${losses[39]}`);
    const after = await bits();
    assert.deepEqual(after.map(count), before.map(count));
    assert.notDeepEqual(after, before);
    for (const [layer, { matrix, cols }] of network.weights.entries()) {
      const values = await device.read(matrix), words = after[layer], perRow = Math.ceil(cols / 32);
      const kept = (at: number) =>
        (words[Math.floor(at / cols) * perRow + ((at % cols) >>> 5)] >>> (at % cols & 31)) & 1;
      assert.ok(values.every((value, at) => value === 0 || kept(at) === 1), `layer ${layer}`);
    }
  },
);

Deno.test("a study of one's own: computed once, found again, and more where more is asked", () =>
  inFolder(async (folder) => {
    const ask = async (trials: number) => {
      using lab = await openTestLab({ store: new FolderStore(folder) });
      const { method: _method, sparsity: _sparsity, trial: _trial, ...network } = networkParams(lab, {
        width: 40,
      });
      let missing = -1;
      const question = { network, methods: ["random", "magnitude", "snip"], sparsities: [0.5, 0.95], trials };
      const shares = await study(lab, question, { onStart: (count) => missing = count });
      return { shares, missing };
    };
    const first = await ask(2);
    assert.equal(first.missing, 12);
    for (const [half, few] of first.shares) assert.ok(half < 0.1 && few >= half, `${first.shares}`);
    assert.ok(first.shares[0][1] > 0.1, "random masks of so few weights leave neurons without any");
    assert.deepEqual(await ask(2), { ...first, missing: 0 });
    assert.equal((await ask(3)).missing, 6);
  }));

Deno.test("outside: a module that is no method is refused in one line", () =>
  inFolder(async (folder) => {
    const { code, stderr } = await runCli(
      ...[
        "prune",
        "--method",
        "test/outside/row_norms.ts",
        "--sparsity",
        "0.5",
        "--widths",
        "4,4",
        "--init",
        "he",
      ],
      ...["--out", `${folder}/m`, "--device", "cpu", "--quiet"],
    );
    assert.equal(code, 1);
    assert.equal(stderr.length, 1);
    assert.match(stderr[0], /row_norms\.ts.*default/);
  }));
