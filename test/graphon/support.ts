import fc from "fast-check";
import { StepGraphon } from "@graphon-limit/graphon";
import { RandomSequence } from "@graphon-limit/runtime";

/** A graphon with uniform cells. */
export function randomGraphon(seed: number, rows: number, cols = rows): StepGraphon {
  const random = new RandomSequence(seed);
  return new StepGraphon(rows, cols, Float64Array.from({ length: rows * cols }, () => random.uniform()));
}

/** A kernel with normal cells, of either sign; some are exactly zero. */
export function randomKernel(seed: number, rows: number, cols = rows): StepGraphon {
  const random = new RandomSequence(seed);
  const values = Float64Array.from(
    { length: rows * cols },
    () => random.integer(5) === 0 ? 0 : random.normal(),
  );
  return new StepGraphon(rows, cols, values);
}

/** The graphon with its rows and columns in other orders. */
export function shuffled({ rows, cols, values }: StepGraphon, seed: number): StepGraphon {
  const random = new RandomSequence(seed);
  const order = (n: number) => random.shuffle(Array.from({ length: n }, (_, i) => i));
  const rowOrder = order(rows), columnOrder = order(cols);
  const cells = rowOrder.flatMap((i) => columnOrder.map((j) => values[i * cols + j]));
  return new StepGraphon(rows, cols, Float64Array.from(cells));
}

/** Numbers of cells an enumeration can deal with. */
export const fewCells: fc.Arbitrary<number> = fc.integer({ min: 1, max: 8 });

/** Known graphons: with every degree strictly monotone but the constant's and the block's. */
export const KNOWN: Readonly<Record<string, (u: number, v: number) => number>> = {
  constant: () => 0.3,
  product: (u, v) => (1 - 0.8 * u) * (1 - 0.7 * v),
  block: (u, v) => u < 0.5 ? (v < 0.5 ? 0.8 : 0.5) : (v < 0.5 ? 0.3 : 0.1),
  logistic: (u, v) => 1 / (1 + Math.exp(4 * (u + v) - 2)),
  // |u − v| alone has the same degree at u and 1 − u; the second term tells them apart.
  distance: (u, v) => 0.25 * (1 - Math.abs(u - v)) + 0.7 * (1 - u) * (1 - v),
};

/** The mean squared difference of the cells. */
export function meanSquaredError(a: StepGraphon, b: StepGraphon): number {
  return a.values.reduce((sum, value, cell) => sum + (value - b.values[cell]) ** 2, 0) / a.values.length;
}
