import { type FigureSpec, heatMapGrid } from "@graphon-limit/figures";
import type { StepGraphon } from "@graphon-limit/graphon";
import { type FileSet, SafetensorsWriter } from "@graphon-limit/data";
import { UsageError } from "./usage.ts";

/** Says so where a figure's file has another ending than those there are. */
export function assertFigureName(path: string | undefined): void {
  if (path !== undefined && !/\.(svg|png)$/i.test(path)) {
    throw new UsageError(`Expected --figure to end in .svg or .png but found ${path}`);
  }
}

/** Cells under a name of their own, `[rows, cols]`. */
export interface NamedCells extends Pick<StepGraphon, "rows" | "cols" | "values"> {
  readonly name: string;
}

/** Adds a safetensors file with all these as F32 to files that are put in place together. */
export function writeGraphons(files: FileSet, path: string, tensors: readonly NamedCells[]): void {
  const writer = SafetensorsWriter.create(
    path,
    tensors.map(({ name, rows, cols }) => ({ name, dtype: "F32", shape: [rows, cols] })),
    undefined,
    files,
  );
  for (const { name, values } of tensors) writer.write(name, Float32Array.from(values));
  writer.close();
}

/** Heat maps of layers' graphons side by side, square ones, whatever the graphons are. */
export function graphonFigure(
  row: string,
  layers: readonly { readonly name: string; readonly graphon: StepGraphon }[],
  grid: number,
  sorted = true,
): FigureSpec {
  return heatMapGrid({
    cells: layers.map(({ graphon, name }) => ({
      row,
      column: name,
      values: graphon.regrid(grid).values,
      size: grid,
    })),
    xLabel: sorted ? "inputs, by degree" : "inputs",
    yLabel: sorted ? "outputs, by degree" : "outputs",
    cellWidth: 256,
  });
}
