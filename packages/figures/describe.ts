import { shortName } from "@graphon-limit/runtime";
import { isDrawable } from "./axes.ts";
import { seriesLabel } from "./palette.ts";

/** More lines or matrices than so many are told by the first and the last of each row or panel. */
const MOST = 12;

/** A number as a sentence has it: three digits. */
export function inWords(value: number): string {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

/** As much of a plot's line as is told of it. */
interface Line {
  readonly name: string;
  readonly variant?: string;
  readonly panel?: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** What lines show: where each of them starts and ends, and its least or largest value where that lies between. */
export function linesInWords(series: readonly Line[], logX: boolean, logY: boolean): string {
  const told = series.length <= MOST
    ? series
    : series.filter(({ panel, variant }) => panel === series[0].panel && variant === series[0].variant);
  const sentences = told.flatMap((one) => {
    const places = Array.from({ length: one.x.length }, (_, at) => at)
      .filter((at) => isDrawable(one.x[at], logX) && isDrawable(one.y[at], logY));
    if (places.length === 0) return [];
    const [first, last] = [places[0], places[places.length - 1]];
    const point = (at: number) => `${inWords(one.y[at])} at ${inWords(one.x[at])}`;
    const extremes = [least(places, (at) => one.y[at]), least(places, (at) => -one.y[at])]
      .filter((at) => one.y[at] !== one.y[first] && one.y[at] !== one.y[last])
      .map((at) => one.y[at] < one.y[first] ? `down to ${point(at)}` : `up to ${point(at)}`);
    const name = [seriesLabel(one.name), one.variant, one.panel].filter((part) => part)
      .map((part) => shortName(part!)).join(", ");
    return [
      first === last
        ? `${name}: ${point(first)}`
        : `${name}: from ${point(first)}${extremes.length > 0 ? `, ${extremes.join(", ")},` : ""} to ${
          point(last)
        }`,
    ];
  });
  return sentences.length === 0 ? "" : `${sentences.join("; ")}.`;
}

/**
 * What a matrix shows: its average; whether its quarters have the same, or which is the fullest and which the emptiest; and how
 * many of its last rows and columns are empty.
 *
 * @param values `size`×`size`, row-major
 */
export function matrixInWords(values: ArrayLike<number>, size: number): string {
  const half = size / 2;
  const parts = [["top left", 0, 0], ["top right", 0, half], ["bottom left", half, 0], [
    "bottom right",
    half,
    half,
  ]]
    .map(([name, row, column]) => ({
      name,
      mean: meanOf(values, size, [Number(row), Number(column)], half),
    }));
  const mean = meanOf(values, size, [0, 0], size);
  if (!Number.isFinite(mean)) return "no numbers";
  const means = parts.map((part) => part.mean).filter(Number.isFinite);
  const fullest = parts.find((part) => part.mean === Math.max(...means))!;
  const emptiest = parts.find((part) => part.mean === Math.min(...means))!;
  const even = fullest.mean - emptiest.mean <= 0.25 * Math.abs(mean);
  const empty = [["rows", true], ["columns", false]].flatMap(([name, rows]) => {
    const share = emptyShare(values, size, rows === true);
    return share > 0 && share < 1 ? [`nothing in the last ${Math.round(100 * share)} % of ${name}`] : [];
  });
  return [
    `${inWords(mean)} on average`,
    even ? "even" : `${inWords(fullest.mean)} ${fullest.name}, ${inWords(emptiest.mean)} ${emptiest.name}`,
    ...empty,
  ].join(", ");
}

/** What matrices in a grid show, row by row; of many only the first and the last of each row. */
export function matricesInWords(
  cells: readonly {
    readonly row: string;
    readonly column: string;
    readonly values: ArrayLike<number>;
    readonly size: number;
  }[],
): string {
  // `Map.groupBy` is not in Node 20.
  const rows = [...new Set(cells.map(({ row }) => row))].map((name) =>
    cells.filter(({ row }) => row === name)
  );
  return rows.map((ofRow) => {
    const told = cells.length <= MOST || ofRow.length < 3 ? ofRow : [ofRow[0], ofRow[ofRow.length - 1]];
    const sentences = told.map(({ column, values, size }) =>
      `${shortName(column)}: ${matrixInWords(values, size)}`
    );
    return `${shortName(seriesLabel(ofRow[0].row))}, ${sentences.join("; ")}.`;
  }).join(" ");
}

/** The mean of the finite entries of a square whose first row and column are given, which may begin within a cell. */
function meanOf(
  values: ArrayLike<number>,
  size: number,
  [firstRow, firstColumn]: readonly [number, number],
  side: number,
): number {
  let sum = 0, count = 0;
  for (let row = Math.floor(firstRow); row < firstRow + side; row++) {
    for (let column = Math.floor(firstColumn); column < firstColumn + side; column++) {
      const value = values[row * size + column];
      if (!Number.isFinite(value)) continue;
      sum += value;
      count++;
    }
  }
  return sum / count;
}

/** The share of rows, or of columns, after the last that has an entry other than 0. */
function emptyShare(values: ArrayLike<number>, size: number, rows: boolean): number {
  for (let line = size - 1; line >= 0; line--) {
    for (let at = 0; at < size; at++) {
      if (values[rows ? line * size + at : at * size + line] !== 0) return (size - 1 - line) / size;
    }
  }
  return 1;
}

function least(places: readonly number[], of: (at: number) => number): number {
  return places.reduce((best, at) => of(at) < of(best) ? at : best);
}
