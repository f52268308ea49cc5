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

/**
 * The colours were found by search: the smallest distance of two of them (Oklab) as large as it gets, also as seen with
 * protanopia, deuteranopia and tritanopia (matrices of Machado, Oliveira and Fernandes 2009), each with a contrast of
 * at least 3:1 to the paper.
 */
const methodStyles: Readonly<Record<string, SeriesStyle>> = {
  dense: { label: "Dense", light: "#24292f", dark: "#f0f3f6", shape: "cross" },
  random: { label: "Random", light: "#c68219", dark: "#f1b015", shape: "circle" },
  magnitude: { label: "Magnitude", light: "#710078", dark: "#955282", shape: "diamond" },
  snip: { label: "SNIP", light: "#2d6abb", dark: "#297df7", shape: "square" },
  grasp: { label: "GraSP", light: "#03a792", dark: "#26c9b1", shape: "triangle-up" },
  synflow: { label: "SynFlow", light: "#9e2c05", dark: "#fb400d", shape: "triangle-down" },
};

/** For series that are not pruning methods, in order of appearance. */
const otherStyles: readonly Omit<SeriesStyle, "label">[] = [
  { light: "#6e7781", dark: "#a0a9b4", shape: "triangle-right" },
  { light: "#7a6a00", dark: "#d9cf6b", shape: "triangle-left" },
  { light: "#5c5fc4", dark: "#a5a8ff", shape: "wedge" },
  { light: "#3d7a33", dark: "#8fd47f", shape: "arrow" },
];

/** The methods with a colour of their own, in the order in which figures and tables list them. */
export const methodNames: readonly string[] = Object.keys(methodStyles);

/** A method's name as the literature writes it (`snip` → `SNIP`); any other name as it is. */
export function methodLabel(name: string): string {
  return methodStyles[name.toLowerCase()]?.label ?? name;
}

/**
 * The styles of some series, one per name in the given order. A method (in any case) always has the same style; other
 * names take the remaining ones in order of appearance, round and round where there are more.
 */
export function seriesStyles(names: readonly string[]): SeriesStyle[] {
  let others = 0;
  return names.map((name) =>
    methodStyles[name.toLowerCase()] ?? { label: name, ...otherStyles[others++ % otherStyles.length] }
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
export const allInks: readonly Ink[] = [
  ...Object.values(figureInks),
  ...Object.entries(methodStyles).map(([name, { light, dark }]) => ({
    property: `--figure-${name}`,
    light,
    dark,
  })),
  ...otherStyles.map(({ light, dark }, index) => ({ property: `--figure-other-${index + 1}`, light, dark })),
];
