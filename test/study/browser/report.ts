/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { heatMapGrid } from "../../../packages/figures/heat_map.ts";
import { linePlot } from "../../../packages/figures/line_plot.ts";
import { renderSvg } from "../../../packages/figures/render.ts";
import { renderReport } from "../../../packages/study/report/html.ts";
import { expectAccessible } from "../../browser/accessible.ts";
import { browserWith } from "../../browser/browsers.ts";

const SIZES = [20, 10];

/** Two maps whose entries say where they are: `size` times the row, and the column. */
const grid = await renderSvg(
  heatMapGrid({
    cells: SIZES.map((size) => ({
      row: "snip",
      column: `n = ${size}`,
      values: Array.from({ length: size * size }, (_, index) => index / (size * size - 1)),
      size,
    })),
    xLabel: "inputs",
    yLabel: "outputs, by degree",
    domain: [0, 1],
    cellWidth: 200,
  }),
  { theme: "adaptive" },
);
const plot = await renderSvg(
  linePlot({ series: [{ name: "snip", x: [1, 2], y: [1, 2] }], xLabel: "step", yLabel: "loss" }),
  { theme: "adaptive" },
);
const html = renderReport({
  title: "A report",
  provenance: {},
  sections: [{
    id: "a",
    title: "Maps",
    figures: [{ id: "maps", svg: grid, caption: "Maps." }, { id: "other", svg: grid, caption: "The same." }, {
      id: "plot",
      svg: plot,
      caption: "A plot.",
    }],
  }],
});

/** What a report says in a browser, where nothing goes wrong. */
function testReport(name: string, body: (page: Page) => Promise<void>): void {
  Deno.test({
    name: `report: ${name}`,
    // The browser outlives the test that starts it.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const path = await Deno.makeTempFile({ suffix: ".html" }), complaints: string[] = [];
      await Deno.writeTextFile(path, html);
      const context = await (await browserWith(false)).newContext({ reducedMotion: "reduce" });
      try {
        const page = await context.newPage();
        page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) => complaints.push(String(error)));
        await page.goto(`file://${path}`);
        await body(page);
      } finally {
        await context.close();
        await Deno.remove(path);
      }
      assert.deepEqual(complaints, []);
    },
  });
}

const ALL = /^To see a part of every panel, drag a rectangle/;

const note = (page: Page, figure = "maps") => page.locator(`#${figure} .zoom`).innerText();

/** Where a point of a panel is on the page, by fractions of the panel from its top left corner. */
async function placeOf(page: Page, panel: number, [across, down]: readonly [number, number]) {
  const box = await page.locator("#maps svg svg").nth(panel).evaluate((view) => {
    const { left, top, width, height } = view.parentElement!.parentElement!.parentElement!
      .querySelector("path.background")!.getBoundingClientRect();
    return { left, top, width, height };
  });
  return [box.left + across * box.width, box.top + down * box.height] as const;
}

async function drag(
  page: Page,
  panel: number,
  from: readonly [number, number],
  to: readonly [number, number],
) {
  await page.mouse.move(...await placeOf(page, panel, from));
  await page.mouse.down();
  await page.mouse.move(...await placeOf(page, panel, to), { steps: 3 });
  assert.equal(await page.locator("#maps rect.drag").count(), 1);
  await page.mouse.up();
  assert.equal(await page.locator("#maps rect.drag").count(), 0);
}

const views = (page: Page) =>
  page.locator("#maps svg svg").evaluateAll((all) => all.map((view) => view.getAttribute("viewBox")));

const labels = (page: Page) =>
  page.locator("#maps .role-axis-label").evaluateAll((all) =>
    all.map((axis) => [...axis.querySelectorAll("text")].map((text) => text.textContent).join(" "))
  );

/** The row and column that the page says are under the pointer, from 0. */
async function cellAt(page: Page, panel: number, place: readonly [number, number]) {
  await page.mouse.move(...await placeOf(page, panel, place));
  const text = await page.locator(".tip").innerText(), size = SIZES[panel];
  const [, value, row, column] =
    new RegExp(`^snip, n = ${size}: ([\\d.e−]+), row (\\d+), column (\\d+) of ${size}$`)
      .exec(text) ?? [];
  assert.ok(row, text);
  const cell = [Number(row) - 1, Number(column) - 1];
  // What it is by the numbers the map was drawn from, to the levels that there are.
  const expected = (size * cell[0] + cell[1]) / (size * size - 1);
  assert.ok(Math.abs(Number(value.replace("−", "-")) - expected) < 1 / 254 / 2 + 0.0006, text);
  return cell;
}

/** The colour in the middle of a panel's pixel, as the browser draws it. */
async function colourAt(page: Page, panel: number, place: readonly [number, number]) {
  const [x, y] = await placeOf(page, panel, place);
  // What lies over the picture is no part of it.
  await page.mouse.move(1, 1);
  const clip = { x: Math.round(x), y: Math.round(y), width: 1, height: 1 };
  const shot = await page.screenshot({ clip });
  return await page.evaluate(async (bytes) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
    const context = new OffscreenCanvas(1, 1).getContext("2d")!;
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data];
  }, [...shot]);
}

