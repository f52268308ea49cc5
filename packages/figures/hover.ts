import { inWords } from "./describe.ts";
import { escapeMarkup } from "./svg.ts";

/** A point of a line, where it is drawn and what it says. */
type HoverPoint = readonly [x: number, y: number, text: string];

/** A heat map: where it is drawn, its cells' levels of 255 as base64, 0 for no number, and the values of levels 1 and 255. */
type HoverMap = readonly [
  x: number,
  y: number,
  side: number,
  size: number,
  low: number,
  high: number,
  levels: string,
  text: string,
];

/** A line of more points than so many is told by some of them. */
const MOST_POINTS = 150;

/** What a figure says under the pointer, in coordinates of its first group. */
interface Hover {
  readonly points: HoverPoint[];
  readonly maps: HoverMap[];
}

/** As much of Vega's scene as is read here: marks have items, and groups among them have marks. */
interface SceneNode {
  readonly marktype?: string;
  readonly items?: readonly SceneNode[];
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly datum?: Readonly<Record<string, unknown>>;
}

/**
 * An SVG's `<metadata>` element with what a drawn figure says under the pointer, for a page's script to read; empty text where it has
 * neither lines nor heat maps.
 *
 * @param scene Vega's, of a view that was drawn
 */
export function hoverMetadata(scene: object): string {
  const hover: Hover = { points: [], maps: [] };
  const root: SceneNode = Reflect.get(scene, "root");
  collect(root, 0, 0, hover);
  if (hover.points.length + hover.maps.length === 0) return "";
  return `<metadata>${escapeMarkup(JSON.stringify(hover)).replaceAll("&quot;", '"')}</metadata>`;
}

function collect(node: SceneNode, left: number, top: number, hover: Hover): void {
  const items = node.items ?? [];
  if (node.marktype === "line") hover.points.push(...pointsOf(items, left, top));
  else if (node.marktype === "image") hover.maps.push(...items.flatMap((item) => mapOf(item, left, top)));
  else {
    for (const item of items) {
      // Of a mark's items only groups have marks, which are where the group is.
      const moved = node.marktype === "group";
      collect(item, left + (moved ? item.x ?? 0 : 0), top + (moved ? item.y ?? 0 : 0), hover);
    }
  }
}

function pointsOf(items: readonly SceneNode[], left: number, top: number): HoverPoint[] {
  const stride = Math.ceil(items.length / MOST_POINTS);
  return items.filter((_, at) => at % stride === 0).flatMap(
    ({ x = NaN, y = NaN, datum = {} }): HoverPoint[] => {
      const { series, variant, panel } = datum, place = Number(datum.x), value = Number(datum.y);
      if (![x, y, place, value].every(Number.isFinite)) return [];
      const name = [series, variant, panel].filter((part) => typeof part === "string" && part !== "").join(
        ", ",
      );
      return [[rounded(left + x), rounded(top + y), `${name}: ${inWords(value)} at ${inWords(place)}`]];
    },
  );
}

function mapOf({ x = 0, y = 0, width = 0, datum = {} }: SceneNode, left: number, top: number): HoverMap[] {
  const { levels, size, low, high, row, column } = datum;
  if (typeof levels !== "string") return [];
  const name = [row, column].filter((part) => typeof part === "string").join(", ");
  // Where the scene has it is its corner, whatever point of it the encoding places.
  const corner = [rounded(left + x), rounded(top + y)] as const;
  return [[...corner, width, Number(size), Number(low), Number(high), levels, name]];
}

function rounded(value: number): number {
  return Number(value.toFixed(1));
}
