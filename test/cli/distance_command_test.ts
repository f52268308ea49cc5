import assert from "node:assert/strict";
import { parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { compareGraphons, StepGraphon } from "@graphon-limit/graphon";
import { seedFrom } from "@graphon-limit/runtime";
import { inFolder, runCli } from "./run_cli.ts";

const common = ["--device", "cpu", "--quiet"];

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => inFolder(run) });
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(...args, ...common, "--json");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: [] });
  return JSON.parse(stdout[0]);
}

/** Prints one line on stderr that names what was wrong, and nothing else. */
async function fails(code: number, args: string[], ...words: string[]): Promise<void> {
  const run = await runCli(...args, ...common);
  assert.deepEqual([run.code, run.stdout, run.stderr.length], [code, [], 1]);
  for (const word of words) assert.ok(run.stderr[0].includes(word), `${word} in: ${run.stderr[0]}`);
}

function writeGraphons(path: string, graphons: Readonly<Record<string, StepGraphon>>): void {
  const tensors = Object.entries(graphons).map(([name, { rows, cols, values }]) => ({
    name,
    dtype: "F32" as const,
    shape: [rows, cols],
    data: Float32Array.from(values),
  }));
  Deno.writeFileSync(path, serialiseSafetensors(tensors));
}

const smooth = StepGraphon.from((u, v) => (1 - u) * (1 - v), 8);

test("distance: the library's numbers for every layer that both files have", async (folder) => {
  const a = `${folder}/a.safetensors`, b = `${folder}/b.safetensors`, half = StepGraphon.constant(0.5, 4);
  writeGraphons(a, { "graphon.1": smooth, "graphon.2": half, "graphon.10": half, "other": half });
  writeGraphons(b, { "graphon.2": smooth, "graphon.1": half, "graphon.3": half });
  const { layers, paths } = await json("distance", "--graphons", a, "--reference", b, "--seed", "3") as {
    layers: Record<string, unknown>[];
    paths?: number[];
  };
  assert.deepEqual(layers.map(({ index }) => index), [1, 2]);
  // The files hold float32, in which these cells are not exact.
  const stored = new StepGraphon(8, 8, Float64Array.from(Float32Array.from(smooth.values)));
  const { distances, densities } = await compareGraphons(stored, half, { seed: seedFrom(3) });
  assert.deepEqual(
    layers[0],
    JSON.parse(JSON.stringify({ index: 1, name: "layer 1", ...distances, densities })),
  );
  assert.equal(paths, undefined, "layers on different grids are no chain");

  const shown = await runCli("distance", "--graphons", a, "--reference", b, "--device", "cpu");
  assert.equal(shown.code, 0);
  assert.ok(shown.stderr.some((line) => line.includes("layers 10 of")), shown.stderr.join());
  assert.ok(shown.stderr.some((line) => line.includes("layers 3 of")), shown.stderr.join());
  assert.match(shown.stdout.join("\n"), /^layer 1 .*\n.*\ncut norm +0\.\d+ to 0\.\d+\n/);
});

test("distance --figure: both graphons of each layer and their difference, on one scale", async (folder) => {
  const a = `${folder}/a.safetensors`, b = `${folder}/b.safetensors`, figure = `${folder}/f.svg`;
  const run = ["distance", "--graphons", a, "--reference", b];
  const reference = StepGraphon.constant(0.25, 4);
  writeGraphons(a, { "graphon.0": smooth, "graphon.1": reference });
  writeGraphons(b, { "graphon.0": reference, "graphon.1": reference });
  const { stdout } = await runCli(...run, "--figure", figure, ...common);
  assert.match(stdout.join("\n"), /\nfigure in .*f\.svg$/);
  const svg = Deno.readTextFileSync(figure);
  for (const text of ["layer 0", "layer 1", "a.safetensors", "b.safetensors", "their difference"]) {
    assert.ok(svg.includes(`>${text}<`), text);
  }
  const images = [...svg.matchAll(/<image [^>]*href="(data:[^"]+)"/g)].map((match) => match[1]);
  assert.equal(images.length, 6);
  assert.equal(svg.match(/<linearGradient/g)?.length, 1);
  // The reference is the same three times; where nothing differs the difference is the scale's dark end, which is another picture.
  assert.deepEqual([images[1], images[4]], [images[3], images[3]]);
  assert.equal(new Set(images).size, 4);

  await json(...run, "--figure", `${folder}/f.png`);
  assert.deepEqual([...Deno.readFileSync(`${folder}/f.png`).subarray(0, 4)], [137, 80, 78, 71]);
  await fails(2, [...run, "--figure", `${folder}/f.pdf`], ".svg or .png", "f.pdf");
  // A file compared with itself is two columns all the same.
  await json("distance", "--graphons", a, "--reference", a, "--figure", figure);
  assert.equal(Deno.readTextFileSync(figure).match(/<image /g)?.length, 6);
});

