import assert from "node:assert/strict";
import { openTensors, serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

// Weights that are looked at one by one, whatever they are weights of: no flag says how signals run through them.

const ALONE = ["magnitude", "random", "erk", "uniform"];

/** The convolutions and the head of a network as torchvision calls them, which follow one another. */
const CHAIN: Readonly<Record<string, readonly number[]>> = {
  "classifier.weight": [10, 8],
  "features.0.weight": [4, 3, 3, 3],
  "features.3.weight": [8, 4, 3, 3],
};

/** Kernels of every rank, in groups and on their own, and what no layer needs. */
const MIXED: Readonly<Record<string, readonly number[]>> = {
  "wave.conv.weight": [6, 5, 7],
  "wave.conv.bias": [6],
  "depthwise.weight": [12, 1, 3, 5],
  "pointwise.weight": [8, 12, 1, 1],
  "volume.weight": [4, 3, 2, 3, 2],
  "attention.in_proj_weight": [24, 8],
  "norm.weight": [8],
  "norm.running_mean": [8],
  "word_embeddings.weight": [30, 8],
  "head.weight": [3, 8],
};

const WEIGHTS = Object.keys(MIXED).filter((name) => MIXED[name].length > 1 && !name.startsWith("word"))
  .sort();

function product(extents: readonly number[]): number {
  return extents.reduce((all, extent) => all * extent, 1);
}

/** Numbers of which no two have one magnitude, larger in some layers than in others. */
function tensorsOf(shapes: Readonly<Record<string, readonly number[]>>): Tensor[] {
  return Object.entries(shapes).map(([name, shape], layer) => ({
    name,
    shape,
    data: Float32Array.from(
      { length: product(shape) },
      (_, i) => (1 + layer / 3) * Math.sin(1.7 * i + layer),
    ),
  }));
}

function masksIn(path: string): Map<string, { shape: readonly number[]; bits: Uint8Array }> {
  using file = openTensors(path);
  return new Map(file.tensors.map(({ name, shape }) => [name, { shape, bits: file.readUint8(name) }]));
}

interface Layer {
  readonly name: string;
  readonly kept: number;
}

interface Distance {
  readonly a: string;
  readonly b: string;
  readonly l2: number;
  readonly cutNormHigh: number;
  readonly noiseFloor: number;
}

interface Result {
  readonly kept: number;
  readonly layers: readonly Layer[];
  readonly notices: readonly string[];
  readonly masks: readonly { name: string; layers: readonly Layer[]; kernel: null; loss: null }[];
  readonly distances: readonly Distance[];
}

async function run(...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await runCli(...args, "--device", "cpu", "--json", "--quiet");
  assert.equal(code, 0, stderr.join("\n"));
  return JSON.parse(stdout[0]);
}

function prune(weights: string, method: string, out: string, ...more: string[]): Promise<Result> {
  return run(
    ...["prune", "--weights", weights, "--method", method, "--sparsity", "0.6", "--out", out, ...more],
  );
}

/** Which weights are among the largest of all of some tensors, found by sorting. */
function largest(tensors: readonly Tensor[], keep: number): Map<string, Uint8Array> {
  const all = tensors.flatMap(({ name, data }) =>
    Array.from(data as Float32Array, (value, at) => ({ name, at, size: Math.abs(value) }))
  ).sort((a, b) => b.size - a.size);
  const masks = new Map(tensors.map(({ name, data }) => [name, new Uint8Array(data.length)]));
  for (const { name, at } of all.slice(0, keep)) masks.get(name)![at] = 1;
  return masks;
}

for (const method of ALONE) {
  Deno.test(`prune --method ${method}: of convolutions in a chain, masks are those of --network cnn`, () =>
    inFolder(async (folder) => {
      const [weights, alone, known] = ["w", "alone", "known"].map((name) => `${folder}/${name}`);
      Deno.writeFileSync(weights, serialiseSafetensors(tensorsOf(CHAIN)));
      const { layers } = await prune(weights, method, alone);
      await prune(weights, method, known, "--network", "cnn", "--image", "3,4,4");
      assert.deepEqual(Deno.readFileSync(alone), Deno.readFileSync(known));
      assert.deepEqual(
        new Map([...masksIn(alone)].map(([name, { shape }]) => [name, shape])),
        new Map(Object.entries(CHAIN)),
      );
      assert.equal(layers.length, 3);
      // As many in each layer as these masks keep.
      const { layers: again } = await run(
        ...["prune", "--weights", weights, "--method", "random", "--quota-from", alone, "--out", known],
      );
      assert.deepEqual(again.map(({ kept }) => kept), layers.map(({ kept }) => kept));
    }));
}

Deno.test("prune: kernels of every rank under their own names and shapes, what no layer needs left alone", () =>
  inFolder(async (folder) => {
    const tensors = tensorsOf(MIXED), weights = `${folder}/w`, out = `${folder}/m`;
    Deno.writeFileSync(weights, serialiseSafetensors(tensors));
    const total = WEIGHTS.reduce((sum, name) => sum + product(MIXED[name]), 0);
    const keep = total - Math.floor(0.6 * total);
    for (const method of ALONE) {
      const { kept, notices } = await prune(weights, method, out);
      assert.equal(kept, keep, method);
      const shapes = [...masksIn(out)].map(([name, { shape }]) => [name, shape]);
      assert.deepEqual(shapes.sort(), WEIGHTS.map((name) => [name, MIXED[name]]));
      const left = notices.find((line) => line.includes("left alone")) ?? "";
      for (const name of ["norm.weight", "norm.running_mean", "word_embeddings.weight"]) {
        assert.ok(left.includes(name), left);
      }
    }
    await prune(weights, "magnitude", out);
    const expected = largest(tensors.filter(({ name }) => WEIGHTS.includes(name)), keep);
    for (const [name, { bits }] of masksIn(out)) assert.deepEqual(bits, expected.get(name), name);
  }));

Deno.test("prune --method erk: a kernel's extents are among the ends of a layer, whatever its rank", () =>
  inFolder(async (folder) => {
    const weights = `${folder}/w`, names = WEIGHTS;
    Deno.writeFileSync(weights, serialiseSafetensors(tensorsOf(MIXED)));
    const { layers } = await run(
      ...["prune", "--weights", weights, "--method", "erk", "--sparsity", "0.9", "--out", `${folder}/m`],
    );
    const kept = new Map(layers.map(({ name, kept }) => [name, kept]));
    const ends = names.map((name) => MIXED[name].reduce((sum, extent) => sum + extent, 0));
    const total = names.reduce((sum, name) => sum + product(MIXED[name]), 0);
    const keep = total - Math.floor(0.9 * total), sum = ends.reduce((all, end) => all + end, 0);
    names.forEach((name, layer) => {
      const share = keep * ends[layer] / sum;
      assert.ok(share < product(MIXED[name]), "no layer is full here");
      assert.ok(Math.abs(kept.get(name)! - share) < 1, `${name}: ${kept.get(name)} of ${share}`);
    });
  }));

Deno.test("prune: masks of convolutions that are stored [height, width, in, out] are written so", () =>
  inFolder(async (folder) => {
    const stored = { "conv/kernel": [3, 2, 4, 5], "dense/kernel": [5, 7] }, tensors = tensorsOf(stored);
    const weights = `${folder}/w`, out = `${folder}/m`;
    Deno.writeFileSync(weights, serialiseSafetensors(tensors));
    const { kept } = await prune(weights, "magnitude", out);
    const expected = largest(tensors, kept);
    for (const [name, { shape, bits }] of masksIn(out)) {
      assert.deepEqual([shape, bits], [
        tensors.find((tensor) => tensor.name === name)!.shape,
        expected.get(name),
      ]);
    }
  }));

Deno.test("prune, train, ntk: what runs signals says which convolution, and what would do", () =>
  inFolder(async (folder) => {
    Deno.writeFileSync(`${folder}/chain`, serialiseSafetensors(tensorsOf(CHAIN)));
    Deno.writeFileSync(`${folder}/mixed`, serialiseSafetensors(tensorsOf(MIXED)));
    const x = { name: "x", shape: [2, 48], data: new Float32Array(96) };
    Deno.writeFileSync(
      `${folder}/b`,
      serialiseSafetensors([x, { name: "y", shape: [2], data: new Uint8Array(2) }]),
    );
    const network = /; --network \(cnn, resnet, vit or a module\) says how signals run/;
    const methods = /; random, magnitude, uniform, erk look at each weight alone and need no signals$/;
    const convolution = /expected matrices, .* but found the convolution "features\.0\.weight"; --network/;
    const pruned = (
      method: string,
      file: string,
    ) => ["prune", "--method", method, "--sparsity", "0.5", "--weights", `${folder}/${file}`];
    const samples = ["--batch", `${folder}/b`];
    const refused: [string[], RegExp[]][] = [
      [[...pruned("synflow", "chain")], [convolution, network, methods]],
      [[...pruned("snip", "chain"), ...samples], [convolution, network, methods]],
      [[...pruned("grasp", "chain"), ...samples], [convolution, network, methods]],
      [[...pruned("synflow", "mixed")], [network, methods]],
      [[...pruned("snip", "mixed"), ...samples], [network, methods]],
      [["train", "--weights", `${folder}/chain`, ...samples, "--steps", "1"], [convolution, network]],
      [["ntk", "--weights", `${folder}/chain`, "--inputs", `${folder}/b`], [convolution, network]],
    ];
    for (const [args, patterns] of refused) {
      const { code, stdout, stderr } = await runCli(
        ...args,
        "--out",
        `${folder}/out`,
        "--device",
        "cpu",
        "--quiet",
      );
      assert.deepEqual([code, stdout, stderr.length], [1, [], 1], `${args}: ${stderr.join("\n")}`);
      for (const pattern of patterns) assert.match(stderr[0], pattern);
    }
    // What needs no signals reads no samples either, and says so.
    const { notices } = await run(...pruned("magnitude", "chain"), ...samples, "--out", `${folder}/out`);
    assert.ok(notices.some((line) => line.includes("--batch and --dataset are left unread")));
  }));

for (const [kind, shapes] of Object.entries({ "a chain of convolutions": CHAIN, "all kinds": MIXED })) {
  Deno.test(`compare: masks of ${kind} alone, and what more would need`, () =>
    inFolder(async (folder) => {
      const weights = `${folder}/w`, masks = `${folder}/m`;
      Deno.writeFileSync(weights, serialiseSafetensors(tensorsOf(shapes)));
      await prune(weights, "magnitude", masks);
      const compare = [
        "compare",
        "--weights",
        weights,
        "--masks",
        `mine=${masks}`,
        "--methods",
        "magnitude,erk",
      ];
      const out = ["--controls", "none", "--grid", "3", "--out", `${folder}/report`];
      const { masks: found, distances, notices } = await run(...compare, ...out);
      assert.deepEqual(found.map(({ name }) => name), ["mine", "magnitude", "erk"]);
      const kept = [...masksIn(masks)].map(([name, { bits }]) => ({
        name,
        kept: bits.reduce((sum, bit) => sum + bit, 0),
      }));
      for (const { layers, kernel, loss } of found.slice(0, 2)) {
        assert.deepEqual(layers.map(({ name, kept }) => ({ name, kept })), kept);
        assert.deepEqual([kernel, loss], [null, null]);
      }
      const [twins, others] = ["magnitude", "erk"].map((name) =>
        distances.filter(({ a, b }) => a === "mine" && b === name)
      );
      assert.deepEqual(twins.map(({ l2, cutNormHigh }) => [l2, cutNormHigh]), kept.map(() => [0, 0]));
      assert.equal(others.length, kept.length);
      assert.ok(others.every(({ l2, noiseFloor }) => l2 > 0 && noiseFloor >= 0));
      assert.ok(notices.some((line) => line.includes("masks are compared alone")), notices.join("\n"));
      const refused = [
        [1, ["--dataset", "digits"], /without --batch and --dataset masks are compared alone$/],
        [2, ["--train-steps", "3"], /^error: Expected --batch or --dataset with --train-steps/],
      ] as const;
      for (const [expected, more, line] of refused) {
        const { code, stderr } = await runCli(...compare, ...more, ...out, "--device", "cpu", "--quiet");
        assert.deepEqual([code, stderr.length], [expected, 1], stderr.join("\n"));
        assert.match(stderr[0], line);
      }
    }));
}

Deno.test("graphon: the taps of kernels of every rank have places of their own in a figure", () =>
  inFolder(async (folder) => {
    const masks = `${folder}/m`;
    const shapes = [[6, 5, 3], [6, 5, 1, 2], [2, 3, 2, 1, 2]];
    Deno.writeFileSync(
      masks,
      serialiseSafetensors(shapes.map((shape, layer) => ({
        name: `conv${layer}`,
        shape,
        data: Uint8Array.from({ length: product(shape) }, (_, i) => i % 2),
      }))),
    );
    await run(
      ...["graphon", "--masks", masks, "--layers", "all", "--grid", "2", "--out", `${folder}/g`],
      ...["--figure", `${folder}/g.svg`],
    );
    const drawn = Deno.readTextFileSync(`${folder}/g.svg`);
    for (const tap of ["tap 2", "tap 0,1", "tap 1,0,1"]) assert.ok(drawn.includes(tap), tap);
  }));

Deno.test("weights, masks: a file of graphons is none, unless an order says that it is meant", () =>
  inFolder(async (folder) => {
    const graphons = `${folder}/g`;
    Deno.writeFileSync(
      graphons,
      serialiseSafetensors([[6, 4], [3, 6]].map((shape, layer) => ({
        name: `graphon.${layer}`,
        shape,
        data: Float32Array.from({ length: product(shape) }, (_, i) => 1 / (i + 2)),
      }))),
    );
    const prune = ["prune", "--method", "magnitude", "--sparsity", "0.5", "--weights", graphons];
    for (
      const [args, what] of [
        [[...prune, "--out", `${folder}/m`], "weights"],
        [["train", "--weights", graphons, "--dataset", "digits", "--steps", "1"], "weights"],
        [["graphon", "--masks", graphons, "--out", `${folder}/o`], "masks"],
      ] as const
    ) {
      const { code, stderr } = await runCli(...args, "--device", "cpu", "--quiet");
      assert.equal(code, 1);
      assert.match(stderr.join("\n"), new RegExp(`/g: expected ${what} but found graphons, graphon\\.0`));
    }
    await run(...prune, "--order", "graphon.0,graphon.1", "--out", `${folder}/m`);
  }));
