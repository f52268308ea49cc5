import type { FigureTheme } from "./figure.ts";
import { allInks } from "./palette.ts";

/** Recolours an SVG that `renderSvg` drew in the light inks. Image pixels and colour scales stay as they are. */
export function recolour(svg: string, theme: FigureTheme): string {
  if (theme === "light") return svg;
  const inks = new Map(allInks().map((ink) => [ink.light, ink]));
  return svg.replace(/\b(fill|stroke)="(#[0-9a-f]{6})"/g, (whole, attribute: string, colour: string) => {
    const ink = inks.get(colour);
    if (ink === undefined) return whole;
    return `${attribute}="${theme === "dark" ? ink.dark : `var(${ink.property})`}"`;
  });
}

/** The class that an adaptive figure's root has, and that its CSS properties are set on. */
export const adaptiveClass = "adaptive-figure";

/** The style sheet an adaptive figure carries: every ink as a CSS property, light unless a screen asks for dark. */
export function adaptiveStyle(): string {
  const declare = (theme: "light" | "dark") =>
    allInks().map((ink) => `${ink.property}:${ink[theme]}`).join(";");
  return `.${adaptiveClass}{${declare("light")}}` +
    `@media screen and (prefers-color-scheme:dark){.${adaptiveClass}{${declare("dark")}}}`;
}
