import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors, type Tensor } from "@graphon-limit/data";
import { fanInMoments, StepGraphon } from "@graphon-limit/graphon";
import { mlp, redraw, REDRAWS } from "@graphon-limit/model";
import { empiricalKernel, graphonKernel } from "@graphon-limit/ntk";
import { deriveSeed, packBits, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { inFolder, pathsBelow, runCli } from "./run_cli.ts";

const FAILED = 1, BAD_USAGE = 2;
const FIELDS = [
  "trace",
  "eigenvalues",
  "energy5",
  "energy10",
  "effectiveRank",
  "spectralGap",
  "decayRate",
];

function matrix(name: string, rows: number, cols: number, value: (index: number) => number): Tensor {
  return { name, shape: [rows, cols], data: Float32Array.from({ length: rows * cols }, (_, i) => value(i)) };
}

/** A linear problem small enough for the answer to be known, and files that do not fit it. */
function writeFiles(folder: string): void {
  const write = (name: string, tensors: Tensor[]) =>
    Deno.writeFileSync(`${folder}/${name}`, serialiseSafetensors(tensors));
  const wave = (i: number) => Math.sin(3 * i + 1);
  write("weights", [matrix("a.0", 6, 4, wave), matrix("a.1", 3, 6, wave)]);
  write("masks", [matrix("a.0", 6, 4, (i) => i % 3 > 0 ? 1 : 0), matrix("a.1", 3, 6, (i) => i % 2)]);
  write("othermasks", [matrix("a.0", 5, 4, () => 1), matrix("a.1", 3, 5, () => 1)]);
  write("onemask", [matrix("a.0", 6, 4, (i) => i % 2)]);
  write("strange", [matrix("b.7", 6, 4, (i) => i % 2)]);
  write("inputs", [matrix("x", 12, 4, wave), { name: "y", shape: [12], data: new Int32Array(12) }]);
  write("onlymatrix", [matrix("samples", 12, 4, wave)]);
  write("two", [matrix("p", 2, 4, wave), matrix("q", 2, 4, wave)]);
  write("wide", [matrix("x", 2, 5, wave)]);
  write("nan", [matrix("x", 2, 4, () => NaN)]);
  write("deep", [{ name: "x", shape: [2, 2, 1, 1, 1], data: new Float32Array(4) }]);
  write("graphons", [
    matrix("graphon.0", 3, 4, () => 0.5),
    matrix("graphon.1", 3, 3, () => 0.5),
    matrix("graphon.2", 1, 3, () => 0.5),
  ]);
  write("moments", [
    matrix("graphon.0", 3, 4, () => 1.5),
    matrix("graphon.1", 3, 3, () => 1.5),
    matrix("graphon.2", 1, 3, () => 1.5),
  ]);
  write("unchained", [matrix("graphon.0", 3, 4, () => 1), matrix("graphon.1", 1, 2, () => 1)]);
  write("coarse", [matrix("graphon.0", 1, 3, () => 1)]);
  write("gap", [matrix("graphon.0", 6, 4, () => 0.5), matrix("graphon.2", 1, 6, () => 0.5)]);
  write("taps", [{ name: "graphon.0", shape: [9, 2, 4], data: new Float32Array(72) }]);
  write("negative", [matrix("graphon.0", 1, 4, () => -1)]);
}

const words = (line: string, folder: string) => line.replaceAll("FOLDER", folder).split(" ");

for (const device of ["cpu", "webgpu"]) {
  Deno.test({
    name: `ntk: the kernel of a network and its metrics, on ${device}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      inFolder(async (folder) => {
        writeFiles(folder);
        const line = `ntk --weights FOLDER/weights --masks FOLDER/masks --device ${device} --json`;
        const run = async (rest: string) => {
          const { code, stdout } = await runCli(...words(`${line} ${rest}`, folder));
          assert.equal(code, 0);
          assert.equal(stdout.length, 1);
          return JSON.parse(stdout[0]);
        };
        const kernelIn = (name: string) => {
          using file = parseSafetensors(Deno.readFileSync(`${folder}/${name}`));
          assert.deepEqual(file.tensors, [{ name: "kernel", dtype: "F32", shape: [12, 12] }]);
          return file.readFloat32("kernel");
        };
        const result = await run("--inputs FOLDER/inputs --output trace --out FOLDER/trace");
        assert.deepEqual(Object.keys(result), ["device", "size", "metrics", "seconds", "notices"]);
        assert.deepEqual(Object.keys(result.metrics), FIELDS);
        assert.deepEqual([result.device, result.size, result.metrics.eigenvalues.length], [device, 12, 10]);
        const kernel = kernelIn("trace");
        const diagonal = Array.from({ length: 12 }, (_, i) => kernel[13 * i]).reduce((a, b) => a + b);
        assert.ok(Math.abs(result.metrics.trace - diagonal) < 1e-9 * diagonal);
        const mean = new Float64Array(144);
        for (const output of [0, 1, 2]) {
          await run(`--inputs FOLDER/onlymatrix --output ${output} --out FOLDER/class`);
          kernelIn("class").forEach((value, i) => mean[i] += value / 3);
        }
        assert.ok(mean.every((value, i) => Math.abs(value - kernel[i]) < 1e-5 * Math.abs(diagonal)));
        // In the ntk parametrisation every layer is divided by its fan-in, which here makes the kernel smaller.
        const scaled = await run("--inputs FOLDER/inputs --output trace --parametrization ntk");
        assert.ok(scaled.metrics.trace < result.metrics.trace / 10);
      }),
  });
}

Deno.test("ntk: the kernel of graphons; a constant scales it by c^L or c^(L+1)", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const traces: number[] = [];
    for (const rest of ["", "--gradients variance", "--weight-variance 2"]) {
      const line = `ntk --graphons FOLDER/graphons --inputs FOLDER/inputs --device cpu --json ${rest}`.trim();
      const { code, stdout } = await runCli(...words(line, folder));
      assert.equal(code, 0);
      const { size, metrics } = JSON.parse(stdout[0]);
      assert.equal(size, 12);
      assert.deepEqual(Object.keys(metrics), FIELDS);
      traces.push(metrics.trace);
    }
    assert.ok(Math.abs(traces[1] / traces[0] - 2) < 1e-5);
    // Two hidden layers: σ_w² enters each layer's term twice.
    assert.ok(Math.abs(traces[2] / traces[0] - 4) < 1e-5);
    // Second moments that are the graphons themselves change nothing, others do.
    for (const [moments, factor] of [["graphons", 1], ["moments", 3 ** 2]] as const) {
      const line =
        `ntk --graphons FOLDER/graphons --second-moments FOLDER/${moments} --inputs FOLDER/inputs --device cpu --json`;
      const { code, stdout } = await runCli(...words(line, folder));
      assert.equal(code, 0);
      assert.ok(Math.abs(JSON.parse(stdout[0]).metrics.trace / traces[0] - factor) < 1e-5 * factor);
    }
  }));

/** The kernel that a command writes. */
async function kernelOf(folder: string, line: string): Promise<Float32Array> {
  const { code, stderr } = await runCli(...words(`${line} --device cpu --out FOLDER/kernel`, folder));
  assert.equal(code, 0, stderr.join("\n"));
  using file = parseSafetensors(Deno.readFileSync(`${folder}/kernel`));
  return file.readFloat32("kernel");
}

Deno.test("ntk --redraw: the kernel of the masks with fresh weights, with a weights file or from the masks alone", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const device = await testDevice("cpu");
    for (const law of REDRAWS) {
      using network = mlp(device, [device.matrix(6, 4), device.matrix(3, 6)].map((weight) => ({ weight })));
      const bits = [(i: number) => i % 3 > 0 ? 1 : 0, (i: number) => i % 2];
      network.weights.forEach((weight, layer) => {
        const { rows, cols } = weight;
        const mask = Uint8Array.from({ length: rows * cols }, (_, i) => bits[layer](i));
        weight.setMask(device.uploadBits(packBits(mask, rows, cols), rows, cols));
      });
      redraw(network, law, { seed: deriveSeed(seedFrom(7), 0x72656472) });
      const x = Float32Array.from({ length: 48 }, (_, i) => Math.sin(3 * i + 1));
      using inputs = device.upload(
        Float32Array.from({ length: 48 }, (_, at) => x[(at % 12) * 4 + Math.floor(at / 12)]),
        4,
        12,
      );
      using kernel = await empiricalKernel(network, inputs);
      const expected = await device.read(kernel);
      for (const weights of ["", "--weights FOLDER/weights "]) {
        const line =
          `ntk ${weights}--masks FOLDER/masks --redraw ${law} --seed 7 --inputs FOLDER/inputs --quiet`;
        assert.deepEqual(await kernelOf(folder, line), expected, law);
      }
    }
    const { stderr } = await runCli(
      ...words("ntk --masks FOLDER/masks --redraw fan-in --inputs FOLDER/inputs --device cpu", folder),
    );
    assert.ok(stderr.includes("weights drawn anew by fan-in, seed 0"), stderr.join("\n"));
  }));

Deno.test("ntk --redraw he: not the weights that prune makes with the same seed", () =>
  inFolder(async (folder) => {
    const made = `--method random --sparsity 0.5 --widths 4,6,3 --init he --seed 3 --out FOLDER/m`;
    const { code } = await runCli(
      ...words(`prune ${made} --save-weights FOLDER/w --device cpu --quiet`, folder),
    );
    assert.equal(code, 0);
    writeFiles(folder);
    const line = "ntk --weights FOLDER/w --masks FOLDER/m --inputs FOLDER/inputs --seed 3 --quiet";
    const own = await kernelOf(folder, line), fresh = await kernelOf(folder, `${line} --redraw he`);
    assert.notDeepEqual(fresh, own);
  }));

Deno.test("ntk --graphons --second-moments fan-in: V(u, v) = P(u, v) / mean_v P(u, v)", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const device = await testDevice("cpu");
    const shapes = [[3, 4], [3, 3], [1, 3]];
    const values = shapes.map(([rows, cols]) =>
      Float32Array.from({ length: rows * cols }, (_, i) => 0.1 + (i % 5) / 6)
    );
    const tensors = shapes.map((shape, l): Tensor => ({ name: `graphon.${l}`, shape, data: values[l] }));
    Deno.writeFileSync(`${folder}/graded`, serialiseSafetensors(tensors));
    const graphons = shapes.map(([rows, cols], l) =>
      new StepGraphon(rows, cols, Float64Array.from(values[l]))
    );
    const x = Float32Array.from({ length: 48 }, (_, i) => Math.sin(3 * i + 1));
    using inputs = device.upload(
      Float32Array.from({ length: 48 }, (_, at) => x[(at % 12) * 4 + Math.floor(at / 12)]),
      4,
      12,
    );
    using expected = await graphonKernel(graphons, inputs, {
      secondMoments: fanInMoments(graphons),
      weightVariance: 2,
    });
    const line =
      "ntk --graphons FOLDER/graded --second-moments fan-in --weight-variance 2 --inputs FOLDER/inputs";
    assert.deepEqual(await kernelOf(folder, line), await device.read(expected));
  }));

Deno.test("ntk: without --json a table for a reader", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const line = "ntk --weights FOLDER/weights --inputs FOLDER/inputs --device cpu --out FOLDER/kernel";
    const { code, stdout } = await runCli(...words(line, folder));
    assert.equal(code, 0);
    assert.match(stdout.join("\n"), /effectiveRank[\s\S]*eigenvalue 10[\s\S]*kernel in /);
  }));

/** Arguments, the exit code, and what the one line must name. */
const table: readonly [string, number, RegExp][] = [
  ["ntk --inputs FOLDER/inputs", BAD_USAGE, /--weights.*--graphons/],
  ["ntk --weights FOLDER/weights", BAD_USAGE, /--inputs/],
  ["ntk --graphons FOLDER/graphons --masks FOLDER/masks --inputs FOLDER/inputs", BAD_USAGE, /--masks/],
  [
    "ntk --weights FOLDER/weights --second-moments FOLDER/graphons --inputs FOLDER/inputs",
    BAD_USAGE,
    /--second-moments/,
  ],
  [
    "ntk --graphons FOLDER/graphons --second-moments FOLDER/weights --inputs FOLDER/inputs",
    FAILED,
    /graphon\.0/,
  ],
  [
    "ntk --graphons FOLDER/gap --inputs FOLDER/inputs",
    FAILED,
    /gap: expected graphon\.1, .*, but found graphon\.0, graphon\.2 \(/,
  ],
  [
    "ntk --graphons FOLDER/graphons --second-moments FOLDER/gap --inputs FOLDER/inputs",
    FAILED,
    /gap: expected graphon\.1/,
  ],
  ["ntk --graphons FOLDER/taps --inputs FOLDER/inputs", FAILED, /graphon\.0 to be a matrix.* 9 taps/],
  ["ntk --weights FOLDER/weights --gradients masked --inputs FOLDER/inputs", BAD_USAGE, /--gradients/],
  ["ntk --weights FOLDER/weights --weight-variance 2 --inputs FOLDER/inputs", BAD_USAGE, /--weight-variance/],
  ["ntk --weights FOLDER/weights --redraw he --inputs FOLDER/inputs", BAD_USAGE, /--masks with --redraw/],
  ["ntk --masks FOLDER/masks --redraw glorot --inputs FOLDER/inputs", BAD_USAGE, /he, lecun, torch, fan-in/],
  [
    "ntk --weights FOLDER/weights --masks FOLDER/othermasks --redraw he --inputs FOLDER/inputs",
    FAILED,
    /a\.0.*\[6, 4\].*\[5, 4\]/,
  ],
  ["ntk --graphons FOLDER/graphons --redraw fan-in --inputs FOLDER/inputs", BAD_USAGE, /--redraw/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/inputs --output mean", BAD_USAGE, /mean/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/inputs --output 3", FAILED, /class below 3/],
  [
    "ntk --weights FOLDER/weights --masks FOLDER/othermasks --inputs FOLDER/inputs",
    FAILED,
    /a\.0.*\[6, 4\].*\[5, 4\]/,
  ],
  ["ntk --weights FOLDER/weights --masks FOLDER/strange --inputs FOLDER/inputs", FAILED, /b\.7.*a\.0/],
  ["ntk --weights FOLDER/weights --masks FOLDER/missing --inputs FOLDER/inputs", FAILED, /missing/],
  [
    "ntk --weights FOLDER/weights --inputs FOLDER/two",
    FAILED,
    /expected a tensor "x" but found only "p", "q"/,
  ],
  ["ntk --weights FOLDER/weights --inputs FOLDER/wide", FAILED, /samples of 4 numbers.*found 5/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/nan", FAILED, /NaN/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/deep", FAILED, /2, 2, 1, 1, 1/],
  ["ntk --graphons FOLDER/weights --inputs FOLDER/inputs", FAILED, /graphon\.0/],
  ["ntk --graphons FOLDER/unchained --inputs FOLDER/inputs", FAILED, /layer 1.*1×2/],
  ["ntk --graphons FOLDER/coarse --inputs FOLDER/inputs", FAILED, /divide the 4 features/],
  ["ntk --graphons FOLDER/negative --inputs FOLDER/inputs", FAILED, /-1/],
];

Deno.test("ntk: a layer without a mask is dense, which is said, also under --quiet in JSON", () =>
  inFolder(async (folder) => {
    writeFiles(folder);
    const line =
      "ntk --weights FOLDER/weights --masks FOLDER/onemask --inputs FOLDER/inputs --device cpu --quiet";
    const { code, stdout, stderr } = await runCli(...words(`${line} --json`, folder));
    assert.deepEqual([code, stderr], [0, []]);
    assert.match(JSON.parse(stdout[0]).notices.join(), /no mask for "a\.1"; all weights there are kept/);
  }));

for (const [line, expected, named] of table) {
  Deno.test(`ntk: says in one line what is wrong: ${line}`, () =>
    inFolder(async (folder) => {
      writeFiles(folder);
      const before = pathsBelow(folder).length;
      const args = words(`${line} --out FOLDER/out --quiet --device cpu`, folder);
      const { code, stdout, stderr } = await runCli(...args);
      assert.equal(code, expected);
      assert.deepEqual(stdout, []);
      assert.equal(stderr.length, 1, stderr.join("\n"));
      assert.match(stderr[0], named);
      assert.equal(pathsBelow(folder).length, before);
    }));
}
