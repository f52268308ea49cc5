import { serialiseNpz, writeFileAtomically } from "@graphon-limit/data";
import { join } from "node:path";
import { svgToPng } from "../figures/raster.ts";
import { renderSvg } from "../figures/render.ts";
import { csv } from "../report/csv.ts";
import { renderReport } from "../report/html.ts";
import type { ConvergenceResult } from "./convergence.ts";
import { convergenceFigure, convergenceReport, heatMapsFigure } from "./convergence_report.ts";

/**
 * Writes a convergence run into a folder: `convergence.json`, `convergence.csv`, `histograms.npz` (one `[K, K]` array
 * `<method>_<width>` per row), `convergence.svg`, `heatmaps.svg` and `report.html`.
 *
 * @param png write the two figures as PNG too
 */
export async function writeConvergence(
  folder: string,
  result: ConvergenceResult,
  title: string,
  provenance: Readonly<Record<string, string>>,
  png = false,
): Promise<void> {
  const { rows, rates, histograms, grid, reference } = result;
  const report = renderReport(await convergenceReport(result, title, provenance));
  const figures = {
    convergence: await renderSvg(convergenceFigure(result)),
    heatmaps: await renderSvg(heatMapsFigure(result)),
  };
  const files: Record<string, string | Uint8Array> = {
    "convergence.json": JSON.stringify({ provenance, grid, reference, rows, rates }, null, 2) + "\n",
    "convergence.csv": csv(rows),
    "histograms.npz": serialiseNpz(
      rows.map(({ method, width }, index) =>
        [`${method.replaceAll(/[^\w-]+/g, "_")}_${width}`, {
          data: histograms[index],
          shape: [grid, grid],
        }] as const
      ),
    ),
    "convergence.svg": figures.convergence,
    "heatmaps.svg": figures.heatmaps,
    "report.html": report,
  };
  if (png) {
    files["convergence.png"] = await svgToPng(figures.convergence, 2);
    files["heatmaps.png"] = await svgToPng(figures.heatmaps, 2);
  }
  for (const name in files) writeFileAtomically(join(folder, name), files[name]);
}