test("distance: of a file from itself everything is 0, and paths run through all layers", async (folder) => {
  const path = `${folder}/g.safetensors`;
  writeGraphons(path, { "graphon.0": StepGraphon.constant(0.5, 8, 3), "graphon.1": smooth });
  const { layers, paths } = await json("distance", "--graphons", path, "--reference", path) as {
    layers: Record<string, number>[];
    paths: number[];
  };
  for (const layer of layers) {
    for (
      const name of ["cutNormLower", "cutNormUpper", "l1", "l2", "frobenius", "outputDegrees", "inputDegrees"]
    ) {
      assert.equal(layer[name], 0, name);
    }
  }
  assert.equal(paths[0], paths[1]);
  assert.ok(Math.abs(paths[0] - 0.5 * 0.25) < 1e-6);
});

test("distance: convolutions as graphon writes them, tap by tap, under the names of their layers", async (folder) => {
  const written = (name: string, step: number) => {
    const shapes = [[4, 1, 3, 3], [6, 4, 3, 3], [3, 24]];
    const tensors = shapes.map((shape, layer) => ({
      name: `${"abc"[layer]}.weight`,
      dtype: "U8" as const,
      shape,
      data: Uint8Array.from(
        { length: shape.reduce((a, b) => a * b) },
        (_, i) => (i * i + layer) % step < 2 ? 1 : 0,
      ),
    }));
    Deno.writeFileSync(`${folder}/${name}.masks`, serialiseSafetensors(tensors));
    return json(
      ...["graphon", "--masks", `${folder}/${name}.masks`, "--layers", "all", "--grid", "4"],
      ...["--out", `${folder}/${name}`],
    );
  };
  await written("a", 3);
  await written("b", 5);
  const run = ["distance", "--graphons", `${folder}/a`, "--reference", `${folder}/b`];
  const { layers, paths } = await json(...run, "--figure", `${folder}/f.svg`) as {
    layers: Record<string, number>[];
    paths?: number[];
  };
  assert.deepEqual(layers.map(({ index, name, taps }) => [index, name, taps]), [
    [0, "a.weight", 9],
    [1, "b.weight", 9],
    [2, "c.weight", undefined],
  ]);
  assert.equal(paths, undefined);
  const tapsOf = (name: string) => {
    using file = parseSafetensors(Deno.readFileSync(`${folder}/${name}`), name);
    const values = Float64Array.from(file.readFloat32("graphon.1"));
    return Array.from(
      { length: 9 },
      (_, tap) => new StepGraphon(4, 4, values.slice(16 * tap, 16 * tap + 16)),
    );
  };
  const taps = [tapsOf("a"), tapsOf("b")];
  const squares = taps[0].map((graphon, tap) =>
    graphon.values.reduce((sum, value, i) => sum + (value - taps[1][tap].values[i]) ** 2, 0)
  ).reduce((a, b) => a + b);
  assert.ok(Math.abs(layers[1].l2 - Math.sqrt(squares / 9 / 16)) < 1e-12);
  assert.ok(Math.abs(layers[1].frobenius - Math.sqrt(squares)) < 1e-12);
  const cuts = await Promise.all(taps[0].map((graphon, tap) => compareGraphons(graphon, taps[1][tap])));
  const cut = cuts.reduce((sum, { distances }) => sum + distances.cutNormUpper, 0) / 9;
  assert.ok(Math.abs(layers[1].cutNormUpper - cut) < 1e-12);
  const svg = Deno.readTextFileSync(`${folder}/f.svg`);
  for (const row of ["a.weight, tap 0", "b.weight, tap 8", "c.weight"]) {
    assert.ok(svg.includes(`>${row}<`), row);
  }
  const text = await runCli(...run, ...common);
  assert.match(text.stdout.join("\n"), /^layer 0, a\.weight, mean over 9 taps /);
  // Nothing tells which of other taps go together.
  writeGraphons(`${folder}/c`, { "graphon.0": smooth });
  await fails(
    1,
    [...run.slice(0, 4), `${folder}/c`],
    "c: expected graphon.0 to be of 9 taps, as in ",
    "found 1",
  );
});

test("distance: densities are from 0 to 1, but for rounding", async (folder) => {
  const a = `${folder}/a`, b = `${folder}/b`, run = ["distance", "--graphons", a, "--reference", b];
  writeGraphons(a, { "graphon.0": StepGraphon.constant(1 + 1e-6, 2) });
  for (const value of [3, 1.001, -0.5]) {
    writeGraphons(b, { "graphon.0": StepGraphon.constant(value, 2) });
    await fails(
      1,
      run,
      "b: expected graphon.0 to hold densities from 0 to 1 but found ",
      String(value).slice(0, 4),
    );
  }
  writeGraphons(b, { "graphon.0": StepGraphon.constant(-1e-6, 2) });
  await json(...run);
});

