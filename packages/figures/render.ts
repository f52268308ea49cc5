import { InvalidArgumentError, printable } from "@graphon-limit/runtime";
import type { FigureSpec, FigureTheme } from "./figure.ts";
import { hoverMetadata } from "./hover.ts";
import { svgToPng } from "./raster.ts";
import { adaptiveClass, adaptiveStyle, recolour } from "./recolour.ts";
import { numberIds, setRootAttributes } from "./svg.ts";
import { measureTextWithoutCanvas } from "./text_width.ts";
import { figureConfig, legendLayout } from "./theme.ts";
import { vegaLiteOf } from "./vega_lite.ts";

/** How `renderSvg` draws. */
export interface RenderOptions {
  /** Default `light`. */
  readonly theme?: FigureTheme | undefined;
  /** What ids in the SVG start with. A report makes those of its figures unique by itself. */
  readonly idPrefix?: string | undefined;
}

/** Writes a file whole or not at all. */
export type WriteFile = (path: string, contents: Uint8Array) => Promise<void> | void;

/**
 * Draws a figure as SVG, without a browser. The same figure gives the same text.
 *
 * The SVG refers to nothing outside itself and says in `aria-label` what the figure's description says. In the adaptive theme it
 * has `<metadata>` with what it says under the pointer, for a report's script.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { heatMap, renderSvg } from "@graphon-limit/figures";
 *
 * const figure = heatMap({ values: [0.1, 0.9, 0.4, 0.6], size: 2, xLabel: "inputs", yLabel: "outputs" });
 * const svg = await renderSvg(figure);
 * assert.match(svg, /^<svg/);
 * ```
 */
export async function renderSvg(
  spec: FigureSpec,
  { theme = "light", idPrefix = "part-" }: RenderOptions = {},
): Promise<string> {
  // Half of the time that starting the command line takes, hence only when something is drawn.
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  measureTextWithoutCanvas(vega);
  const logger = vega.logger(vega.Error);
  const compiled = compile(vegaLiteOf(withPrintableTexts(spec)), { config: figureConfig(), logger }).spec;
  const view = new vega.View(vega.parse(compiled, legendLayout), { renderer: "none", logger });
  let svg: string, metadata = "";
  try {
    svg = await view.toSVG();
    if (theme === "adaptive") metadata = hoverMetadata(view.scenegraph());
  } finally {
    view.finalize();
  }
  // Vega asks for a smooth image; a heat map's cells must keep their edges.
  svg = svg.replace(/<image /g, '<image style="image-rendering:pixelated" ');
  svg = roundPaths(withoutPartRoles(svg));
  svg = setRootAttributes(svg, { role: "img", "aria-label": spec.description ?? "Figure" });
  svg = recolour(svg, theme);
  if (theme === "adaptive") {
    svg = setRootAttributes(svg, { class: adaptiveClass })
      .replace(/^<svg\b[^>]*>/, (root) => `${root}<style>${adaptiveStyle()}</style>${metadata}`);
  }
  return numberIds(svg, idPrefix);
}

/** The same with all texts printable: names may hold what neither XML can, nor the expressions that Vega makes of them. */
function withPrintableTexts<T>(part: T): T;
function withPrintableTexts(part: unknown): unknown {
  if (typeof part === "string") return printable(part);
  if (Array.isArray(part)) return part.map(withPrintableTexts);
  if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withPrintableTexts(value)]));
}

/** Parts of an image have no role of their own: Vega gives some one, without a name, which reads out as nothing. */
function withoutPartRoles(svg: string): string {
  return svg.replace(/ role="graphics-\w+"(?: aria-roledescription="[^"]*")?/g, "");
}

/** Vega writes coordinates to a thousandth of a pixel, which makes half of a long line's bytes. */
function roundPaths(svg: string): string {
  return svg.replace(
    / (?:d|transform)="[^"]*"/g,
    (path) => path.replace(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))),
  );
}

/**
 * Draws a figure and writes it as the path's ending says: `.svg`, or `.png` at twice the size.
 *
 * @throws {InvalidArgumentError} if the path ends in neither, or a PNG is asked for in the adaptive theme.
 */
export async function saveFigure(
  path: string,
  spec: FigureSpec,
  write: WriteFile,
  theme: FigureTheme = "light",
): Promise<void> {
  const ending = /\.(svg|png)$/i.exec(path)?.[1].toLowerCase();
  if (ending === undefined) {
    throw new InvalidArgumentError(
      `A figure cannot be written to ${path}: expected a name that ends in .svg or .png`,
    );
  }
  const svg = await renderSvg(spec, { theme });
  await write(path, ending === "svg" ? new TextEncoder().encode(svg) : await svgToPng(svg, 2));
}
