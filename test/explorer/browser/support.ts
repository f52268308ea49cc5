/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { buildExplorer } from "../../../scripts/explore.ts";
import { serveFile } from "../../../scripts/serve_file.ts";
import { browserWith } from "../../browser/browsers.ts";

/** Where the page is built. */
export const FOLDER = "out/explorer-test";

/** How the page is opened. */
export interface Opening {
  /** What stands in the address after the question mark. */
  readonly query?: string;
  /** Whether the server isolates the page, so that WebAssembly has threads; it does unless told otherwise. */
  readonly isolated?: boolean;
  /** Whether the browser has WebGPU, on a software adapter; it has not, unless told otherwise. */
  readonly webgpu?: boolean;
  readonly colours?: "light" | "dark";
  readonly still?: boolean;
  readonly width?: number;
  /** Runs in the page before anything of its own does. */
  readonly before?: () => void;
}

/** The page in a browser. */
export interface Explorer {
  readonly page: Page;
  /** Addresses that it asked for so far. */
  readonly asked: readonly string[];
  /** What went wrong in it, and what it wrote to its console. */
  readonly complaints: readonly string[];
}

let built: Promise<void> | undefined;

/** Opens the page in a browser for as long as `body` takes. */
export async function withPage(opening: Opening, body: (explorer: Explorer) => Promise<void>): Promise<void> {
  await (built ??= buildExplorer(FOLDER));
  const { query = "", isolated = true, webgpu = false, colours = "light", still = false, width = 1280 } =
    opening;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => serveFile(FOLDER, request, isolated),
  );
  const browser = await browserWith(webgpu);
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: colours,
    reducedMotion: still ? "reduce" : "no-preference",
  });
  try {
    const page = await context.newPage(), asked: string[] = [], complaints: string[] = [];
    if (opening.before) await page.addInitScript(opening.before);
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${server.addr.port}/?${query}`);
    await body({ page, asked, complaints });
  } finally {
    await context.close();
  }
}

/** A test of the page in a real browser, which must complain of nothing. */
export function testPage(
  name: string,
  opening: Opening,
  body: (explorer: Explorer) => Promise<void>,
): void {
  Deno.test({
    name: `explorer: ${name}`,
    // The browsers outlive the test that starts them.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      withPage(opening, async (explorer) => {
        await body(explorer);
        assert.deepEqual(explorer.complaints, []);
      }),
  });
}

/** Waits until an element of that selector has a text that matches. */
export async function waitForText(page: Page, selector: string, pattern: RegExp): Promise<string> {
  const handle = await page.waitForFunction(
    ([selector, source]) => {
      const text = document.querySelector(selector)?.textContent ?? "";
      return new RegExp(source).test(text) ? text : undefined;
    },
    [selector, pattern.source] as const,
    { timeout: 60_000 },
  );
  return await handle.jsonValue() as string;
}

/** Waits until the page's address has that setting: it is Playwright's a moment after it is the page's own. */
export async function waitForSetting(page: Page, name: string, value: string): Promise<void> {
  await page.waitForURL(({ searchParams }) => searchParams.get(name) === value, { waitUntil: "commit" });
}