test("distance: one line about files without graphons, without shared layers, of bad shape or values", async (folder) => {
  const a = `${folder}/a.safetensors`, b = `${folder}/b.safetensors`;
  const run = ["distance", "--graphons", a, "--reference", b];
  await fails(2, ["distance", "--graphons", a], "--reference");
  await fails(1, run, a);
  writeGraphons(a, { "graphon.1": smooth });
  writeGraphons(b, { "graphon.2": smooth });
  await fails(1, run, "layer 1", "layer 2", a, b);
  writeGraphons(b, { weights: smooth });
  await fails(1, run, b, "graphon.0, graphon.1, …", "weights");
  // Of a layer that is there under two names, one would be taken.
  writeGraphons(b, { "graphon.01": smooth });
  await fails(1, run, b, "graphon.01");
  writeGraphons(b, { "graphon.1": StepGraphon.constant(NaN) });
  await fails(1, run, b, "graphon.1", "NaN");
  Deno.writeFileSync(
    b,
    serialiseSafetensors([{ name: "graphon.1", dtype: "F32", shape: [2], data: new Float32Array(2) }]),
  );
  await fails(1, run, b, "graphon.1", "[2]");
});

test("graphon --estimator: every estimator writes its graphons and says what it chose", async (folder) => {
  const masks = `${folder}/masks.safetensors`, out = `${folder}/g.safetensors`;
  const network = ["--widths", "30,60,60,10", "--init", "he"];
  await json("prune", "--method", "magnitude", "--sparsity", "0.6", ...network, "--out", masks);
  const chosen: Record<string, string[]> = {
    sas: [],
    "sas-tv": ["weight", "estimatedRisk"],
    sba: ["outputBlocks", "inputBlocks", "nats"],
    usvt: ["threshold", "rank"],
    neighbourhood: ["outputNeighbours", "inputNeighbours"],
  };
  for (const name of Object.keys(chosen)) {
    const { estimator, layers } = await json(
      ...["graphon", "--masks", masks, "--out", out, "--grid", "16", "--layers", "all", "--estimator", name],
    ) as { estimator: string; layers: Record<string, unknown>[] };
    assert.equal(estimator, name);
    for (const { diagnostics = {} } of layers) {
      assert.deepEqual(Object.keys(diagnostics as object), chosen[name]);
    }
    using file = parseSafetensors(Deno.readFileSync(out), out);
    assert.deepEqual(file.tensors.map(({ name }) => name).sort(), ["graphon.0", "graphon.1", "graphon.2"]);
    for (const { name, shape } of file.tensors) {
      assert.deepEqual(shape, [16, 16]);
      const mean = file.readFloat32(name).reduce((sum, value) => sum + value, 0) / 256;
      const { density } = layers.find(({ index }) => name === `graphon.${index}`) as { density: number };
      assert.ok(Math.abs(mean - density) < 0.05, `${estimator}, ${name}: mean ${mean}, density ${density}`);
    }
  }
  const text = await runCli("graphon", "--masks", masks, "--out", out, "--estimator", "usvt", ...common);
  assert.match(text.stdout.join("\n"), /\nlayer 1: threshold \d+\.\d+, rank 1\n/);
  await fails(
    2,
    ["graphon", "--masks", masks, "--out", out, "--estimator", "best"],
    "--estimator",
    "usvt",
    "best",
  );
});

test("distance: layers of one number that are called otherwise are said to be", async (folder) => {
  const half = new Float32Array(4).fill(0.5), paths = ["a", "b"].map((name) => `${folder}/${name}`);
  const tensors = [0, 1].map((index) => ({ name: `graphon.${index}`, shape: [2, 2], data: half }));
  for (const [at, names] of [["q", "k\x1b[2J"], ["q", "v"]].entries()) {
    const metadata = Object.fromEntries(names.map((name, index) => [`graphon.${index}`, name]));
    Deno.writeFileSync(paths[at], serialiseSafetensors(tensors, metadata));
  }
  const { notices, layers } = await json("distance", "--graphons", paths[0], "--reference", paths[1]);
  assert.equal((layers as unknown[]).length, 2);
  assert.deepEqual((notices as string[]).map((line) => line.replace(/k.*?\[2J/, "k")), [
    "layers are compared by their numbers, though 1 of 2 are called otherwise: graphon.1 is k and, in the reference, v",
  ]);
});
