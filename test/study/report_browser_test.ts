import { testInBrowser } from "../browser/in_browser.ts";

Deno.test("a report's figures do in a browser what they say", () =>
  testInBrowser(["test/study/browser/report.ts"]));
