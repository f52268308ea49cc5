// Files as people have them (test/fixtures/cases): each gives the right numbers, computed by NumPy and PyTorch, or asks.
import assert from "node:assert/strict";
import { parseSafetensors } from "@graphon-limit/data";
import { inFolder, runCli } from "./run_cli.ts";

interface Layer {
  readonly index: number;
  readonly name: string;
  readonly density: number;
  readonly kept: number;
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** The result of a command on the cases, `IN/` standing for their folder and `OUT` for one of the test's own. */
async function json(line: string, folder = "") {
  const words = line.replaceAll("IN/", "test/fixtures/cases/").replaceAll("OUT", folder).split(" ");
  const { code, stdout, stderr } = await runCli(...words, "--device", "cpu", "--quiet", "--json");
  assert.equal(code, 0, stderr.join("\n"));
  assert.deepEqual(stderr, []);
  return JSON.parse(stdout[0]) as {
    readonly metrics: { readonly trace: number };
    readonly layers: readonly Layer[];
    readonly kept: number;
    readonly notices: readonly string[];
  };
}

/** The one line that a command fails with. */
async function failure(line: string): Promise<string> {
  const words = line.replaceAll("IN/", "test/fixtures/cases/").split(" ");
  const { code, stdout, stderr } = await runCli(...words, "--device", "cpu", "--quiet");
  assert.deepEqual([code, stdout, stderr.length], [1, [], 1], stderr.join("\n"));
  return stderr[0];
}

async function graphons(line: string) {
  const found: { layers: readonly Layer[]; notices: readonly string[] }[] = [];
  await inFolder(async (folder) => void found.push(await json(`graphon ${line} --out OUT/g`, folder)));
  return found[0];
}

async function assertTrace(line: string, expected: number): Promise<readonly string[]> {
  const { metrics, notices } = await json(`ntk ${line}`);
  assert.ok(Math.abs(metrics.trace / expected - 1) < 1e-6, `${metrics.trace} for ${expected}`);
  return notices;
}

const densities = (layers: readonly Layer[]) =>
  layers.map(({ density }) => Math.round(density * 1e4 + 1e-9) / 1e4);

Deno.test("cases: state dicts of torch.nn.utils.prune, rectangular and all square", async () => {
  for (const [name, trace] of [["rect", 0.389898994014229], ["square", 17.22208684318698]] as const) {
    const file = `IN/tprune_${name}.safetensors`;
    const inputs = `--no-bias --inputs IN/tprune_${name}_x.safetensors`;
    const notices = await assertTrace(`--weights ${file} --masks ${file} ${inputs}`, trace);
    assert.match(notices.join(), /biases are left out: .*0\.bias/);
  }
  const { layers } = await graphons("--masks IN/tprune_rect.safetensors --layers all");
  assert.deepEqual(densities(layers), [0.35, 0.1729, 0.1592, 0.1188]);
  assert.deepEqual(layers.map(({ name }) => name), [0, 2, 4, 6].map((i) => `${i}.weight`));
  await inFolder(async (folder) => {
    const line = "prune --method magnitude --sparsity 0.8 --weights IN/tprune_square.safetensors --out OUT/m";
    assert.equal((await json(line, folder)).kept, 3072 - Math.floor(0.8 * 3072));
  });
});

Deno.test("cases: pruned weights that are zero, without masks, in three types", async () => {
  for (const type of ["f32", "f16", "bf16"]) {
    const file = `IN/zeros_${type}.safetensors`, inputs = "--inputs IN/zeros_batch.safetensors";
    const { layers } = await graphons(`--masks ${file} --nonzero --layers all`);
    assert.deepEqual(densities(layers), [0.3167, 0.3012, 0.2917, 0.2875]);
    assert.deepEqual(
      await assertTrace(`--weights ${file} --masks nonzero ${inputs}`, 227.28502233495217),
      [],
    );
    const notices = await assertTrace(`--weights ${file} ${inputs}`, 791.5060450227047);
    assert.match(notices.join(), /4240 of 6048 weights \(70\.1 %\) are exactly 0.*--masks nonzero/);
    assert.match(await failure(`graphon --masks ${file} --out out/never`), /expected .*mask/);
  }
  await inFolder(async (folder) => {
    const line =
      "train --weights IN/zeros_f32.safetensors --masks nonzero --batch IN/zeros_batch.safetensors";
    await json(`${line} --steps 5 --batch-size 8 --save OUT/t`, folder);
    using file = parseSafetensors(Deno.readFileSync(`${folder}/t`));
    const weights = file.tensors.filter(({ name }) => /^fc\d\.weight$/.test(name));
    const nonzero = weights.map(({ name }) => file.readFloat32(name).filter((value) => value !== 0).length);
    assert.equal(nonzero.reduce((sum, count) => sum + count), 1808);
  });
});

Deno.test("cases: each mask of a transformer stands alone, by name", async () => {
  const { layers, notices } = await graphons("--masks IN/llama_masks.safetensors");
  assert.equal(layers.length, 14);
  assert.match(notices.join(), /all 14 layers are taken/);
  const query = layers.find(({ name }) => name === "model.layers.0.self_attn.q_proj.weight");
  assert.equal(query?.density.toFixed(4), "0.5088");
  assert.equal((await graphons("--masks IN/llama_one.safetensors")).layers.length, 1);
});

Deno.test("cases: an order that names do not tell is asked for; masks are shown by name all the same", async () => {
  const files =
    "--weights IN/order_weights.safetensors --masks IN/order_masks.safetensors --inputs IN/order_x.safetensors";
  assert.match(await failure(`ntk ${files}`), /expected --order with the 5 layers .* names do not tell/);
  const names = ["inp", "mid_one", "mid_two", "mid_three", "out"].map((name) => `${name}.weight`);
  await assertTrace(`${files} --order ${names.join()}`, 123.51280679877848);
  const shown = await graphons("--masks IN/order_masks.safetensors");
  assert.match(shown.notices.join(), /natural order of their names, though shapes allow others; --order/);
  const byName = new Map(shown.layers.map(({ name, density }) => [name, Number(density.toFixed(4))]));
  assert.deepEqual(names.slice(1, -1).map((name) => byName.get(name)), [0.1068, 0.3003, 0.6068]);
  const ordered = await graphons(`--masks IN/order_masks.safetensors --order ${names.join()}`);
  assert.deepEqual(densities(ordered.layers), [0.1068, 0.3003, 0.6068]);
  assert.equal((await graphons("--masks IN/order_vgg.safetensors")).layers.length, 4);
});

Deno.test("cases: Keras's kernels are [in, out], by name where both fit", async () => {
  const square = await graphons("--masks IN/keras_square.safetensors");
  assert.deepEqual(square.layers.map(({ deadInputs, deadOutputs }) => [deadInputs, deadOutputs]), [[0, 4], [
    0,
    4,
  ]]);
  assert.match(square.notices.join(), /layers called kernel are taken as \[in, out\]/);
  const all = await graphons("--masks IN/keras_masks.safetensors --layers all");
  assert.deepEqual(all.layers.map(({ deadInputs, deadOutputs }) => [deadInputs, deadOutputs]), [
    ...[[0, 6], [0, 4], [0, 4], [0, 0]],
  ]);
  const turned = await graphons("--masks IN/keras_square.safetensors --no-transpose");
  assert.deepEqual(turned.layers.map(({ deadInputs, deadOutputs }) => [deadInputs, deadOutputs]), [[4, 0], [
    4,
    0,
  ]]);
});

Deno.test("cases: other containers are read, or named with the way to convert them", async () => {
  for (
    const [file, expected] of [
      ["masks.npz", [0.2825, 0.3119, 0.305]],
      ["masks_c.npz", [0.2825, 0.3119, 0.305]],
      ["mask.npy", [0.3119]],
      ["mask_sparse.npz", [0.3119]],
    ] as const
  ) {
    assert.deepEqual(densities((await graphons(`--masks IN/${file} --layers all`)).layers), expected, file);
  }
  for (const file of ["masks.pt", "masks_legacy.pth"]) {
    const line = await failure(`graphon --masks IN/${file} --out out/never`);
    assert.match(line, /a PyTorch file .*in Python: import numpy, torch; .*numpy\.savez\("masks/);
  }
  assert.match(await failure("graphon --masks IN/lfs.safetensors --out out/never"), /a Git LFS pointer/);
});

Deno.test("cases: layers without a mask are dense, and masks of some layers are all shown", async () => {
  const ntk = (masks: string) =>
    `--weights IN/pm_w.safetensors --masks ${masks} --inputs IN/pm_x.safetensors`;
  assert.deepEqual(await assertTrace(ntk("IN/pm_all.safetensors"), 393.65930330319605), []);
  const notices = await assertTrace(ntk("IN/pm_hidden.safetensors"), 413.766355);
  assert.match(notices.join(), /no mask for "fc1\.weight", "fc5\.weight"; all weights there are kept/);
  const names = async (file: string) =>
    (await graphons(`--masks IN/${file}.safetensors`)).layers.map(({ name }) => name.slice(0, 3));
  assert.deepEqual(await names("pm_all"), ["fc2", "fc3", "fc4"]);
  assert.deepEqual(await names("pm_hidden"), ["fc2", "fc3", "fc4"]);
  assert.deepEqual(await names("pm_nolast"), ["fc1", "fc2", "fc3", "fc4"]);
  const told = await graphons("--masks IN/pm_hidden.safetensors --weights IN/pm_w.safetensors");
  assert.deepEqual(told.layers.map(({ index, name }) => [index, name]), [
    ...[[1, "fc2.weight"], [2, "fc3.weight"], [3, "fc4.weight"]],
  ]);
});

Deno.test("cases: a mask that is none is shown with its place", async () => {
  assert.match(
    await failure("graphon --masks IN/dt_bad_half.safetensors --layers all --out out/never"),
    /expected 0 or 1 but found 0\.5 in row \d+, column \d+ of "/,
  );
});
