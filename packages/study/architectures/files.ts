import { FileSet, serialiseNpz } from "@graphon-limit/data";
import { join } from "node:path";
import { renderSvg, svgToPng } from "@graphon-limit/figures";
import { csv } from "../report/csv.ts";
import { renderReport } from "../report/html.ts";
import type { ArchitectureResult } from "./architectures.ts";
import { architectureFigures, architectureReport } from "./report.ts";

/**
 * Writes a study of convolutions or attention into a folder: `convergence.json`, `convergence.csv`, `histograms.npz` (one
 * `[taps, K, K]` array `<method>_<width>_<layer>` per row), `report.html` and its figures as SVG. All of them or, where one cannot be
 * written, none.
 *
 * @param png write the figures as PNG too
 */
export async function writeArchitectures(
  folder: string,
  result: ArchitectureResult,
  title: string,
  provenance: Readonly<Record<string, string>>,
  png = false,
): Promise<void> {
  const { rows, graphons, streams, rates, grid, reference, architecture } = result;
  const report = renderReport(await architectureReport(result, title, provenance));
  const arrays = rows.map(({ method, width, name, tapDensities: { length } }, index) =>
    [
      `${method.replaceAll(/[^\w-]+/g, "_")}_${width}_${name}`,
      { data: graphons[index].values, shape: [length, grid, grid] },
    ] as const
  );
  const lines = rows.map((
    { method, width, name, trials, distance, noiseFloor, debiased, density, ...row },
  ) => ({
    ...{
      method,
      width,
      layer: row.layer,
      name,
      trials,
      distance,
      noiseFloor,
      debiased,
      density: density.mean,
    },
    ...{ densityMargin: density.margin, deadInputs: row.deadInputs, deadOutputs: row.deadOutputs },
  }));
  const files: Record<string, string | Uint8Array> = {
    "convergence.json":
      JSON.stringify({ provenance, architecture, grid, reference, rows, streams, rates }, null, 2) + "\n",
    "convergence.csv": csv(lines),
    "histograms.npz": serialiseNpz(arrays),
    "report.html": report,
  };
  const { distances, graphons: seen } = architectureFigures(result);
  for (const { file, spec } of [...distances, ...seen]) {
    const svg = await renderSvg(spec);
    files[file] = svg;
    if (png) files[file.replace(/\.svg$/, ".png")] = await svgToPng(svg, 2);
  }
  using written = new FileSet();
  for (const [name, content] of Object.entries(files)) written.write(join(folder, name), content);
  written.close();
}
