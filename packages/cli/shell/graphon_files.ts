import { type FigureSpec, heatMapGrid, loadRaster } from "@graphon-limit/figures";
import { graphonDifference, StepGraphon } from "@graphon-limit/graphon";
import { type FileSet, SafetensorsWriter } from "@graphon-limit/data";
import { tapName } from "@graphon-limit/study";
import { FormatError } from "@graphon-limit/runtime";
import { UsageError } from "./usage.ts";

/** Says so where a figure's file has another ending than those there are. */
export function assertFigureName(path: string | undefined): void {
  if (path !== undefined && !/\.(svg|png)$/i.test(path)) {
    throw new UsageError(`Expected --figure to end in .svg or .png but found ${path}`);
  }
}

/** Loads what the figure of a file is drawn with, before the work that it shows: a run must not end by finding it is not installed. */
export async function prepareFigure(path: string | undefined): Promise<void> {
  assertFigureName(path);
  if (path !== undefined && /\.png$/i.test(path)) await loadRaster();
}

/** Cells under a name of their own, `[rows, cols]`. */
export interface NamedCells extends Pick<StepGraphon, "rows" | "cols" | "values"> {
  readonly name: string;
  /** In the file, where it is not the rows and columns. */
  readonly shape?: readonly number[];
}

/**
 * Adds a safetensors file with all these as F32 to files that are put in place together; its metadata have the layers' names, each
 * under that of its graphon, and what else is given.
 */
export function writeGraphons(
  files: FileSet,
  path: string,
  layers: readonly { readonly index: number; readonly name: string }[],
  tensors: readonly NamedCells[],
  metadata: Readonly<Record<string, string>> = {},
): void {
  const writer = SafetensorsWriter.create(
    path,
    tensors.map(({ name, rows, cols, shape = [rows, cols] }) => ({ name, dtype: "F32", shape: [...shape] })),
    { ...Object.fromEntries(layers.map(({ index, name }) => [`graphon.${index}`, name])), ...metadata },
    files,
  );
  for (const { name, values } of tensors) writer.write(name, Float32Array.from(values));
  writer.close();
}

/** Heat maps of convolutions' taps, a row for each layer, and of other layers' graphons, all in the order of their axes. */
export function tapFigure(
  layers: readonly {
    readonly name: string;
    readonly kernel: readonly number[];
    readonly taps: readonly StepGraphon[];
  }[],
  grid: number,
): FigureSpec {
  return heatMapGrid({
    cells: layers.flatMap(({ name, kernel, taps }) =>
      taps.map((graphon, tap) => ({
        row: name,
        column: kernel.length === 0 ? "tap 0,0" : tapName(kernel, tap),
        values: graphon.regrid(grid).values,
        size: grid,
      }))
    ),
    xLabel: "inputs, by degree",
    yLabel: "outputs, by degree",
    cellWidth: layers.every(({ taps }) => taps.length === 1) ? 256 : 96,
  });
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

/** The finest grid that a pair's figure has: as `graphon` makes them, unless they are coarser. */
const FINEST_PAIR = 64;

/** Two graphons of each layer and how far they are apart, cell by cell and without a sign, on one colour scale. */
export function pairFigure(
  titles: readonly [string, string],
  layers: readonly { readonly name: string; readonly graphons: readonly [StepGraphon, StepGraphon] }[],
): FigureSpec {
  const sides = layers.flatMap(({ graphons }) => graphons.flatMap(({ rows, cols }) => [rows, cols]));
  const grid = Math.min(FINEST_PAIR, Math.max(...sides));
  // Two files of one name are two columns all the same.
  const columns = titles[0] === titles[1] ? titles.map((title, i) => `${title} (${"ab"[i]})`) : titles;
  return heatMapGrid({
    cells: layers.flatMap(({ name, graphons: [a, b] }) => {
      const { rows, cols, values } = graphonDifference(a, b);
      const apart = new StepGraphon(rows, cols, values.map(Math.abs));
      const shown = [[columns[0], a], [columns[1], b], ["their difference", apart]] as const;
      return shown.map(([column, graphon]) => ({
        row: name,
        column,
        values: graphon.regrid(grid).values,
        size: grid,
      }));
    }),
    xLabel: "inputs",
    yLabel: "outputs",
    valueLabel: "edge density, and its difference",
    cellWidth: 192,
  });
}

/** How far a probability may be off for being computed and kept in float32. */
const ROUNDING = 1e-5;

/** @throws {FormatError} unless each cell is the share of edges that are kept there */
export function assertDensities(path: string, index: number, { values }: StepGraphon): void {
  const bad = values.find((value) => value < -ROUNDING || value > 1 + ROUNDING);
  if (bad === undefined) return;
  throw new FormatError(`${path}: expected graphon.${index} to hold densities from 0 to 1 but found ${bad}`);
}
