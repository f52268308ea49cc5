import assert from "node:assert/strict";
import { serialiseSafetensors } from "@graphon-limit/data";
import { idxFile } from "../data/support.ts";
import { finish, start } from "./cli_process.ts";
import { filesBelow, inFolder } from "./run_cli.ts";

/** No backend that Deno has goes by this name, so that no adapter answers, whatever the machine. */
const NO_ADAPTER = { DENO_WEBGPU_BACKEND: "webgpu" };

const network = ["--widths", "784,24,16,10", "--init", "he", "--sparsity", "0.5"];

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test(`command line: ${name}`, () => inFolder(run));
}

test("with --json stdout holds the result alone, notices go to stderr", async (folder) => {
  const images = Uint8Array.from({ length: 30 * 784 }, (_, i) => (i * 37) % 256);
  Deno.writeFileSync(`${folder}/t10k-images-idx3-ubyte`, idxFile([30, 28, 28], images));
  Deno.writeFileSync(
    `${folder}/t10k-labels-idx1-ubyte`,
    idxFile([30], Array.from({ length: 30 }, (_, i) => i % 10)),
  );
  const { code, stdout, stderr } = await finish(start([
    ...["prune", "--method", "snip", ...network, "--dataset", "mnist", "--data-dir", folder],
    ...["--samples-per-class", "3", "--out", `${folder}/m.safetensors`, "--json", "--device", "cpu"],
  ]));
  assert.equal(code, 0, stderr.join("\n"));
  assert.equal(stdout.length, 1);
  assert.equal(JSON.parse(stdout[0]).kept, JSON.parse(stdout[0]).total / 2);
  assert.equal(stderr.length, 3, stderr.join("\n"));
  assert.match(stderr[0], /^device: CPU/);
  assert.match(stderr[1], /no training files; training on .*t10k-images-idx3-ubyte$/);
  assert.match(stderr[2], /^mnist: pixels normalised by mean 0.1307 and deviation 0.3081$/);
});

test("a pruner of the user's own, named by a relative path; what it throws is its own fault", async (folder) => {
  Deno.writeTextFileSync(
    `${folder}/my_pruner.ts`,
    `export default {
      name: "checkerboard",
      score: ({ network }: { network: { weights: { rows: number; cols: number }[] } }) =>
        network.weights.map(({ rows, cols }) => Float32Array.from({ length: rows * cols }, (_, i) => i % 2)),
    };`,
  );
  Deno.writeTextFileSync(
    `${folder}/broken.ts`,
    `export default { name: "broken", score() { throw new TypeError("odd\\nthing"); } };`,
  );
  const common = [...network, "--device", "cpu", "--out", "m.safetensors"];
  const [good, bad] = await Promise.all([
    finish(start(["prune", "--method", "./my_pruner.ts", "--json", ...common], { cwd: folder })),
    finish(start(["prune", "--method", "./broken.ts", "--quiet", ...common, "--out", "b"], { cwd: folder })),
  ]);
  assert.equal(good.code, 0, good.stderr.join("\n"));
  const { method, kept, total } = JSON.parse(good.stdout[0]);
  assert.deepEqual([method, kept], ["checkerboard", total / 2]);
  assert.equal(bad.code, 1);
  assert.deepEqual(bad.stdout, []);
  assert.deepEqual(bad.stderr, ['error: The pruner "./broken.ts" failed: odd\\nthing']);
  assert.deepEqual(filesBelow(folder).sort(), [
    ...["broken.ts", "m.safetensors", "my_pruner.ts"].map((name) => `${folder}/${name}`),
  ]);
});

test("without an adapter --device webgpu is one line that says what to do", async (folder) => {
  const { code, stdout, stderr } = await finish(
    start(["graphon", "--masks", `${folder}/m`, "--out", `${folder}/g`, "--device", "webgpu"], {
      env: NO_ADAPTER,
    }),
  );
  assert.deepEqual([code, stdout, stderr.length], [1, [], 1]);
  assert.match(stderr[0], /^error: No WebGPU adapter answers; install .* or use --device cpu$/);
  assert.deepEqual(filesBelow(folder), []);
});

test("without an adapter the demonstration says so in one line and ends well within 90 s", async () => {
  const out = `out/test-demo-${Deno.pid}`;
  try {
    const { code, stdout, stderr } = await finish(
      start(["--out", out, "--json"], { task: "demo", env: NO_ADAPTER }),
    );
    assert.equal(code, 0, stderr.join("\n"));
    assert.equal(stderr.filter((line) => /^device: CPU.*no WebGPU adapter answers/.test(line)).length, 1);
    assert.ok(stderr.every((line) => /^(device|tasks): /.test(line)), stderr.join("\n"));
    assert.equal(stdout.length, 1);
    const { rows, seconds } = JSON.parse(stdout[0]) as {
      rows: { method: string; width: number }[];
      seconds: number;
    };
    assert.ok(seconds < 90, `${seconds} s`);
    const methods = new Set(rows.map(({ method }) => method)),
      widths = new Set(rows.map(({ width }) => width));
    assert.deepEqual([...methods], ["random", "magnitude", "snip", "grasp", "synflow"]);
    assert.deepEqual([widths.size, rows.length], [3, 15]);
    const report = Deno.readTextFileSync(`${out}/report.html`);
    assert.equal(
      report.match(/data:image\/png/g)?.length,
      20,
      "a heat map for each method and width, and of each limit",
    );
    assert.ok(filesBelow(out).every((path) => !path.endsWith(".tmp")));
  } finally {
    await Deno.remove(out, { recursive: true }).catch(() => {});
  }
});

test("weights whose names PyTorch gives keep their natural order", async (folder) => {
  // Alphabetically layers.10 comes before layers.2; all are 4×4, so that only the order tells them apart.
  const layers = [0, 2, 10];
  Deno.writeFileSync(
    `${folder}/w.safetensors`,
    serialiseSafetensors(layers.flatMap((layer, index) => [
      { name: `layers.${layer}.bias`, shape: [4], data: new Float32Array(4) },
      { name: `layers.${layer}.weight`, shape: [4, 4], data: new Float32Array(16).fill(index + 1.5) },
    ])),
  );
  const { code, stdout, stderr } = await finish(start([
    ...["prune", "--method", "magnitude", "--sparsity", "0.34", "--weights", `${folder}/w.safetensors`],
    ...["--out", `${folder}/m.safetensors`, "--device", "cpu", "--json"],
  ]));
  assert.equal(code, 0, stderr.join("\n"));
  assert.deepEqual(
    JSON.parse(stdout[0]).layers.map(({ name, kept }: { name: string; kept: number }) => [name, kept]),
    [["layers.0.weight", 0], ["layers.2.weight", 16], ["layers.10.weight", 16]],
  );
  assert.deepEqual(stderr.slice(1), [
    "no path leads from inputs to outputs: layer layers.0.weight keeps no weight",
  ]);
});