testReport("what is under the pointer is said of the cell that is there", async (page) => {
  assert.deepEqual(await cellAt(page, 0, [0.02, 0.02]), [0, 0]);
  assert.deepEqual(await cellAt(page, 0, [0.98, 0.98]), [19, 19]);
  assert.deepEqual(await cellAt(page, 1, [0.05, 0.95]), [9, 0]);
});

testReport("a rectangle in one panel is shown in all panels of the figure, and in no other", async (page) => {
  assert.match(await note(page), ALL);
  const before = await colourAt(page, 1, [0.35, 0.45]);
  await drag(page, 0, [0.2, 0.4], [0.6, 0.5]);
  assert.equal(
    await note(page),
    "outputs, by degree: 0.4–0.5; inputs: 0.2–0.6. Double click or Escape shows all.",
  );
  assert.deepEqual(await views(page), ["40 80 80 20", "40 80 80 20"]);
  assert.deepEqual(await labels(page), ["0.5 0.45 0.4", "0.2 0.4 0.6", "0.2 0.4 0.6"]);
  assert.match(await note(page, "other"), ALL);
  // In the larger matrix columns 4 to 11 of rows 8 and 9, in the smaller columns 2 to 5 of row 4 are seen.
  assert.deepEqual(await cellAt(page, 0, [0.02, 0.02]), [8, 4]);
  assert.deepEqual(await cellAt(page, 0, [0.98, 0.98]), [9, 11]);
  assert.deepEqual(await cellAt(page, 1, [0.375, 0.5]), [4, 3]);
  // The picture agrees: that cell has the colour it had, where it is now.
  assert.deepEqual(await colourAt(page, 1, [0.375, 0.5]), before);
  await page.keyboard.press("Escape");
  assert.match(await note(page), ALL);
  assert.deepEqual(await views(page), ["0 0 200 200", "0 0 200 200"]);
  assert.deepEqual(await labels(page), ["1 0.5 0", "0 0.5 1", "0 0.5 1"]);
  assert.deepEqual(await cellAt(page, 1, [0.375, 0.55]), [5, 3]);
});

testReport("a part of the part is a part of the whole, and a double click shows all", async (page) => {
  await drag(page, 1, [0.5, 0.5], [1.2, 1.2]);
  assert.match(await note(page), /^outputs, by degree: 0.5–1; inputs: 0.5–1\. /);
  await drag(page, 0, [0.98, 0.52], [0.5, 0]);
  assert.match(await note(page), /^outputs, by degree: 0.5–0.76; inputs: 0.75–0.99\. /);
  // What has more than two decimals is not written, rather than wrongly.
  assert.deepEqual(await labels(page), ["0.76 0.63 0.5", "0.75 0.87 0.99", "0.75 0.87 0.99"]);
  await page.mouse.dblclick(...await placeOf(page, 0, [0.5, 0.5]));
  assert.match(await note(page), ALL);
});

testReport("keys zoom and move where the figure has the focus, and nowhere else", async (page) => {
  await page.keyboard.press("+");
  assert.match(await note(page), ALL);
  await page.getByRole("group", { name: "Figure 1" }).focus();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  assert.match(await note(page), /^outputs, by degree: 0.38–0.63; inputs: 0.38–0.63\. /);
  assert.deepEqual(await labels(page), ["0.63  0.38", "0.38  0.63", "0.38  0.63"]);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowRight");
  assert.match(await note(page), /^outputs, by degree: 0.31–0.56; inputs: 0.45–0.7\. /);
  for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowRight");
  assert.match(await note(page), /inputs: 0.75–1\. /);
  for (let i = 0; i < 9; i++) await page.keyboard.press("+");
  assert.match(await note(page), /inputs: 0.\d+–0.\d+\. /);
  for (let i = 0; i < 9; i++) await page.keyboard.press("-");
  assert.match(await note(page), ALL);
  await page.keyboard.press("+");
  await page.keyboard.press("0");
  assert.match(await note(page), ALL);
});

testReport("what is downloaded is the whole, and so is what is printed", async (page) => {
  const download = async () => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download Figure 1 as SVG" }).click(),
    ]);
    return await Deno.readTextFile(await file.path());
  };
  const before = await download();
  await drag(page, 0, [0.2, 0.4], [0.6, 0.5]);
  assert.equal(await download(), before);
  assert.equal(before.split("<svg").length, 2);
  await page.pdf();
  assert.match(await note(page), ALL);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#maps .zoom").isVisible(), false);
});

testReport("its zoom is announced, keeps nobody out, and is with heat maps alone", async (page) => {
  assert.equal(await page.locator("#maps .zoom").getAttribute("aria-live"), "polite");
  assert.equal(await page.locator("#plot .zoom").count(), 0);
  await drag(page, 0, [0.2, 0.4], [0.6, 0.5]);
  await expectAccessible(page);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});
