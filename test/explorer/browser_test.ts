import { testInBrowser } from "../browser/in_browser.ts";

Deno.test("explorer: the page does in a browser what it says", () =>
  testInBrowser(
    ["masks", "training", "own", "tour", "webgpu"].map((name) => `test/explorer/browser/${name}.ts`),
  ));
