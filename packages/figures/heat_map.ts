import { InvalidArgumentError } from "@graphon-limit/runtime";
import { matrixImage, sequentialScheme } from "./colour_map.ts";
import { matricesInWords, matrixInWords } from "./describe.ts";
import { seriesLabel } from "./palette.ts";
import type { FigureSpec } from "./figure.ts";
import { type FigureLayers, figureOf } from "./vega_lite.ts";

/** The widest name of a row that is not cut, in pixels. */
const ROW_LABEL = 200;

/** What a single heat map and a grid of them have in common. */
interface HeatMapLook {
  readonly title?: string;
  /** What the figure is, for those who cannot see it, made up from the titles where absent; what the numbers show is added. */
  readonly description?: string;
  /** The values at either end of the colour scale; the smallest and largest value where absent. */
  readonly domain?: readonly [number, number];
  /** What the columns are, e.g. `inputs`. */
  readonly xLabel: string;
  /** What the rows are, e.g. `outputs`. */
  readonly yLabel: string;
  /** What the colours mean. Default `edge density`. */
  readonly valueLabel?: string;
}

/** One matrix to draw. */
export interface HeatMapOptions extends HeatMapLook {
  /** `size`×`size`, row-major: rows are the layer's outputs, columns its inputs. NaN is left blank. */
  readonly values: ArrayLike<number>;
  readonly size: number;
  /** Side of the square in pixels; a multiple of `size` keeps all cells equal. Default about 384. */
  readonly width?: number | undefined;
}

/** A matrix and its place in a grid of heat maps. */
export interface HeatMapCell {
  /** Which row of the grid, by its header, e.g. a method (shown under its usual name). */
  readonly row: string;
  /** Which column of the grid, by its header, e.g. a width. */
  readonly column: string;
  readonly values: ArrayLike<number>;
  readonly size: number;
}

/** Matrices to draw side by side on one colour scale. */
export interface HeatMapGridOptions extends HeatMapLook {
  /** Rows and columns of the grid appear in the order in which the cells first name them. */
  readonly cells: readonly HeatMapCell[];
  /** What the grid's rows are, e.g. `Method`. */
  readonly rowTitle?: string | undefined;
  /** What the grid's columns are, e.g. `Width`. */
  readonly columnTitle?: string | undefined;
  /** Side of one square in pixels. Default 128. */
  readonly cellWidth?: number | undefined;
}

/**
 * A matrix as a square of coloured cells, row 0 at the top, axes in quantiles from 0 to 1.
 *
 * @throws {InvalidArgumentError} if there are not `size`² values.
 */
export function heatMap(options: HeatMapOptions): FigureSpec {
  const { values, size, title, xLabel, yLabel, valueLabel = "edge density" } = options;
  checkSize(values, size);
  const domain = options.domain ?? valueDomain([values]);
  const width = options.width ?? size * Math.max(1, Math.round(384 / size));
  return figureOf({
    ...(title === undefined ? {} : { title }),
    description: `${
      options.description ?? `Heat map: ${title ?? valueLabel}, rows ${yLabel}, columns ${xLabel}.`
    } ${matrixInWords(values, size)}.`,
    width,
    height: width,
    data: { values: [{ ...matrixImage(values, size, domain), colour: domain[0] }] },
    layer: imageLayers({ width, domain, xLabel, yLabel, valueLabel, intervals: 4, legendLength: width }),
  });
}

/**
 * Heat maps in rows and columns with one shared colour scale; a place without a cell stays empty.
 *
 * @throws {InvalidArgumentError} if there is no cell, two in one place, or one without `size`² values.
 */
