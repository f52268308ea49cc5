/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import assert from "node:assert/strict";
import { parseSafetensors } from "@graphon-limit/data";
import type { Page } from "playwright-core";
import { expectAccessible } from "../../browser/accessible.ts";
import { testPage, waitForSetting, waitForText } from "./support.ts";

/** A small network, so that everything comes at once. */
const SMALL = "view=masks&method=snip&width=64&depth=2&sparsity=0.8&seed=3&layer=1";

const FINDING = /noise floors from its limit\.$/;

testPage(
  "a mask and its limit are drawn, and the finding is a sentence",
  { query: SMALL },
  async ({ page }) => {
    const words = await waitForText(page, ".words", /keep no weight/);
    assert.match(words, /^Hidden layer 1 keeps [\d.]+ % of its 4,096 weights;/);
    const finding = await waitForText(page, ".finding", FINDING);
    const [, floors] = /^SNIP at 80 %: hidden layer 1, 64 wide, is ([\d.]+) noise floors/.exec(finding) ?? [];
    assert.ok(Number(floors) > 0.5 && Number(floors) < 3, finding);
    assert.match(await page.locator("#device").innerText(), /CPU, \d+ threads?, .*no WebGPU adapter answers/);
    assert.ok(await inked(page) > 0.05);
    await page.waitForSelector(".chart svg[aria-label]");
  },
);

/** The share of the mask's canvas that is not paper. */
function inked(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("canvas.bits")!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] < 200) dark++;
    return dark / (data.length / 4);
  });
}

testPage(
  "each control changes the address and the picture, and back restores",
  { query: SMALL },
  async ({ page }) => {
    const words = () => page.locator(".words").innerText();
    const changes = async (name: string, value: string, change: () => Promise<unknown>) => {
      const before = await words();
      await change();
      await page.waitForFunction(
        ([name, value]) => new URLSearchParams(location.search).get(name) === value,
        [name, value],
      );
      await page.waitForFunction(
        (before) => document.querySelector(".words")!.textContent !== before,
        before,
      );
    };
    await waitForText(page, ".words", /keep no weight/);
    await changes(
      "method",
      "magnitude",
      () => page.getByLabel("Method", { exact: true }).selectOption("Magnitude"),
    );
    await changes("sparsity", "0.81", () => page.getByLabel("Sparsity", { exact: true }).press("ArrowRight"));
    await changes("width", "96", () => page.getByLabel("Width", { exact: true }).press("ArrowRight"));
    await changes(
      "layer",
      "2",
      () => page.getByLabel("Layer shown", { exact: true }).selectOption({ index: 2 }),
    );
    await changes("depth", "1", () => page.getByLabel("Hidden layers", { exact: true }).press("ArrowLeft"));
    await waitForSetting(page, "layer", "1");
    await changes("seed", "7", async () => {
      await page.getByLabel("Seed", { exact: true }).fill("7");
      await page.getByLabel("Seed", { exact: true }).press("Enter");
    });
    await changes("seed", "3", () => page.goBack());
    await changes("depth", "2", () => page.goBack());
    await changes("depth", "1", () => page.goForward());
    await page.reload();
    await waitForText(page, ".words", /^The output layer keeps/);
    assert.equal(await page.getByLabel("Method", { exact: true }).inputValue(), "magnitude");
  },
);

testPage("what an address says that cannot be is said", {
  query: "view=masks&method=snap&width=64&depth=99&sparsity=0.8&seed=3&layer=1&colour=red",
}, async ({ page }) => {
  const text = await page.locator("#notices").innerText();
  assert.match(text, /Expected method to be one of random, .* but found “snap”; snip is shown/);
  assert.match(text, /Expected depth to be a whole number from 1 to 8 but found “99”; 3 is shown/);
  assert.match(text, /Expected view, device, .* in the address but found “colour”/);
  await waitForText(page, ".words", /keep no weight/);
});

testPage(
  "once it is loaded the page asks the network for nothing",
  { query: SMALL },
  async ({ page, asked }) => {
    await waitForText(page, ".finding", FINDING);
    await page.waitForSelector(".chart svg");
    const loaded = asked.length;
    await page.context().setOffline(true);
    await page.getByLabel("Method", { exact: true }).selectOption("GraSP");
    await waitForText(page, ".finding", /^GraSP/);
    await page.getByRole("button", { name: /Play/ }).click();
    await waitForText(page, ".finding", /128 wide/);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".chart svg").length === 2);
    assert.deepEqual(asked.slice(loaded), []);
  },
);

