/// <reference lib="dom" />
import assert from "node:assert/strict";
import { TOUR } from "../../../packages/explorer/tour/steps.ts";
import { expectAccessible } from "../../browser/accessible.ts";
import { testPage, waitForSetting, waitForText } from "./support.ts";

const queryOf = (step: number) =>
  Object.entries({ tour: step, device: "cpu", ...TOUR[step - 1].state }).map((pair) => pair.join("=")).join(
    "&",
  );

testPage(
  "the tour sets the controls, by buttons and by arrow keys",
  { query: queryOf(1) },
  async ({ page }) => {
    await waitForText(page, ".tour-count", /^Step 1 of 14$/);
    assert.equal(await page.getByRole("button", { name: "← Back" }).isDisabled(), true);
    const seen = await waitForText(page, ".tour-seen", /^What you see: Random at 80 %/);
    assert.equal(seen, `What you see: ${await page.locator("#view .finding").innerText()}`);
    await page.getByRole("button", { name: "Next →" }).click();
    await waitForText(page, ".tour h2", /^Sort the neurons$/);
    assert.equal(await page.getByLabel("Method", { exact: true }).inputValue(), "snip");
    // Who listens is led to what is new.
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Sort the neurons");
    await page.keyboard.press("ArrowLeft");
    await waitForSetting(page, "tour", "1");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await waitForSetting(page, "tour", "3");
    await page.goBack();
    await waitForText(page, ".tour h2", /^Sort the neurons$/);
    // A slider has a use for the keys of its own, and what it changes is part of the step's address.
    await page.getByLabel("Sparsity", { exact: true }).press("ArrowRight");
    await waitForSetting(page, "tour", "2");
    await waitForSetting(page, "sparsity", "0.81");
    await page.getByRole("button", { name: "Set the controls again" }).click();
    await waitForSetting(page, "sparsity", "0.8");
    await page.getByRole("button", { name: "Leave the tour" }).click();
    assert.equal(await page.locator(".tour").isHidden(), true);
    assert.equal(await page.getByLabel("Method", { exact: true }).inputValue(), "snip");
    await page.getByRole("link", { name: "Guided tour" }).click();
    await waitForText(page, ".tour-count", /^Step 1 of 14$/);
  },
);

for (const colours of ["light", "dark"] as const) {
  testPage(`the tour is accessible, ${colours}`, {
    ...{ query: queryOf(TOUR.length), colours, width: colours === "dark" ? 360 : 1600 },
  }, async ({ page }) => {
    await waitForText(page, ".tour h2", /^Now your own$/);
    await page.waitForSelector("#own-files");
    assert.equal(await page.getByRole("button", { name: "Next →" }).isDisabled(), true);
    await expectAccessible(page);
    const [across, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(across <= room, `${across} pixels across on a page of ${room}`);
  });
}
