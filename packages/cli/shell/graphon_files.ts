import { type FigureSpec, heatMapGrid, loadRaster } from "@graphon-limit/figures";
import { graphonDifference, StepGraphon } from "@graphon-limit/graphon";
import { type FileSet, openTensors, SafetensorsWriter } from "@graphon-limit/data";
import { FormatError, shortName } from "@graphon-limit/runtime";
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

/** Adds a safetensors file with all these as F32 to files that are put in place together. */
export function writeGraphons(files: FileSet, path: string, tensors: readonly NamedCells[]): void {
  const writer = SafetensorsWriter.create(
    path,
    tensors.map(({ name, rows, cols, shape = [rows, cols] }) => ({ name, dtype: "F32", shape: [...shape] })),
    undefined,
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
        column: kernel.length < 2 ? "tap 0,0" : `tap ${Math.floor(tap / kernel[1])},${tap % kernel[1]}`,
        values: graphon.regrid(grid).values,
        size: grid,
      }))
    ),
    xLabel: "inputs, by degree",
    yLabel: "outputs, by degree",
    cellWidth: layers.every(({ taps }) => taps.length === 1) ? 256 : 96,
  });
}

/** How layers' graphons are called in a file: one name for each layer, and that one alone. */
const GRAPHON_NAME = /^graphon\.(0|[1-9]\d{0,8})$/;

/**
 * The graphons of a file, `graphon.<i>` [rows, cols], by layer, from the first layer on; it may hold other tensors too.
 *
 * @throws {FormatError} where there is none, or one is no matrix of finite numbers
 */
export function readGraphons(path: string): Map<number, StepGraphon> {
  using file = openTensors(path);
  const layers = new Map<number, StepGraphon>();
  for (const { name, shape } of file.tensors) {
    const index = GRAPHON_NAME.exec(name)?.[1];
    if (index === undefined) continue;
    if (shape.length !== 2 || shape.includes(0)) {
      throw new FormatError(
        `${path}: expected ${name} to be a matrix with cells but found [${shape.join(", ")}]`,
      );
    }
    const values = Float64Array.from(file.readFloat32(name));
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new FormatError(`${path}: expected ${name} to be finite but found ${bad}`);
    layers.set(Number(index), new StepGraphon(shape[0], shape[1], values));
  }
  if (layers.size === 0) {
    const names = file.tensors.slice(0, 4).map(({ name }) => shortName(name)).join(", ");
    throw new FormatError(
      `${path}: expected graphon.0, graphon.1, …, as the command graphon writes them, but found ${
        names || "no tensor"
      }`,
    );
  }
  return new Map([...layers].sort(([a], [b]) => a - b));
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
