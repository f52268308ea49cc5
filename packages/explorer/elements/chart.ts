import { type Chart, drawChart } from "../figures/requests.ts";
import type { Client } from "../worker/client.ts";
import { Latest } from "./latest.ts";
import { csv } from "@graphon-limit/study/csv";
import { chartRecords } from "./chart_numbers.ts";
import { h } from "./dom.ts";
import { Downloads, svgPng } from "./downloads.ts";

/** Draws charts in the worker that is for them. */
export class Charts {
  readonly #client: Client;
  #drawn = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Loads what charts are drawn with, for a view whose first chart comes when the network may be gone. */
  async prepare(): Promise<void> {
    const series = [{ name: "", x: [0, 1], y: [0, 1] }];
    await this.svg({ kind: "lines", options: { series, xLabel: "", yLabel: "" } }, "light");
  }

  /** The chart's SVG in one colouring, for a file. */
  async svg(chart: Chart, theme: "light" | "dark"): Promise<string> {
    return await this.#client.ask(drawChart, { chart, theme, idPrefix: "part-" });
  }

  /** A place for a chart, which follows the reader's colours. */
  place(caption: string, signal: AbortSignal): ChartPlace {
    const idPrefix = `chart-${++this.#drawn}-`;
    const draw = (chart: Chart) =>
      this.#client.ask(drawChart, { chart, theme: "adaptive", idPrefix }, { signal });
    return new ChartPlace(caption, draw, (chart) => this.svg(chart, "light"), signal);
  }
}

/** A chart on the page. Where it is asked to show charts faster than they are drawn, it leaves some out. */
export class ChartPlace {
  readonly element: HTMLElement;
  readonly #holder = h("div", { class: "chart" });
  readonly #draw: (chart: Chart) => Promise<string>;
  readonly #latest: Latest;
  /** What is shown, for who wants it as a file. */
  chart: Chart | undefined;

  readonly #downloads: Downloads;

  constructor(
    caption: string,
    draw: (chart: Chart) => Promise<string>,
    print: (chart: Chart) => Promise<string>,
    signal: AbortSignal,
  ) {
    this.#draw = draw;
    this.#latest = new Latest(signal);
    const svg = () => print(this.chart!);
    this.#downloads = new Downloads(caption, {
      svg,
      png: async () => await svgPng(await svg()),
      csv: () => csv(chartRecords(this.chart!)),
      json: () => ({ numbers: chartRecords(this.chart!) }),
    });
    this.element = h("figure", {}, this.#holder, h("figcaption", {}, caption), this.#downloads.element);
  }

  show(chart: Chart): void {
    this.chart = chart;
    this.#downloads.offer(true);
    this.#latest.run(async (signal) => {
      const svg = await this.#draw(chart);
      if (!signal.aborted) this.#holder.innerHTML = svg;
    }).catch((error) => {
      if (!(error instanceof DOMException)) this.#holder.textContent = String(error?.message ?? error);
    });
  }

  /** Takes the chart away, and says why there is none. */
  clear(words: string): void {
    this.chart = undefined;
    this.#downloads.offer(false);
    this.#latest.cancel();
    this.#holder.replaceChildren(h("p", { class: "waiting" }, words));
  }
}
