import { InvalidArgumentError } from "@graphon-limit/runtime";
import { type AxisRange, isDrawable, linearTicks, logarithmicRange } from "./axes.ts";
import { linesInWords } from "./describe.ts";
import { figureInks, seriesLabel, type SeriesStyle, seriesStyles } from "./palette.ts";
import type { FigureSpec } from "./figure.ts";
import { textWidth } from "./text_width.ts";
import { fontSizes } from "./theme.ts";
import { type FigureLayers, figureOf } from "./vega_lite.ts";

/** One line of a plot. */
export interface PlotSeries {
  /** A method's name gives its colour; any other name takes a free one. Series of one name share their colour. */
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Lower and upper end of the error band at each `x`; both or neither. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
  /** What tells series of one name apart, shown by the line's dashes; the first one named is drawn solid. */
  readonly variant?: string;
  /** Which of several plots side by side, by its header. Either all series name one or none does. */
  readonly panel?: string;
}

/** A plot of lines, or several side by side with common axes. */
export interface LinePlotOptions {
  readonly series: readonly PlotSeries[];
  readonly title?: string | undefined;
  /** What the figure is, for those who cannot see it, made up from its labels where absent; what the lines show is added. */
  readonly description?: string | undefined;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logX?: boolean | undefined;
  readonly logY?: boolean | undefined;
  /** Mark the points of the solid lines. Default: where no series has more than 32 of them. */
  readonly points?: boolean | undefined;
  /** Where the x axis has its ticks, e.g. the widths that were measured. */
  readonly xTicks?: readonly number[] | undefined;
  /** How ticks are written, in d3's notation (`.0%`). Default `~g`. */
  readonly xFormat?: string | undefined;
  readonly yFormat?: string | undefined;
  /** Size of one plot's frame in pixels. Default 440×300, with panels 210×170. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Panels in a row. Default 3. */
  readonly panelColumns?: number | undefined;
}

interface Row {
  readonly series: string;
  readonly ink: string;
  readonly variant: string;
  readonly panel: string;
  readonly x: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** The part of a Vega-Lite scale that depends on the data. */
interface AxisScale {
  readonly type?: "log";
  readonly domain?: [number, number];
  readonly nice: boolean;
  readonly zero?: boolean;
  readonly padding?: number;
}

const dashes = [[1, 0], [5, 4], [1.5, 3], [9, 3, 2, 3]];

/**
 * Lines with error bands over a linear or logarithmic plane. Points that an axis cannot show (not finite, or not
 * positive on a logarithmic axis) are left out; a band's lower end that is not positive goes down to the frame.
 *
 * @throws {InvalidArgumentError} if a series' arrays differ in length, or only some series name a panel.
 */
export function linePlot(options: LinePlotOptions): FigureSpec {
  const { series, title, xLabel, yLabel, logX = false, logY = false, panelColumns = 3 } = options;
  series.forEach(checkSeries);
  const panels = [...new Set(series.flatMap(({ panel }) => panel ?? []))];
  if (panels.length > 0 && series.some(({ panel }) => panel === undefined)) {
    throw new InvalidArgumentError(
      "Some series of a plot name a panel and some do not: expected all or none",
    );
  }
  const names = [...new Set(series.map(({ name }) => seriesLabel(name)))];
  const styles = seriesStyles(names);
  const variants = [...new Set(series.map(({ variant }) => variant ?? ""))];
  const rows = series.flatMap((one) =>
    seriesRows(one, styles[names.indexOf(seriesLabel(one.name))], logX, logY)
  );

  const xRange = axisRange(rows.map(({ x }) => x), logX);
  const yRange = axisRange(rows.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]), logY);
  const floor = logY ? yRange.domain[0] : null;
  const values = rows.map((row) => row.high !== null && row.low === null ? { ...row, low: floor } : row);
  const marked = options.points ?? Math.max(0, ...series.map(({ x }) => x.length)) <= 32;

  const x = {
    field: "x",
    type: "quantitative" as const,
    title: xLabel,
    scale: scaleOf(xRange, logX, true),
    axis: {
      labelExpr: tickLabel(options.xFormat),
      values: [...(options.xTicks ?? xRange.ticks)],
      grid: false,
    },
  };
  const y = {
    field: "y",
    type: "quantitative" as const,
    title: yLabel,
    scale: scaleOf(yRange, logY, false),
    axis: { labelExpr: tickLabel(options.yFormat), ...(logY ? { values: yRange.ticks } : { tickCount: 6 }) },
  };
  const alone = panels.length === 0;
  const width = options.width ?? (alone ? 440 : 210), height = options.height ?? (alone ? 300 : 170);
  const whole = alone ? width : width * Math.min(panelColumns, panels.length);
  const layer = layersOf({ x, y, marked, variants, ...channelsOf(names, styles, variants, marked, whole) });
  const common = {
    ...(title === undefined ? {} : { title }),
    description: `${options.description ?? `Plot of ${yLabel} against ${xLabel}.`} ${
      linesInWords(series, logX, logY)
    }`.trim(),
    data: { values },
  };
  if (alone) return figureOf({ ...common, width, height, layer });
  return figureOf({
    ...common,
    facet: { field: "panel", type: "nominal", sort: panels, title: null },
    columns: panelColumns,
    spec: { width, height, layer },
  });
}

