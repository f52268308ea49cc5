/// <reference lib="dom" />
// The README's images of the explorer, light and dark, from the page itself in Chromium.
//   deno run -A scripts/explorer_images.ts
import { closeBrowsers } from "../test/browser/browsers.ts";
import { waitForText, withPage } from "../test/explorer/browser/support.ts";

const query = "view=masks&method=snip&width=64&depth=3&sparsity=0.8&seed=0&layer=1";

for (const colours of ["light", "dark"] as const) {
  await withPage({ query, colours }, async ({ page }) => {
    await waitForText(page, ".finding", /64 wide/);
    await page.getByRole("button", { name: /Play/ }).click();
    await waitForText(page, ".finding", /512 wide/);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".chart svg").length === 2);
    // The last chart is drawn a moment after the finding is said.
    await page.waitForTimeout(2000);
    await page.setViewportSize({ width: 1180, height: 1500 });
    await page.mouse.move(0, 0);
    await page.screenshot({ path: `docs/images/explorer${colours === "dark" ? "-dark" : ""}.png` });
  });
}
await closeBrowsers();
