import { join } from "node:path";
import { FileSet } from "@graphon-limit/data";
import { renderSvg } from "@graphon-limit/figures";
import { csv } from "../report/csv.ts";
import { renderReport } from "../report/html.ts";
import type { Comparison } from "./compare.ts";
import { compareFigures } from "./figures.ts";
import { compareReport } from "./report.ts";

/**
 * Writes a comparison into a folder: `report.html`, `compare.json` (what the command prints), `distances.csv`, `layers.csv`, and each
 * figure as SVG. All are put in place together.
 *
 * @param json what the command prints
 */
export async function writeComparison(
  folder: string,
  comparison: Comparison,
  json: object,
  provenance: Readonly<Record<string, string>>,
): Promise<void> {
  const files: Record<string, string> = {
    "report.html": renderReport(await compareReport(comparison, provenance)),
    "compare.json": JSON.stringify({ provenance, ...json }, undefined, 2) + "\n",
    "layers.csv": csv(
      comparison.masks.flatMap(({ name: mask, layers }) =>
        layers.map(({ name, kept, density, deadInputs, deadOutputs }, layer) => ({
          ...{ mask, layer, name, kept, density, deadInputs, deadOutputs },
        }))
      ),
    ),
    ...(comparison.distances.length > 0 ? { "distances.csv": csv(comparison.distances) } : {}),
  };
  for (const { id, spec } of compareFigures(comparison)) files[`${id}.svg`] = await renderSvg(spec);
  using set = new FileSet();
  for (const name in files) set.write(join(folder, name), files[name]);
  set.close();
}
