import type { Config } from "vega-lite";
import { figureInks } from "./palette.ts";

/** The fonts of every figure: the reader's own; a raster image uses its own font in place of all of them. */
const fontFamily = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif";

/** Sizes of text, in pixels: on a narrow page, where a figure is drawn at 0.7 of its size, none is below 9. */
export const fontSizes = { title: 15, text: 13 } as const;

/** The look that all figures share, as Vega-Lite configuration. */
export function figureConfig(): Config {
  const { paper, text, label, axis, grid } = figureInks;
  return {
    // Vega's per-item ARIA attributes double the size of a figure; the whole figure carries one label instead.
    aria: false,
    background: paper.light,
    padding: 10,
    font: fontFamily,
    // A heat map's cells may be as dark as the paper: its frame says where they end.
    view: { stroke: axis.light, strokeWidth: 1 },
    title: {
      color: text.light,
      fontSize: fontSizes.title,
      fontWeight: 600,
      anchor: "start",
      frame: "group",
      offset: 12,
    },
    axis: {
      domainColor: axis.light,
      tickColor: axis.light,
      gridColor: grid.light,
      labelColor: label.light,
      titleColor: text.light,
      labelFontSize: fontSizes.text,
      titleFontSize: fontSizes.text,
      titleFontWeight: "normal",
      titlePadding: 8,
      tickSize: 4,
    },
    legend: {
      labelColor: text.light,
      titleColor: text.light,
      labelFontSize: fontSizes.text,
      titleFontSize: fontSizes.text,
      titleFontWeight: "normal",
      symbolStrokeWidth: 2,
      symbolSize: 64,
      columnPadding: 18,
      rowPadding: 4,
      gradientStrokeWidth: 0,
    },
    header: {
      labelColor: text.light,
      titleColor: text.light,
      labelFontSize: fontSizes.text,
      labelFontWeight: 600,
      titleFontSize: fontSizes.text,
      titleFontWeight: "normal",
      labelPadding: 8,
      titlePadding: 2,
    },
  };
}

/** What Vega-Lite's configuration leaves to Vega's: legends above a plot stand below each other, at its left edge. */
export const legendLayout = {
  legend: { layout: { top: { anchor: "start", direction: "vertical", margin: 4 } } },
} as const;
