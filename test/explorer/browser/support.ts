/// <reference lib="dom" />
import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { buildExplorer, serveFile } from "../../../scripts/explore.ts";

const FOLDER = "out/explorer-test";

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
const browsers = new Map<boolean, Promise<Browser>>();

const FLAGS = {
  all: ["--no-sandbox", "--disable-dev-shm-usage"],
  webgpu: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
};

/** Starts a browser: one, and one more where WebGPU is wanted too. */
function browserWith(webgpu: boolean): Promise<Browser> {
  let browser = browsers.get(webgpu);
  if (!browser) {
    const executablePath = Deno.env.get("EXPLORER_CHROMIUM") ?? "/usr/bin/chromium";
    browser = chromium.launch({ executablePath, args: [...FLAGS.all, ...webgpu ? FLAGS.webgpu : []] });
    browsers.set(webgpu, browser);
  }
  return browser;
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
    async fn() {
      await (built ??= buildExplorer(FOLDER));
      const { isolated = true } = opening;
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        (request) => serveFile(FOLDER, request, isolated),
      );
      const browser = await browserWith(opening.webgpu ?? false);
      const context = await browser.newContext({
        viewport: { width: opening.width ?? 1280, height: 900 },
        colorScheme: opening.colours ?? "light",
        reducedMotion: opening.still ? "reduce" : "no-preference",
      });
      try {
        const page = await context.newPage();
        const asked: string[] = [], complaints: string[] = [];
        page.on("request", (request) => asked.push(request.url()));
        page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) => complaints.push(String(error)));
        await page.goto(`http://127.0.0.1:${server.addr.port}/?${opening.query ?? ""}`);
        await body({ page, asked, complaints });
        assert.deepEqual(complaints, []);
      } finally {
        await context.close();
      }
    },
  });
}

globalThis.addEventListener("unload", () => {
  for (const browser of browsers.values()) browser.then((browser) => browser.close());
});

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
