/// <reference lib="dom" />
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  balancedBatch,
  generateDigits,
  serialiseNpz,
  serialiseSafetensors,
  type Tensor,
} from "@graphon-limit/data";
import { RandomSequence } from "@graphon-limit/runtime";
import type { Page } from "playwright-core";
import { expectAccessible } from "../../browser/accessible.ts";
import { testPage, waitForText } from "./support.ts";

const VIEW = "view=own&device=cpu&sparsity=0.8&seed=3&layer=1";

const FINDING = /keeps [\d.]+ % of its [\d,]+ weights/;

/** A chain of weights on digits, and masks of it. */
const WIDTHS = [784, 48, 48, 10];

function layers(
  draw: (random: RandomSequence, fanIn: number) => number,
): { shape: number[]; values: number[] }[] {
  const random = new RandomSequence(7);
  return WIDTHS.slice(1).map((rows, l) => ({
    shape: [rows, WIDTHS[l]],
    values: Array.from({ length: rows * WIDTHS[l] }, () => draw(random, WIDTHS[l])),
  }));
}

const weights = layers((random, fanIn) => (2 * random.uniform() - 1) * Math.sqrt(6 / fanIn));
const masks = layers((random) => random.uniform() < 0.3 ? 1 : 0);

const WEIGHTS = serialiseSafetensors(weights.map(({ shape, values }, l): Tensor => ({
  name: `fc${l + 1}.weight`,
  shape,
  data: Float32Array.from(values),
})));
const MASKS = serialiseNpz(
  masks.map(({ shape, values }, l) =>
    [`fc${l + 1}.weight_mask`, { shape, data: Uint8Array.from(values) }] as const
  ),
);

interface File {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Gives files to the page by its button. */
async function choose(page: Page, ...files: readonly File[]): Promise<void> {
  await page.waitForSelector("#own-files");
  await page.setInputFiles(
    "#own-files",
    files.map(({ name, bytes }) => ({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(bytes),
    })),
  );
}

/** Drops files on the page, as a reader does with a mouse. */
async function drop(page: Page, ...files: readonly File[]): Promise<void> {
  await page.waitForSelector("#own-files");
  const given = await page.evaluateHandle(
    (files) => {
      const transfer = new DataTransfer();
      for (const { name, bytes } of files) transfer.items.add(new File([Uint8Array.from(bytes)], name));
      return transfer;
    },
    files.map(({ name, bytes }) => ({ name, bytes: [...bytes] })),
  );
  await page.dispatchEvent(".drop", "drop", { dataTransfer: given });
}

/** Milliseconds in which Chromium saves ten files of a page at the most; it drops the eleventh without a word. */
const BURST_MS = 1000;

/** What the browser saves when a button is pressed. */
async function saved(page: Page, button: string): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await Deno.readFile(await download.path()) };
}

