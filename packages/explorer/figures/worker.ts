/**
 * The worker that draws charts: Vega takes tens of milliseconds, in which the page is to scroll and the library to compute.
 *
 * @module
 */
import { convergencePlot, type FigureSpec, heatMapGrid, linePlot, renderSvg } from "@graphon-limit/figures";
// Tells figures how methods are called and drawn.
import "@graphon-limit/study/styles";
import { handle, serve, type WorkerScope } from "../worker/serve.ts";
import { type Chart, drawChart } from "./requests.ts";

function specOf(chart: Chart): FigureSpec {
  switch (chart.kind) {
    case "lines":
      return linePlot(chart.options);
    case "convergence":
      return convergencePlot(chart.options);
    case "heatMaps":
      return heatMapGrid(chart.options);
  }
}

const handlers = [
  handle(
    drawChart,
    (_lab: undefined, { chart, theme, idPrefix }) => renderSvg(specOf(chart), { theme, idPrefix }),
  ),
];

serve(globalThis as unknown as WorkerScope, handlers, () => Promise.resolve({ lab: undefined }));
