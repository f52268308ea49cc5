import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";

/** Expects nothing of a page that keeps anybody out. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map(({ html }) => html).join(" ")}`
    );
  });
  assert.deepEqual(violations, []);
}
