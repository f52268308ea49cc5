import { type Browser, chromium } from "playwright-core";

const browsers = new Map<boolean, Promise<Browser>>();

const FLAGS = {
  all: ["--no-sandbox", "--disable-dev-shm-usage"],
  webgpu: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
};

/** Starts a browser: one, and one more where WebGPU is wanted too. They outlive the test that starts them. */
export function browserWith(webgpu: boolean): Promise<Browser> {
  let browser = browsers.get(webgpu);
  if (!browser) {
    const executablePath = Deno.env.get("TEST_CHROMIUM") ?? "/usr/bin/chromium";
    browser = chromium.launch({ executablePath, args: [...FLAGS.all, ...webgpu ? FLAGS.webgpu : []] });
    browsers.set(webgpu, browser);
  }
  return browser;
}

globalThis.addEventListener("unload", closeBrowsers);

/** Ends the browsers. */
export async function closeBrowsers(): Promise<void> {
  for (const browser of browsers.values()) await (await browser).close();
  browsers.clear();
}
