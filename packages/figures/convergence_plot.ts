import { isDrawable } from "./axes.ts";
import { linePlot, type PlotSeries } from "./line_plot.ts";
import type { FigureSpec } from "./figure.ts";

/** The distance of one method's masks to their limit, width by width. */
export interface ConvergenceSeries {
  /** The method's name; gives its colour. */
  readonly name: string;
  readonly points: readonly {
    /** Width of the network. */
    readonly x: number;
    /** Distance to the reference. */
    readonly y: number;
    /** The distance that sampling noise alone would show. */
    readonly floor?: number | undefined;
    /** The ends of the distance's error band. */
    readonly low?: number;
    readonly high?: number;
  }[];
}

/** What `convergencePlot` draws and how. */
export interface ConvergencePlotOptions {
  readonly series: readonly ConvergenceSeries[];
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Default `width`. */
  readonly xLabel?: string | undefined;
  /** Default `distance to the reference`. */
  readonly yLabel?: string | undefined;
  /** Default true. */
  readonly logX?: boolean | undefined;
  /** Default true. */
  readonly logY?: boolean | undefined;
  /** Size of the plot's frame in pixels. Default 440×300. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** Distances against widths, a line with points and error band per method, its noise floor dashed in the same colour. */
export function convergencePlot(options: ConvergencePlotOptions): FigureSpec {
  const {
    series,
    xLabel = "width",
    yLabel = "distance to the reference",
    logX = true,
    logY = true,
    ...rest
  } = options;
  const widths = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const xTicks = widths.length <= 8 ? widths.filter((width) => isDrawable(width, logX)) : undefined;
  const distances = series.map(({ name, points }): PlotSeries => ({
    name,
    variant: "distance",
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    low: points.map(({ low }) => low ?? NaN),
    high: points.map(({ high }) => high ?? NaN),
  }));
  const floors = series.flatMap(({ name, points }): PlotSeries[] => {
    const known = points.filter(({ floor }) => floor !== undefined);
    if (known.length === 0) return [];
    return [{
      name,
      variant: "noise floor",
      x: known.map(({ x }) => x),
      y: known.map(({ floor }) => floor ?? NaN),
    }];
  });
  return linePlot({
    ...rest,
    xLabel,
    yLabel,
    logX,
    logY,
    points: true,
    series: [...distances, ...floors],
    ...(xTicks === undefined ? {} : { xTicks }),
  });
}
