import { StepGraphon } from "../step_graphon.ts";

/** Indices by descending degree, ties by index. */
export function orderByDegree(degrees: ArrayLike<number>): Uint32Array {
  return Uint32Array.from({ length: degrees.length }, (_, i) => i)
    .sort((a, b) => degrees[b] - degrees[a] || a - b);
}

/** The order that leaves `n` nodes where they are. */
export function givenOrder(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => i);
}

/** For each index, the interval of `cells` that its position in an order falls into: position `i` of `n` into `⌊i·cells/n⌋`. */
export function cellsOfOrder(order: Uint32Array, cells: number): Uint32Array {
  const result = new Uint32Array(order.length);
  order.forEach((index, position) => result[index] = Math.floor(position * cells / order.length));
  return result;
}

/** How many of `n` positions fall into each of `cells` intervals. */
export function cellSizes(n: number, cells: number): Uint32Array {
  const sizes = new Uint32Array(cells);
  for (let i = 0; i < n; i++) sizes[Math.floor(i * cells / n)]++;
  return sizes;
}

/** An estimate on a grid of so many cells: where nodes are fewer than cells, each is expanded over what it overlaps. */
export function onGrid(graphon: StepGraphon, rows: number, cols = rows): StepGraphon {
  return graphon.rows === rows && graphon.cols === cols ? graphon : graphon.regrid(rows, cols);
}

/** Rows become columns. */
export function transposeGraphon({ rows, cols, values }: StepGraphon): StepGraphon {
  const result = new Float64Array(values.length);
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < cols; b++) result[b * rows + a] = values[a * cols + b];
  }
  return new StepGraphon(cols, rows, result);
}
