/// <reference lib="dom" />
/**
 * Measures the explorer in Chromium on this machine and writes `bench/results/explorer-….md`: what it loads, when the first picture
 * is there, how a slider is followed, how soon a long computation is given up, and how long the page's thread is ever busy.
 *
 *     deno run -A bench/explorer.ts
 *
 * (Playwright is granted nothing less than everything.)
 *
 * @module
 */
import { gzipSync } from "fflate";
import type { Page } from "playwright-core";
import { closeBrowsers } from "../test/browser/browsers.ts";
import { type Explorer, FOLDER, withPage } from "../test/explorer/browser/support.ts";
import { describeMachine, machineLine, machineSlug } from "./machine.ts";

/** What is measured in the page before anything of it runs. */
interface Marks {
  firstPicture?: number;
  longest: number;
}

declare global {
  var marks: Marks;
}

/** Notes when the mask's words first stand there, and the longest task of the page's thread. */
function mark(): void {
  globalThis.marks = { longest: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) marks.longest = Math.max(marks.longest, duration);
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    if (document.querySelector(".words")?.textContent) marks.firstPicture ??= performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
const ms = (value: number) => `${value.toFixed(0)} ms`;

/** Waits for the finding, after which nothing is being computed. */
const settled = (page: Page) =>
  page.waitForFunction(() => /limit\.$/.test(document.querySelector(".finding")?.textContent ?? ""), null, {
    timeout: 120_000,
  });

async function measureLoading(rows: string[][]): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  for (let run = 0; run < 5; run++) {
    await withPage({ before: mark }, async ({ page, asked }: Explorer) => {
      await settled(page);
      await page.waitForSelector(".chart svg");
      times.push(await page.evaluate(() => marks.firstPicture!));
      bytes = 0;
      for (const address of new Set(asked)) {
        const name = new URL(address).pathname.slice(1) || "index.html";
        if (address.startsWith("http")) bytes += gzipSync(await Deno.readFile(`${FOLDER}/${name}`)).length;
      }
    });
  }
  rows.push(["loaded, compressed by gzip", `${(bytes / 1e6).toFixed(2)} MB`, "under 1 MB"]);
  rows.push(["first picture (SNIP 256), median of 5", ms(median(times)), "under 2 s"]);
}

async function measureSlider(rows: string[][]): Promise<void> {
  await withPage({ query: "view=masks&method=snip&width=512", before: mark }, async ({ page }) => {
    await settled(page);
    const times = await page.evaluate(async () => {
      const slider = document.querySelector<HTMLInputElement>("input[type=range]")!;
      const words = document.querySelector(".words")!, times: number[] = [];
      for (let step = 0; step < 40; step++) {
        const before = words.textContent, begun = performance.now();
        slider.value = String(Number(slider.value) + (step % 20 < 10 ? -1 : 1));
        slider.dispatchEvent(new Event("input"));
        while (words.textContent === before) await new Promise(requestAnimationFrame);
        times.push(performance.now() - begun);
      }
      return times;
    });
    rows.push(["the picture follows the slider, SNIP 512, median of 40", ms(median(times)), "within 100 ms"]);
    rows.push(["the same, slowest of 40", ms(Math.max(...times)), "within 100 ms"]);
  });
}

async function measureCancelling(rows: string[][]): Promise<void> {
  await withPage({ query: "view=masks&method=random&width=64" }, async ({ page }) => {
    await settled(page);
    const times: number[] = [];
    for (let run = 0; run < 5; run++) times.push(await cancel(page));
    rows.push(["SynFlow 1024 is given up, slowest of 5", ms(Math.max(...times)), "within 200 ms"]);
  });
}

/** Milliseconds from taking SynFlow back, after some rounds, to the worker's saying that it ended. */
function cancel(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const worker = new Worker("./worker.js", { type: "module" });
    try {
      return await new Promise<number>((resolve) => {
        let begun: number | undefined;
        worker.onmessage = ({ data }) => {
          if (data.kind === "progress" && data.done >= 5 && begun === undefined) {
            begun = performance.now();
            worker.postMessage({ kind: "cancel", id: 1 });
          }
          if (data.kind === "failed") resolve(performance.now() - begun!);
        };
        const params = { method: "synflow", width: 1024, hidden: 3, sparsity: 0.8, seed: 0, layer: 1 };
        worker.postMessage({ kind: "open", device: "cpu" });
        worker.postMessage({ kind: "ask", id: 1, name: "masks/picture", params });
      });
    } finally {
      worker.terminate();
    }
  });
}

async function measureLongTasks(rows: string[][]): Promise<void> {
  await withPage({ query: "view=masks&method=synflow&width=1024", before: mark }, async ({ page }) => {
    await page.waitForFunction(() => document.querySelector(".words")?.textContent, null, {
      timeout: 120_000,
    });
    await page.waitForSelector(".chart svg");
    const longest = await page.evaluate(() => marks.longest);
    rows.push([
      "longest task of the page's thread, SynFlow 1024",
      longest === 0 ? "under 50 ms" : ms(longest),
      "100 ms",
    ]);
  });
}

const rows: string[][] = [], load = Deno.loadavg()[0];
await measureLoading(rows);
await measureSlider(rows);
await measureCancelling(rows);
await measureLongTasks(rows);
await closeBrowsers();
const machine = describeMachine();
const text = `# The explorer in Chromium: ${machineLine(machine)}, no GPU

\`deno run -A bench/explorer.ts\`, Deno ${Deno.version.deno}, on a machine with a load of ${
  load.toFixed(1)
} when it began. WebAssembly, isolated.

| what | measured | bar |
| --- | ---: | ---: |
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
await Deno.writeTextFile(`bench/results/explorer-${machineSlug(machine, undefined)}.md`, text);
console.log(text);
