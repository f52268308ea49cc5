import type { LimitOrder } from "@graphon-limit/limit";
import { decodeCells } from "@graphon-limit/study";
import type { Check, CheckParams, Comparison } from "./mask_check.ts";
import { HIDDEN, LAYERS, meanOf, standardError } from "./study.ts";

/** How far the masks of a limit are from the networks' in one layer, by one set or several. */
export interface CellLayer {
  /** The root mean square of the sets' distances. */
  readonly distance: number;
  /** How far noise alone would put them. */
  readonly floor: number;
  readonly ratio: number;
  /** The ratio's standard error that the sets show; undefined for one. */
  readonly error: number | undefined;
  /** The distance of all sets' mean difference, less its noise. */
  readonly left: number;
  readonly effective: number;
}

/** The same of all of {@linkcode LAYERS}, and what all layers keep. */
export interface CellOrder {
  readonly layers: readonly CellLayer[];
  readonly densities: readonly number[];
  /** The last layer's density less the networks', over the latter, and the standard error of that. */
  readonly outputsOff: number;
  readonly outputsError: number;
}

/** Networks of one method, sparsity and width, and their limits. */
export interface Cell extends Pick<CheckParams, "method" | "sparsity" | "width"> {
  readonly sets: number;
  /** Mean densities of the networks' layers. */
  readonly densities: readonly number[];
  readonly strict: CellOrder | undefined;
  readonly finite: CellOrder | undefined;
}

/** What the sets of a cell say together. */
export function cellOf({ method, sparsity, width }: CheckParams, sets: readonly Check[]): Cell {
  const order = (wanted: LimitOrder): CellOrder | undefined => {
    const found = sets.flatMap(({ orders }) => orders.filter(({ order }) => order === wanted));
    if (found.length < sets.length) return undefined;
    const limits = found.flatMap(({ densities }) => densities), networks = densitiesOf(sets);
    const off = limits.map((limit, trial) => limit[HIDDEN] - networks[trial][HIDDEN]);
    const kept = meanOf(networks.map((network) => network[HIDDEN]));
    return {
      layers: LAYERS.map((_, index) => together(found.map(({ layers }) => layers[index]))),
      densities: meanDensities(limits),
      outputsOff: meanOf(off) / kept,
      outputsError: standardError(off) / kept,
    };
  };
  return {
    ...{ method, sparsity, width, sets: sets.length },
    densities: meanDensities(densitiesOf(sets)),
    strict: order("strict"),
    finite: order("finite"),
  };
}

/** What the sets say of one layer together. */
export function together(sets: readonly Comparison[]): CellLayer {
  const differences = sets.map(({ difference }) => decodeCells(difference));
  const squares = differences.map((cells) => squaredNorm(cells));
  const distance = Math.sqrt(meanOf(squares)), floor = Math.sqrt(meanOf(sets.map((set) => set.squaredError)));
  const mean = differences[0].map((_, cell) => meanOf(differences.map((cells) => cells[cell])));
  const ratio = distance / floor;
  return {
    ...{ distance, floor, ratio },
    // Of a square's root.
    error: sets.length > 1 ? standardError(squares) / (2 * ratio * floor ** 2) : undefined,
    left: Math.sqrt(Math.max(squaredNorm(mean) - floor ** 2 / sets.length, 0)),
    effective: meanOf(sets.map(({ effective }) => effective)),
  };
}

function densitiesOf(sets: readonly Check[]): (readonly number[])[] {
  return sets.flatMap(({ densities }) => densities);
}

function meanDensities(trials: readonly (readonly number[])[]): number[] {
  return trials[0].map((_, layer) => meanOf(trials.map((densities) => densities[layer])));
}

function squaredNorm(cells: Float64Array): number {
  return cells.reduce((sum, value) => sum + value ** 2, 0);
}