function checkSeries({ name, x, y, low, high }: PlotSeries): void {
  if ((low === undefined) !== (high === undefined)) {
    throw new InvalidArgumentError(
      `The error band of ${name} has one end: expected both low and high, or neither`,
    );
  }
  for (const [what, values] of [["y", y], ["low", low], ["high", high]] as const) {
    if (values !== undefined && values.length !== x.length) {
      throw new InvalidArgumentError(`${name} has ${values.length} values of ${what} for ${x.length} of x`);
    }
  }
}

/** The points of a series that its axes can show. */
function seriesRows(one: PlotSeries, style: SeriesStyle, logX: boolean, logY: boolean): Row[] {
  const rows: Row[] = [];
  for (let index = 0; index < one.x.length; index++) {
    const [x, y, low, high] = [one.x[index], one.y[index], one.low?.[index], one.high?.[index]];
    if (!isDrawable(x, logX) || !isDrawable(y, logY)) continue;
    rows.push({
      series: style.label,
      ink: style.light,
      variant: one.variant ?? "",
      panel: one.panel ?? "",
      x,
      y,
      low: isDrawable(low, logY) ? low : null,
      high: isDrawable(high, logY) && Number.isFinite(low) ? high : null,
    });
  }
  return rows;
}

function axisRange(values: readonly number[], logarithmic: boolean): AxisRange {
  if (logarithmic) return logarithmicRange(values);
  if (values.length === 0) return { domain: [0, 1], ticks: [0, 1] };
  const domain: [number, number] = [
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  ];
  return { domain, ticks: linearTicks(domain, 6) };
}

/** Logarithmic axes end where we say; linear x axes at the data, linear y axes at round numbers around it. */
function scaleOf(range: AxisRange, logarithmic: boolean, isX: boolean): AxisScale {
  if (logarithmic) return { type: "log", domain: range.domain, nice: false };
  const [low, high] = range.domain;
  if (low === high) return { domain: [low - 0.5, high + 0.5], nice: !isX };
  return isX ? { domain: [low, high], nice: false, padding: 6 } as const : { zero: false, nice: true };
}

/** Formats each tick by itself: an axis' own format would give 100 beside 50 as 1e+2. */
function tickLabel(format = "~g"): string {
  return `format(datum.value, ${JSON.stringify(format)})`;
}

/** How series are told apart: by colour, shape and dashes, each with its legend where there is more than one. */
function channelsOf(
  names: readonly string[],
  styles: readonly SeriesStyle[],
  variants: readonly string[],
  marked: boolean,
  width: number,
) {
  const colours = { domain: names, range: styles.map(({ light }) => light) };
  const legend = {
    title: null,
    orient: "top" as const,
    columns: legendColumns([...names, ...variants], width),
    clipHeight: 16,
    ...(marked ? {} : { symbolType: "stroke" as const, symbolSize: 400, symbolStrokeWidth: 2.5 }),
  };
  const color = {
    field: "series",
    type: "nominal" as const,
    scale: colours,
    legend: names.length > 1 ? legend : null,
  };
  // The same colours without a legend. (Switching it off for one layer would switch it off for all.)
  const ink = { field: "ink", type: "nominal" as const, scale: null };
  const shape = { ...color, scale: { domain: names, range: styles.map((style) => style.shape) } };
  const dashLegend = {
    ...legend,
    symbolType: "stroke" as const,
    symbolSize: 400,
    symbolStrokeColor: figureInks.label.light,
  };
  const strokeDash = {
    field: "variant",
    type: "nominal" as const,
    scale: { domain: variants, range: variants.map((_, index) => dashes[index % dashes.length]) },
    legend: variants.length > 1 ? dashLegend : null,
  };
  return { color, ink, shape, strokeDash };
}

/** As many entries of a legend side by side as fit over a plot. */
function legendColumns(names: readonly string[], width: number): number {
  const widest = Math.max(...names.map((name) => textWidth(name, fontSizes.text, false)));
  // A symbol stands before each name, and there is space between two.
  return Math.max(1, Math.floor((width + 18) / (widest + 44)));
}

/** A band, a line and, where points are marked, those of the solid lines. */
function layersOf(
  { x, y, marked, variants, color, ink, shape, strokeDash }: ReturnType<typeof channelsOf> & {
    readonly x: object;
    readonly y: object;
    readonly marked: boolean;
    readonly variants: readonly string[];
  },
): FigureLayers {
  const layer: FigureLayers = [
    {
      transform: [{ filter: "isValid(datum.low) && isValid(datum.high)" }],
      mark: { type: "area", opacity: 0.16, clip: true },
      encoding: {
        x,
        y: { ...y, field: "low" },
        y2: { field: "high" },
        fill: ink,
        detail: { field: "variant" },
      },
    },
    {
      mark: { type: "line", strokeWidth: 2, clip: true },
      encoding: { x, y, ...(marked ? { stroke: ink } : { color }), strokeDash },
    },
  ];
  if (marked) {
    layer.push({
      transform: [{ filter: { field: "variant", equal: variants[0] ?? "" } }],
      mark: { type: "point", filled: true, size: 48, opacity: 1 },
      encoding: { x, y, color, shape },
    });
  }
  return layer;
}
