import type { TopLevelSpec } from "vega-lite";
import type { FigureSpec } from "./figure.ts";

/** The layers of a layered figure. */
export type FigureLayers = Extract<TopLevelSpec, { layer: unknown }>["layer"];

/** A specification that the compiler has checked. */
export function figureOf(spec: TopLevelSpec): FigureSpec {
  return { ...spec };
}

/** A figure as Vega-Lite takes it. */
export function vegaLiteOf(figure: FigureSpec): TopLevelSpec {
  return figure as unknown as TopLevelSpec;
}
