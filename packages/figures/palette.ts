/** How one pruning method looks in every figure: its name as printed, its colours and the shape of its points. */
export interface SeriesStyle {
  /** The name as the literature writes it. */
  readonly label: string;
  /** CSS colour on light paper; figures are drawn with this one and recoloured for other themes. */
  readonly light: string;
  /** CSS colour on dark paper. */
  readonly dark: string;
  /** A Vega point shape, so that a series is told apart without colour too. */
  readonly shape: string;
}

/** Series with a name, a colour and a shape of their own, in the order in which they were defined. */
const named = new Map<string, SeriesStyle>();

/**
 * For other series, in order of appearance: told apart by their shapes. The colours of the methods, which studies define, were found
 * by search: the smallest distance of two of them (Oklab) as large as it gets, also as seen with protanopia, deuteranopia and
 * tritanopia (matrices of Machado, Oliveira and Fernandes 2009), each with a contrast of at least 3:1 to the paper.
 */
const otherStyles: readonly Omit<SeriesStyle, "label">[] = [
  { light: "#6e7781", dark: "#a0a9b4", shape: "triangle-right" },
  { light: "#3d7a33", dark: "#8fd47f", shape: "arrow" },
  { light: "#8a4b6b", dark: "#e29bc0", shape: "stroke" },
];

/** Gives a series of that name, in any case, its own look in every figure. Doing it again changes it. */
export function defineSeries(name: string, style: SeriesStyle): void {
  named.set(name.toLowerCase(), style);
}

/** Names of series that have no look of their own. */
const labels = new Map<string, string>();

/** Gives a series of that name, in any case, the name that is printed, and none but a free look. */
export function labelSeries(name: string, label: string): void {
  labels.set(name.toLowerCase(), label);
}

/** A series' name as it is printed (`snip` → `SNIP`); one that was not defined as it is. */
export function seriesLabel(name: string): string {
  const key = name.toLowerCase();
  return named.get(key)?.label ?? labels.get(key) ?? name;
}

/** The style of a series that was defined, by its name or its label. */
function styleOf(name: string): SeriesStyle | undefined {
  return named.get(name.toLowerCase()) ?? [...named.values()].find(({ label }) => label === name);
}

/**
 * The styles of some series, one per name in the given order. A defined one (in any case) always has the same style; other
 * names take the remaining ones in order of appearance, round and round where there are more.
 */
export function seriesStyles(names: readonly string[]): SeriesStyle[] {
  let others = 0;
  return names.map((name) =>
    styleOf(name) ?? { label: seriesLabel(name), ...otherStyles[others++ % otherStyles.length] }
  );
}

/** A colour a figure is drawn with: as written on light paper, on dark paper, and its CSS property's name. */
export interface Ink {
  readonly property: string;
  readonly light: string;
  readonly dark: string;
}

/** What is not data: paper, text, axes, grid. */
export const figureInks = {
  paper: { property: "--figure-paper", light: "#ffffff", dark: "#15181c" },
  text: { property: "--figure-text", light: "#1f2328", dark: "#e6edf3" },
  label: { property: "--figure-label", light: "#57606a", dark: "#a3adb8" },
  axis: { property: "--figure-axis", light: "#8c959f", dark: "#717a84" },
  grid: { property: "--figure-grid", light: "#e4e8ec", dark: "#2b3138" },
} as const satisfies Record<string, Ink>;

/** Every ink of every figure, those of the data series included. */
export function allInks(): readonly Ink[] {
  return [
    ...Object.values(figureInks),
    ...[...named].map(([name, { light, dark }]) => ({
      property: `--figure-${name.replaceAll(/[^a-z0-9]+/g, "-")}`,
      light,
      dark,
    })),
    ...otherStyles.map(({ light, dark }, index) => ({
      property: `--figure-other-${index + 1}`,
      light,
      dark,
    })),
  ];
}