/** Runs a command on files of these names; the one that it writes. */
async function command(files: readonly File[], ...args: readonly string[]): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    for (const { name, bytes } of files) await Deno.writeFile(`${folder}/${name}`, bytes);
    const { success, stderr } = await new Deno.Command("deno", {
      args: ["task", "-q", "cli", ...args.map((arg) => arg.replace("FOLDER", folder)), "--device", "cpu"],
      stderr: "piped",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return await Deno.readFile(`${folder}/out.safetensors`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testPage(
  "masks that are dropped have the command’s graphons, byte for byte",
  { query: VIEW },
  async (explorer) => {
    const { page, asked } = explorer, file = { name: "masks.npz", bytes: MASKS };
    await page.waitForSelector("#own-files");
    await page.waitForLoadState("networkidle");
    const loaded = asked.length;
    await drop(page, file);
    const finding = await waitForText(page, ".finding", FINDING);
    const ones = masks[1].values.reduce((sum, bit) => sum + bit, 0);
    assert.match(finding, new RegExp(`^fc2\\.weight keeps ${Number((100 * ones / 2304).toPrecision(3))} %`));
    const graphons = await saved(page, "Download all graphons (safetensors)");
    const expected = await command(
      [file],
      ...["graphon", "--masks", "FOLDER/masks.npz", "--layers", "all", "--out", "FOLDER/out.safetensors"],
    );
    assert.deepEqual(graphons.bytes, expected);
    assert.deepEqual(asked.slice(loaded).filter((address) => !address.startsWith("blob:")), []);
  },
);

testPage("weights that are chosen are pruned as the command prunes them, byte for byte", {
  query: `${VIEW}&method=grasp`,
}, async ({ page }) => {
  const file = { name: "weights.safetensors", bytes: WEIGHTS };
  await choose(page, file);
  await waitForText(page, ".finding", FINDING);
  await waitForText(page, ".notes", /no samples were dropped: scored on 10 of each class of the digits/);
  const prune = ["prune", "--weights", "FOLDER/weights.safetensors", "--out", "FOLDER/out.safetensors"];
  const options = ["--sparsity", "0.8", "--seed", "3"];
  const expected = await command([file], ...prune, ...options, "--method", "grasp", "--dataset", "digits");
  assert.deepEqual((await saved(page, "Download all masks (safetensors)")).bytes, expected);
});

testPage(
  "masks of convolutions have the command’s graphons, tap by tap",
  { query: VIEW },
  async ({ page }) => {
    const random = new RandomSequence(4);
    const mask = (...shape: number[]) => ({
      shape,
      data: Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform() < 0.3 ? 1 : 0),
    });
    const bytes = serialiseNpz([["conv1_mask", mask(16, 3, 3, 3)], ["conv2_mask", mask(32, 16, 3, 3)]]);
    const file = { name: "convolutions.npz", bytes };
    await choose(page, file);
    await waitForText(page, ".finding", /^conv2 keeps/);
    const graphons = await saved(page, "Download all graphons (safetensors)");
    const args = ["graphon", "--masks", "FOLDER/convolutions.npz", "--layers", "all"];
    assert.deepEqual(graphons.bytes, await command([file], ...args, "--out", "FOLDER/out.safetensors"));
  },
);

/** Images and labels as MNIST's files have them. */
function idxFiles(): File[] {
  const { images, labels, count } = generateDigits({ count: 300, seed: 11, normalise: "none" });
  const header = (type: number, ...sizes: number[]) => {
    const bytes = new Uint8Array(4 + 4 * sizes.length), view = new DataView(bytes.buffer);
    bytes.set([0, 0, type, sizes.length]);
    sizes.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
    return bytes;
  };
  const pixels = Uint8Array.from(images, (pixel) => Math.round(255 * pixel));
  return [
    { name: "t10k-images-idx3-ubyte", bytes: header(8, count, 28, 28) },
    { name: "t10k-labels-idx1-ubyte", bytes: header(8, count) },
  ].map(({ name, bytes }, at) => ({ name, bytes: concatenated(bytes, at === 0 ? pixels : labels) }));
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

testPage("images and labels take the digits’ place, as prune --data-dir reads them", {
  query: `${VIEW}&method=snip&width=48&depth=2`,
}, async ({ page }) => {
  const images = idxFiles(), file = { name: "weights.safetensors", bytes: WEIGHTS };
  await choose(page, ...images);
  await waitForText(page, ".finding", /^layers\.1\.weight keeps/);
  await waitForText(page, ".notes", /10 of each class of mnist are scored on, 100 of 300 images/);
  const data = ["--dataset", "mnist", "--data-dir", "FOLDER", "--method", "snip", "--sparsity", "0.8"];
  const out = ["--seed", "3", "--out", "FOLDER/out.safetensors"];
  const drawn = await command(images, "prune", "--widths", "784,48,48,10", "--init", "he", ...data, ...out);
  assert.deepEqual((await saved(page, "Download all masks (safetensors)")).bytes, drawn);
  await choose(page, file);
  await waitForText(page, ".finding", /^fc2\.weight keeps/);
  const own = await command(
    [...images, file],
    "prune",
    "--weights",
    "FOLDER/weights.safetensors",
    ...data,
    ...out,
  );
  assert.deepEqual((await saved(page, "Download all masks (safetensors)")).bytes, own);
});

testPage("samples of one’s own are scored on", { query: `${VIEW}&method=snip` }, async ({ page }) => {
  const { x, y, count } = balancedBatch(generateDigits({ count: 200, seed: 5 }), 3, 1);
  const samples = {
    name: "samples.npz",
    bytes: serialiseNpz([["x", { data: x, shape: [count, 784] }], ["y", { data: y, shape: [count] }]]),
  };
  const file = { name: "weights.safetensors", bytes: WEIGHTS };
  await choose(page, file, samples);
  await waitForText(page, ".finding", FINDING);
  const expected = await command(
    [file, samples],
    ...[
      "prune",
      "--weights",
      "FOLDER/weights.safetensors",
      "--batch",
      "FOLDER/samples.npz",
      "--method",
      "snip",
    ],
    ...["--sparsity", "0.8", "--seed", "3", "--out", "FOLDER/out.safetensors"],
  );
  assert.deepEqual((await saved(page, "Download all masks (safetensors)")).bytes, expected);
});

testPage("what is ambiguous is asked, and what is no tensor is said", {
  query: `${VIEW}&method=snip`,
}, async ({ page }) => {
  const square = { shape: [784, 784], data: Float32Array.from({ length: 784 ** 2 }, (_, i) => Math.sin(i)) };
  await choose(page, {
    name: "two.npz",
    bytes: serialiseNpz([["attn.weight", square], ["b.weight", square]]),
  });
  await waitForText(
    page,
    ".question p",
    /^two\.npz: expected --order with the 2 layers .* names do not tell, but found none/,
  );
  await page.getByRole("button", { name: "Take attn.weight, b.weight" }).click();
  await page.waitForFunction(() =>
    new URLSearchParams(location.search).get("order") === "attn.weight,b.weight"
  );
  await waitForText(page, ".finding", /^b\.weight keeps/);
  await page.getByRole("button", { name: "Remove all files" }).click();
  await choose(page, { name: "model.pt", bytes: Uint8Array.of(0x80, 2, 0x7d) });
  await waitForText(
    page,
    ".files td",
    /model\.pt: expected a safetensors, NPZ or NPY file but found a Python pickle/,
  );
  await choose(page, { name: "a.npz", bytes: MASKS }, { name: "b.npz", bytes: MASKS });
  await waitForText(page, ".question p", /^Expected one file of masks but found a\.npz, b\.npz$/);
  await page.getByRole("button", { name: "Take b.npz" }).click();
});

testPage(
  "every figure is saved, with its numbers and where they are from",
  { query: VIEW },
  async ({ page }) => {
    await choose(page, { name: "masks.npz", bytes: MASKS });
    await waitForText(page, ".finding", FINDING);
    await page.waitForSelector(".chart svg");
    const captions = await page.locator(".downloads:not([hidden])").evaluateAll((bars) =>
      bars.map((bar) => bar.getAttribute("aria-label")!.replace(/^Download: /, ""))
    );
    assert.equal(captions.length, 3);
    for (const caption of captions) {
      const text = async (kind: string) =>
        new TextDecoder().decode((await saved(page, `Download as ${kind}: ${caption}`)).bytes);
      assert.match(await text("SVG"), /^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      const png = await saved(page, `Download as PNG: ${caption}`);
      assert.match(png.name, /^(the-mask|the-mask-s-graphon|degree-profiles)\.png$/);
      assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
      const table = (await text("CSV")).trimEnd().split("\n");
      assert.ok(table.length > 40 && table[0].includes(","), table[0]);
      const { caption: told, provenance } = JSON.parse(await text("JSON"));
      assert.equal(told, caption);
      assert.equal(provenance.address, page.url());
      assert.equal(provenance.state.seed, "3");
      await page.waitForTimeout(BURST_MS);
    }
  },
);

for (const colours of ["light", "dark"] as const) {
  testPage(`what is dropped is shown accessibly, ${colours} and narrow`, {
    ...{ query: VIEW, colours, width: colours === "dark" ? 360 : 1280 },
  }, async ({ page }) => {
    await page.waitForSelector("#own-files");
    await expectAccessible(page);
    await choose(page, { name: "weights.safetensors", bytes: WEIGHTS });
    await waitForText(page, ".finding", FINDING);
    await page.waitForSelector(".chart svg");
    await expectAccessible(page);
    const [across, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(across <= room, `${across} pixels across on a page of ${room}`);
  });
}
