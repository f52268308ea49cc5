import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors, type Tensor } from "@graphon-limit/data";
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
  write("onemask", [matrix("a.0", 6, 4, () => 1)]);
  write("inputs", [matrix("x", 12, 4, wave), { name: "y", shape: [12], data: new Int32Array(12) }]);
  write("onlymatrix", [matrix("samples", 12, 4, wave)]);
  write("two", [matrix("p", 2, 4, wave), matrix("q", 2, 4, wave)]);
  write("wide", [matrix("x", 2, 5, wave)]);
  write("nan", [matrix("x", 2, 4, () => NaN)]);
  write("cube", [{ name: "x", shape: [2, 2, 2], data: new Float32Array(8) }]);
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
        assert.deepEqual(Object.keys(result), ["device", "size", "metrics", "seconds"]);
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
  ["ntk --weights FOLDER/weights --gradients masked --inputs FOLDER/inputs", BAD_USAGE, /--gradients/],
  ["ntk --weights FOLDER/weights --weight-variance 2 --inputs FOLDER/inputs", BAD_USAGE, /--weight-variance/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/inputs --output mean", BAD_USAGE, /mean/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/inputs --output 3", FAILED, /class below 3/],
  ["ntk --weights FOLDER/weights --masks FOLDER/othermasks --inputs FOLDER/inputs", FAILED, /a\.0.*6×4.*5×4/],
  ["ntk --weights FOLDER/weights --masks FOLDER/onemask --inputs FOLDER/inputs", FAILED, /2 layers.*found 1/],
  ["ntk --weights FOLDER/weights --masks FOLDER/missing --inputs FOLDER/inputs", FAILED, /missing/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/two", FAILED, /one 2-D tensor but found 2/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/wide", FAILED, /4 columns.*found 5/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/nan", FAILED, /NaN/],
  ["ntk --weights FOLDER/weights --inputs FOLDER/cube", FAILED, /2, 2, 2/],
  ["ntk --graphons FOLDER/weights --inputs FOLDER/inputs", FAILED, /graphon\.0/],
  ["ntk --graphons FOLDER/unchained --inputs FOLDER/inputs", FAILED, /layer 1.*1×2/],
  ["ntk --graphons FOLDER/coarse --inputs FOLDER/inputs", FAILED, /divide the 4 features/],
  ["ntk --graphons FOLDER/negative --inputs FOLDER/inputs", FAILED, /-1/],
];

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
