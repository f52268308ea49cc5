/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { expectAccessible } from "../../browser/accessible.ts";
import { testPage, waitForText } from "./support.ts";

/** A small network, so that everything comes at once. */
const SMALL = "view=training&method=synflow&width=64&depth=2&sparsity=0.8&seed=3";

const KERNEL =
  /^SynFlow at 80 %: the five largest eigenvalues hold [\d.]+ % of the kernel, those after random/;
const LOSSES =
  /^Before step 20 the loss is lowest .* \(its kernel said [\d.]+\); .* it is [\d.]+ \(its kernel said/;
const FILM =
  /^SynFlow in 10 rounds to 80 %: hidden layer 1 ends with [\d.]+ % of its weights, but with [\d.]+ %/;

/** Waits until so many charts are drawn. */
function charts(page: Page, count: number): Promise<unknown> {
  return page.waitForFunction((count) => document.querySelectorAll(".chart svg").length === count, count);
}

/** The cells of a table's row, by the name that it begins with. */
async function rowOf(page: Page, name: string): Promise<string[]> {
  return await page.locator("tbody tr").filter({ hasText: name }).locator("td").allInnerTexts();
}

/** Where the address says a value of the state is. */
function says(page: Page, name: string, value: string): Promise<unknown> {
  return page.waitForFunction(
    ([name, value]) => new URLSearchParams(location.search).get(name) === value,
    [name, value],
  );
}

testPage("the kernel is set beside that of random pruning", {
  query: `${SMALL}&part=kernel&digits=5`,
}, async ({ page }) => {
  await waitForText(page, ".finding", KERNEL);
  await waitForText(page, ".words", /^Its trace is [\d.,]+ times as large/);
  await charts(page, 1);
  const own = await rowOf(page, "SynFlow"), random = await rowOf(page, "Random");
  assert.match(own[0], /^[\d.]+ %$/);
  assert.notEqual(own[0], random[0]);
  assert.match(
    await page.locator("canvas.cells").first().getAttribute("aria-label") ?? "",
    /^The kernel after pruning by SynFlow, 50 by 50 digits ordered by class: .* cosine of 0\.\d+/,
  );
  await expectAccessible(page);
  await page.getByLabel("Method", { exact: true }).selectOption("Random");
  await waitForText(page, ".finding", /^Random at 80 %: .* its effective rank is [\d.]+\.$/);
  assert.equal(await page.locator("canvas.cells:visible").count(), 1);
});

testPage("training comes step by step, is paused, goes on, and an address shows it again", {
  query: `${SMALL}&part=losses&learnt=1&steps=1000`,
}, async ({ page }) => {
  const loss = "tbody tr:last-child td:nth-child(3)";
  await waitForText(page, loss, /\d/);
  await page.getByRole("button", { name: "Pause" }).click();
  const paused = await rowOf(page, "Dense");
  await page.waitForTimeout(400);
  assert.deepEqual(await rowOf(page, "Dense"), paused);
  assert.equal(await page.locator(".finding").innerText(), "");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForFunction(
    ([loss, before]) => document.querySelector(loss)!.textContent !== before,
    [loss, paused[1]],
  );
  for (const _ of "fifth") await page.getByLabel("Steps", { exact: true }).press("ArrowLeft");
  await says(page, "steps", "20");
  const finding = await waitForText(page, ".finding", LOSSES);
  await waitForText(page, ".words", /^The largest error of the prediction, .* SynFlow [\d.]+ %, Random/);
  await charts(page, 2);
  await expectAccessible(page);
  await page.reload();
  assert.equal(await waitForText(page, ".finding", LOSSES), finding);
});

testPage("rounds are a film that is played, stopped and scrubbed by keys", {
  query: `${SMALL}&part=film&layer=1&rounds=10&schedule=linear&round=10`,
}, async ({ page }) => {
  await waitForText(page, ".finding", FILM);
  await waitForText(page, ".words", /^Round 10 of 10: /);
  await charts(page, 1);
  const scrubber = page.getByLabel("Round", { exact: true });
  await scrubber.press("ArrowLeft");
  await waitForText(page, ".words", /^Round 9 of 10: /);
  await says(page, "round", "9");
  await scrubber.press("Home");
  await waitForText(page, ".words", /^Round 0 of 10: 100 % of the weights of hidden layer 1 are left/);
  await scrubber.press("Space");
  await waitForText(page, ".words", /^Round 3 of 10: /);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Play" }).click();
  await waitForText(page, ".words", /^Round 10 of 10: /);
  await page.getByRole("button", { name: "Play" }).waitFor();
  await page.getByLabel("Rounds", { exact: true }).press("ArrowLeft");
  await waitForText(page, ".words", /^Round 5 of 5: /);
});

testPage("its parts are tabs, on a phone, in the dark, with little motion", {
  ...{ query: `${SMALL}&rounds=10&steps=20&learnt=1`, colours: "dark", still: true, width: 360 },
}, async ({ page }) => {
  await waitForText(page, ".finding", KERNEL);
  await page.getByRole("tab", { name: "Kernel and spectrum" }).press("ArrowLeft");
  await says(page, "part", "film");
  await waitForText(page, ".finding", FILM);
  await charts(page, 1);
  await expectAccessible(page);
  await waitForText(page, ".words", /^Round 10 of 10: /);
  await page.getByRole("tab", { name: "Training, live" }).click();
  await waitForText(page, ".finding", LOSSES);
  await charts(page, 2);
  const [across, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(across <= room, `${across} pixels across on a page of ${room}`);
  await page.goBack();
  await waitForText(page, ".finding", FILM);
  await page.getByLabel("Method", { exact: true }).selectOption("SNIP");
  await waitForText(page, ".finding", /^SNIP in 10 rounds/);
});

testPage("what takes long is given up for what is wanted next", {
  query: "view=training&method=synflow&width=512&depth=3&sparsity=0.8&seed=3&part=film&rounds=200",
}, async ({ page }) => {
  await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 0) > 0);
  await page.getByLabel("Rounds", { exact: true }).press("Home");
  await waitForText(page, ".finding", /^SynFlow in one round/);
});