testPage("it is accessible, with little motion, in the dark, on a phone", {
  ...{ query: SMALL, colours: "dark", still: true, width: 360 },
}, async ({ page }) => {
  await waitForText(page, ".finding", FINDING);
  await page.waitForSelector(".chart svg");
  await expectAccessible(page);
  const [across, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(across <= room, `${across} pixels across on a page of ${room}`);
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
});

testPage(
  "it is accessible in the light, and the mask is zoomed by keys",
  { query: SMALL },
  async ({ page }) => {
    await waitForText(page, ".finding", FINDING);
    await expectAccessible(page);
    await page.locator("canvas.bits").focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("+");
    await waitForText(page, ".readout", /^19 × 19 weights, from output 23, input 23$/);
    await page.keyboard.press("ArrowRight");
    await waitForText(page, ".readout", /input 25$/);
    await page.keyboard.press("0");
    await waitForText(page, ".readout", /^The whole mask: 64 outputs × 64 inputs$/);
  },
);

/** Asks a worker of the page's own, as the page does. */
function ask(page: Page, device: string, name: string, params: unknown): Promise<{
  rows: number;
  cols: number;
  words: number[];
  outputOrder: number[];
  inputOrder: number[];
}> {
  return page.evaluate(async ([device, name, params]) => {
    const worker = new Worker("./worker.js", { type: "module" });
    try {
      return await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => {
          if (data.kind === "failed" || data.kind === "refused") reject(new Error(data.failure.message));
          if (data.kind !== "answer") return;
          const { rows, cols, words, outputOrder, inputOrder } = data.result;
          resolve({
            ...{ rows, cols },
            ...{ words: [...words], outputOrder: [...outputOrder], inputOrder: [...inputOrder] },
          });
        };
        worker.postMessage({ kind: "open", device });
        worker.postMessage({ kind: "ask", id: 1, name, params });
      });
    } finally {
      worker.terminate();
    }
  }, [device, name, params] as const);
}

/** The mask that a picture shows, in the neurons' own order, a byte for each weight. */
function bytesOf(
  { rows, cols, words, outputOrder, inputOrder }: Awaited<ReturnType<typeof ask>>,
): Uint8Array {
  const bytes = new Uint8Array(rows * cols), perRow = Math.ceil(cols / 32);
  outputOrder.forEach((row, i) =>
    inputOrder.forEach((column, j) => {
      bytes[row * cols + column] = words[i * perRow + (j >>> 5)] >>> (j & 31) & 1;
    })
  );
  return bytes;
}

/** The command's masks of the same networks. */
async function commandMasks(methods: readonly string[]): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>(), folder = await Deno.makeTempDir();
  try {
    for (const method of methods) {
      const out = `${folder}/${method}.safetensors`;
      const { success, stderr } = await new Deno.Command("deno", {
        args: [
          ...["task", "-q", "cli", "prune", "--device", "cpu", "--method", method, "--sparsity", "0.8"],
          ...["--widths", "784,64,64,10", "--init", "he", "--seed", "3", "--out", out],
          // What reads no data needs none drawn.
          ...(method === "snip" ? ["--dataset", "digits"] : []),
        ],
        stderr: "piped",
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const tensor = parseSafetensors(await Deno.readFile(out)).readUint8("layers.1.weight");
      found.set(method, tensor);
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testPage("the same seed gives the command's mask, byte for byte", { query: SMALL }, async ({ page }) => {
  for (const [method, expected] of await commandMasks(["snip", "synflow"])) {
    const params = { method, width: 64, hidden: 2, sparsity: 0.8, seed: 3, layer: 1 };
    assert.deepEqual(bytesOf(await ask(page, "cpu", "masks/picture", params)), expected, method);
  }
});

testPage("with a software adapter WebAssembly is taken, unless the address says otherwise", {
  ...{ query: SMALL, webgpu: true },
}, async ({ page }) => {
  await waitForText(page, "#device", /CPU, .*\(only a software adapter answers\)/);
  const params = { method: "magnitude", width: 64, hidden: 2, sparsity: 0.8, seed: 3, layer: 1 };
  const [cpu, gpu] = [
    await ask(page, "cpu", "masks/picture", params),
    await ask(page, "webgpu", "masks/picture", params),
  ];
  assert.deepEqual(gpu, cpu);
});

testPage("without isolation it works on one thread", { query: SMALL, isolated: false }, async ({ page }) => {
  await waitForText(page, "#device", /CPU, 1 thread, /);
  await waitForText(page, ".finding", FINDING);
});

testPage("without WebGPU an address that wants it is told so, and where to go", {
  query: `${SMALL}&device=webgpu`,
}, async ({ page }) => {
  await waitForText(page, "#device", /No WebGPU adapter answers/);
  await page.getByRole("link", { name: "Compute without a GPU" }).click();
  await waitForText(page, ".words", /keep no weight/);
});

testPage("a long computation is shown, and given up for what is wanted next", {
  query: "view=masks&method=synflow&width=512&depth=3&sparsity=0.8&seed=3&layer=1",
}, async ({ page }) => {
  await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 0) > 0);
  await page.getByLabel("Method", { exact: true }).selectOption("Magnitude");
  await waitForText(page, ".finding", /^Magnitude/);
});