export function heatMapGrid(options: HeatMapGridOptions): FigureSpec {
  const { cells, title, xLabel, yLabel, rowTitle, columnTitle, valueLabel = "edge density" } = options;
  if (cells.length === 0) {
    throw new InvalidArgumentError("A grid of heat maps without a cell: expected at least one");
  }
  const places = new Set<string>();
  for (const { row, column, values, size } of cells) {
    checkSize(values, size);
    const place = JSON.stringify([row, column]);
    if (places.has(place)) {
      throw new InvalidArgumentError(`Two heat maps in one place of the grid: ${row}, ${column}`);
    }
    places.add(place);
  }
  const domain = options.domain ?? valueDomain(cells.map((cell) => cell.values));
  const width = options.cellWidth ?? 128;
  const rows = [...new Set(cells.map((cell) => seriesLabel(cell.row)))];
  const columns = [...new Set(cells.map((cell) => cell.column))];
  return figureOf({
    ...(title === undefined ? {} : { title }),
    description: `${
      options.description ?? `Heat maps of ${valueLabel}, rows ${yLabel}, columns ${xLabel}.`
    } ${matricesInWords(cells)}`,
    data: {
      values: cells.map((cell) => ({
        row: seriesLabel(cell.row),
        column: cell.column,
        ...matrixImage(cell.values, cell.size, domain),
        colour: domain[0],
      })),
    },
    facet: {
      row: {
        field: "row",
        type: "nominal",
        sort: rows,
        title: rowTitle ?? null,
        header: {
          labelLimit: ROW_LABEL,
          labelAngle: 0,
          labelAlign: "left",
          labelPadding: 32,
          labelOrient: "left",
        },
      },
      column: {
        field: "column",
        type: "nominal",
        sort: columns,
        title: columnTitle ?? null,
        header: { labelLimit: width },
      },
    },
    spacing: 16,
    spec: {
      width,
      height: width,
      layer: imageLayers({
        width,
        domain,
        xLabel,
        yLabel,
        valueLabel,
        intervals: 2,
        legendLength: Math.min(260, rows.length * width),
      }),
    },
  });
}

interface ImageLayerOptions {
  readonly width: number;
  readonly domain: readonly [number, number];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly valueLabel: string;
  readonly intervals: number;
  readonly legendLength: number;
}

/** The image, and a mark that draws nothing but brings the colour scale and its legend. */
function imageLayers(
  { width, domain, xLabel, yLabel, valueLabel, intervals, legendLength }: ImageLayerOptions,
): FigureLayers {
  const values = Array.from({ length: intervals + 1 }, (_, index) => index / intervals);
  const axis = { grid: false, values, labelExpr: "format(datum.value, '~g')" };
  const x = {
    datum: 0.5,
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { ...axis, title: xLabel },
  };
  const y = {
    datum: 0.5,
    type: "quantitative" as const,
    scale: { domain: [1, 0] },
    axis: { ...axis, title: yLabel },
  };
  return [
    {
      mark: { type: "image", width, height: width, aspect: false },
      encoding: { x, y, url: { field: "image", type: "nominal" } },
    },
    {
      mark: { type: "point", opacity: 0, size: 0 },
      encoding: {
        x,
        y,
        color: {
          field: "colour",
          type: "quantitative",
          scale: { scheme: sequentialScheme, domain: [...domain] },
          legend: { title: valueLabel, gradientLength: legendLength, gradientThickness: 12, titlePadding: 8 },
        },
      },
    },
  ];
}

function checkSize(values: ArrayLike<number>, size: number): void {
  if (!Number.isInteger(size) || size < 1 || values.length !== size * size) {
    throw new InvalidArgumentError(`${values.length} values for a heat map of ${size}×${size} cells`);
  }
}

/** Smallest and largest finite value; for a constant an interval that has it in the middle. */
function valueDomain(matrices: readonly ArrayLike<number>[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const values of matrices) {
    for (let index = 0; index < values.length; index++) {
      if (!Number.isFinite(values[index])) continue;
      low = Math.min(low, values[index]);
      high = Math.max(high, values[index]);
    }
  }
  if (low > high || (low === 0 && high === 0)) return [0, 1];
  if (low === high) return low > 0 ? [0, 2 * low] : [2 * low, 0];
  return [low, high];
}
