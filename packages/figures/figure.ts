/**
 * What the functions of this folder return and `renderSvg` draws: a Vega-Lite specification, in the light inks. Its type says no more,
 * so that programs which draw figures need no types of Vega-Lite's, which not every configuration of TypeScript takes.
 */
export interface FigureSpec {
  readonly description?: string | undefined;
  readonly [part: string]: unknown;
}

/** How a figure is coloured; `adaptive` follows the reader's preference through CSS, and suits screens only. */
export type FigureTheme = "light" | "dark" | "adaptive";
