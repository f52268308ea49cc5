import assert from "node:assert/strict";
import { balancedBatch, generateDigits, parseSafetensors, serialiseSafetensors } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

const network = ["--widths", "784,48,40,10", "--init", "he"];
const common = ["--device", "cpu", "--quiet", "--json"];

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => inFolder(run) });
}

/** Runs a command that must work and print one line of JSON and nothing else. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(...args, ...common);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: [] });
  assert.equal(stdout.length, 1);
  return JSON.parse(stdout[0]);
}

function tensors(path: string): Map<string, { dtype: string; shape: readonly number[]; bytes: Uint8Array }> {
  using file = parseSafetensors(Deno.readFileSync(path), path);
  return new Map(
    file.tensors.map(({ name, dtype, shape }) => [name, { dtype, shape, bytes: file.readBytes(name) }]),
  );
}

test("prune: writes U8 masks under the weights' names and says what it kept", async (folder) => {
  const out = `${folder}/masks.safetensors`;
  const result = await json("prune", "--method", "magnitude", "--sparsity", "0.75", ...network, "--out", out);
  const total = 784 * 48 + 48 * 40 + 40 * 10;
  assert.deepEqual(Object.keys(result), [
    "method",
    "sparsity",
    "scope",
    "device",
    "asked",
    "kept",
    "ties",
    "total",
    "threshold",
    "layers",
    "seconds",
    "notices",
  ]);
  assert.equal(result.method, "magnitude");
  assert.deepEqual([result.asked, result.ties, result.notices], [result.kept, 1, []]);
  assert.equal(result.total, total);
  assert.equal(result.kept, total - Math.floor(0.75 * total));
  assert.ok((result.threshold as number) > 0);
  const written = tensors(out);
  const layers = result.layers as { name: string; shape: number[]; kept: number; density: number }[];
  assert.deepEqual(layers.map(({ name }) => name), [...written.keys()].sort());
  for (const { name, shape, kept, density } of layers) {
    const { dtype, shape: stored, bytes } = written.get(name)!;
    assert.equal(dtype, "U8");
    assert.deepEqual([...stored], shape);
    assert.equal(bytes.reduce((sum, bit) => sum + bit, 0), kept);
    assert.equal(density, kept / (shape[0] * shape[1]));
  }
});

test("prune: saved weights give the same masks again, byte for byte, and so does the same seed", async (folder) => {
  const weights = `${folder}/w.safetensors`,
    masks = ["a", "b", "c"].map((name) => `${folder}/${name}.safetensors`);
  const method = ["prune", "--method", "snip", "--sparsity", "0.9", "--dataset", "digits"];
  await json(...method, ...network, "--save-weights", weights, "--out", masks[0]);
  await json(...method, ...network, "--out", masks[1]);
  await json(...method, "--weights", weights, "--out", masks[2]);
  const [a, b, c] = masks.map((path) => Deno.readFileSync(path));
  assert.deepEqual(a, b);
  assert.deepEqual(a, c);
  const other = `${folder}/d.safetensors`;
  await json(...method, ...network, "--seed", "1", "--out", other);
  assert.notDeepEqual(a, Deno.readFileSync(other));
});

test("prune: reads a batch file with 64-bit labels, prunes in rounds, by layer", async (folder) => {
  const { x, y, count, dimension } = balancedBatch(generateDigits({ count: 300 }), 3, 0);
  Deno.writeFileSync(
    `${folder}/batch.safetensors`,
    serialiseSafetensors([
      { name: "x", shape: [count, dimension], data: x },
      { name: "y", shape: [count], data: BigInt64Array.from(y, BigInt) },
    ]),
  );
  const result = await json(
    ...["prune", "--method", "snip", "--sparsity", "0.9", "--scope", "layer", "--rounds", "2"],
    ...[...network, "--batch", `${folder}/batch.safetensors`, "--out", `${folder}/m.safetensors`],
  );
  assert.equal(result.threshold, null);
  for (const layer of result.layers as { kept: number; shape: number[]; threshold: number }[]) {
    const entries = layer.shape[0] * layer.shape[1];
    assert.equal(layer.kept, entries - Math.floor(0.9 * entries));
    assert.equal(typeof layer.threshold, "number");
  }
});

test("prune: loads a pruner from a module", async (folder) => {
  Deno.writeTextFileSync(
    `${folder}/mine.ts`,
    "export default ({ network }) => network.weights.map(({ rows, cols }) => Float32Array.from({ length: rows * cols }, (_, i) => i));",
  );
  const out = `${folder}/m.safetensors`;
  const result = await json(
    ...[
      "prune",
      "--method",
      `${folder}/mine.ts`,
      "--sparsity",
      "0.5",
      "--scope",
      "layer",
      ...network,
      "--out",
      out,
    ],
  );
  assert.equal(result.method, `${folder}/mine.ts`);
  const { bytes } = tensors(out).get("layers.2.weight")!;
  assert.deepEqual([...bytes], Array.from({ length: 400 }, (_, i) => i < 200 ? 0 : 1));
});

test("graphon: writes [K, K] tensors, hidden layers or all, and figures as SVG and PNG", async (folder) => {
  const masks = `${folder}/masks.safetensors`, out = `${folder}/g.safetensors`;
  await json("prune", "--method", "random", "--sparsity", "0.6", ...network, "--out", masks);
  const hidden = await json(
    "graphon",
    "--masks",
    masks,
    "--out",
    out,
    "--grid",
    "16",
    "--figure",
    `${folder}/g.png`,
  );
  assert.deepEqual([...tensors(out).keys()], ["graphon.1"]);
  const [layer] = hidden.layers as Record<string, number>[];
  assert.deepEqual(Object.keys(layer), [
    "index",
    "name",
    "density",
    "min",
    "max",
    "deadInputs",
    "deadOutputs",
  ]);
  assert.ok(Math.abs(layer.density - 0.4) < 0.05);
  assert.deepEqual([...Deno.readFileSync(`${folder}/g.png`).subarray(1, 4)], [
    ...new TextEncoder().encode("PNG"),
  ]);

  await json(
    ...[
      "graphon",
      "--masks",
      masks,
      "--out",
      out,
      "--grid",
      "8",
      "--layers",
      "all",
      "--figure",
      `${folder}/g.svg`,
    ],
  );
  const all = tensors(out);
  assert.deepEqual([...all.keys()].sort(), ["graphon.0", "graphon.1", "graphon.2"]);
  for (const { dtype, shape } of all.values()) assert.deepEqual([dtype, ...shape], ["F32", 8, 8]);
  assert.match(Deno.readTextFileSync(`${folder}/g.svg`), /<svg/);
});

test("converge: writes its table, histograms, figures and report", async (folder) => {
  const out = `${folder}/run`;
  const { rows } = await json(
    ...["converge", "--methods", "random,synflow", "--widths", "20,30", "--reference", "40", "--hidden", "2"],
    ...["--trials", "2", "--rounds", "3", "--grid", "8", "--dataset", "digits", "--out", out],
  ) as { rows: Record<string, number | string>[] };
  assert.deepEqual(rows.map(({ method, width }) => `${method} ${width}`), [
    ...["random 20", "random 30", "random 40", "synflow 20", "synflow 30", "synflow 40"],
  ]);
  for (const row of rows) {
    assert.equal(row.layer, 1);
    assert.equal(row.trials, 2);
    for (const name of ["distance", "noiseFloor", "debiased", "limitDistance"]) {
      assert.equal(typeof row[name], "number");
    }
  }
  const files = [...Deno.readDirSync(out)].map(({ name }) => name).sort();
  assert.deepEqual(files, [
    ...[
      "convergence.csv",
      "convergence.json",
      "convergence.svg",
      "heatmaps.svg",
      "histograms.npz",
      "limit.svg",
      "report.html",
      "tasks",
    ],
  ]);
  const report = Deno.readTextFileSync(`${out}/report.html`);
  // One heat map per method and width and one of each method's limit, embedded pictures.
  const heatMaps = report.match(/data:image\/png/g) ?? [];
  assert.ok(heatMaps.length >= 8, `${heatMaps.length} heat maps`);
  assert.doesNotMatch(report, /(src|href)="https?:/);
  assert.equal(Deno.readTextFileSync(`${out}/convergence.csv`).trim().split("\n").length, 7);
});

for (const device of ["cpu", "webgpu"]) {
  Deno.test({
    name: `doctor: every op agrees with its twin, and memory is planned (${device})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const { code, stdout } = await runCli(
        "doctor",
        "--device",
        device,
        "--quiet",
        "--json",
        "--widths",
        "100,10000",
      );
      assert.equal(code, 0);
      const { device: info, backend, ops, memory, passed } = JSON.parse(stdout[0]);
      assert.deepEqual([info.kind, backend], [device, device === "cpu" ? null : "deno"]);
      for (const op of ops) assert.deepEqual(Object.keys(op).sort(), ["difference", "name", "passed"]);
      assert.equal(passed, true);
      assert.ok(ops.length > 20);
      assert.deepEqual(memory.map(({ width }: { width: number }) => width), [100, 10000]);
      assert.ok(memory[1].total > 2 * 3e8 * 4);
    },
  });
}

Deno.test("help: every command shows an example and exits with 0", async () => {
  for (
    const command of [
      "doctor",
      "prune",
      "graphon",
      "distance",
      "converge",
      "ntk",
      "train",
      "reproduce",
      "demo",
    ]
  ) {
    const child = new Deno.Command("deno", {
      args: ["task", "-q", "cli", command, "--help"],
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout } = await child.output();
    assert.equal(code, 0);
    assert.match(new TextDecoder().decode(stdout), /Examples?:\n {2}deno task (cli )?/);
  }
});
