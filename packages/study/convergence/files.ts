import { FileSet, serialiseNpz } from "@graphon-limit/data";
import { join } from "node:path";
import { renderSvg, svgToPng } from "@graphon-limit/figures";
import { csv } from "../report/csv.ts";
import { renderReport } from "../report/html.ts";
import type { ConvergenceResult } from "./convergence.ts";
import { convergenceFigure, convergenceReport, heatMapsFigure, limitFigure } from "./report.ts";

/**
 * Writes a convergence run into a folder: `convergence.json`, `convergence.csv`, `histograms.npz` (one `[K, K]` array
 * `<method>_<width>` per row, `<method>_<width>_limit` where the limit is known), `convergence.svg`, `limit.svg` where a limit
 * is known, `heatmaps.svg` and `report.html`. All of them or, where one cannot be written, none.
 *
 * @param png write the figures as PNG too
 */
export async function writeConvergence(
  folder: string,
  result: ConvergenceResult,
  title: string,
  provenance: Readonly<Record<string, string>>,
  png = false,
): Promise<void> {
  const { rows, rates, histograms, limits, grid, reference } = result;
  const report = renderReport(await convergenceReport(result, title, provenance));
  const toLimit = limitFigure(result);
  const figures: Record<string, string> = {
    convergence: await renderSvg(convergenceFigure(result)),
    heatmaps: await renderSvg(heatMapsFigure(result)),
    ...(toLimit ? { limit: await renderSvg(toLimit) } : {}),
  };
  const files: Record<string, string | Uint8Array> = {
    "convergence.json": JSON.stringify({ provenance, grid, reference, rows, rates }, null, 2) + "\n",
    "convergence.csv": csv(rows),
    "histograms.npz": serialiseNpz(
      rows.flatMap(({ method, width }, index) => {
        const name = `${method.replaceAll(/[^\w-]+/g, "_")}_${width}`,
          limit = limits[index],
          shape = [grid, grid];
        return [
          [name, { data: histograms[index], shape }] as const,
          ...(limit ? [[`${name}_limit`, { data: limit, shape }] as const] : []),
        ];
      }),
    ),
    "report.html": report,
  };
  for (const name in figures) {
    files[`${name}.svg`] = figures[name];
    if (png) files[`${name}.png`] = await svgToPng(figures[name], 2);
  }
  using written = new FileSet();
  for (const name in files) written.write(join(folder, name), files[name]);
  written.close();
}
