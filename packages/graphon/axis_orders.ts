import type { Axis } from "@graphon-limit/model";
import { orderByDegree } from "./estimators/cells.ts";

/** How many weights lead from and to each neuron of a mask's axes. */
export interface AxisDegrees {
  readonly output: Axis;
  readonly input: Axis;
  /** Ones in each row, over all taps. */
  readonly outputDegrees: Float64Array;
  /** Ones for each input, over all rows and taps. */
  readonly inputDegrees: Float64Array;
}

/** The order of a mask's rows and of its inputs. */
export interface MaskOrder {
  readonly outputs: Uint32Array;
  readonly inputs: Uint32Array;
}

/**
 * Orders of the axes of a network's masks, by descending degree. An axis that one mask writes and one reads is sorted by each of them
 * for itself; one that several do, a residual stream's, has one order, of the degrees in all of them together; and so have axes with
 * heads: these are sorted as wholes, by the degrees of all axes that share them, and neurons within theirs.
 */
export function axisOrders(masks: readonly AxisDegrees[]): MaskOrder[] {
  const totals = new Map<Axis, Float64Array>(),
    writers = new Map<Axis, number>(),
    readers = new Map<Axis, number>();
  const count = (axis: Axis, degrees: Float64Array, uses: Map<Axis, number>) => {
    const total = totals.get(axis) ?? new Float64Array(axis.size);
    degrees.forEach((degree, neuron) => total[neuron] += degree);
    totals.set(axis, total);
    uses.set(axis, (uses.get(axis) ?? 0) + 1);
  };
  for (const { output, input, outputDegrees, inputDegrees } of masks) {
    count(output, outputDegrees, writers);
    count(input, inputDegrees, readers);
  }
  const heads = headDegrees(totals), shared = new Map<Axis, Uint32Array>();
  for (const [axis, degrees] of totals) {
    const several = (writers.get(axis) ?? 0) > 1 || (readers.get(axis) ?? 0) > 1;
    if (axis.heads) shared.set(axis, orderByHeads(degrees, heads.get(axis.heads)!));
    else if (several) shared.set(axis, orderByDegree(degrees));
  }
  return masks.map(({ output, input, outputDegrees, inputDegrees }) => ({
    outputs: shared.get(output) ?? orderByDegree(outputDegrees),
    inputs: shared.get(input) ?? orderByDegree(inputDegrees),
  }));
}

/** The degrees of heads: those of their neurons, over all axes that share them. */
function headDegrees(totals: ReadonlyMap<Axis, Float64Array>): Map<Axis, Float64Array> {
  const heads = new Map<Axis, Float64Array>();
  for (const [axis, degrees] of totals) {
    if (!axis.heads) continue;
    const total = heads.get(axis.heads) ?? new Float64Array(axis.heads.size);
    heads.set(axis.heads, total);
    const each = axis.size / axis.heads.size;
    degrees.forEach((degree, neuron) => total[Math.floor(neuron / each)] += degree);
  }
  return heads;
}

/** Neurons head by head, heads by their degrees and neurons of each by theirs. */
function orderByHeads(degrees: Float64Array, heads: Float64Array): Uint32Array {
  const each = degrees.length / heads.length, rank = new Uint32Array(heads.length);
  orderByDegree(heads).forEach((head, place) => rank[head] = place);
  const placeOf = (neuron: number) => rank[Math.floor(neuron / each)];
  return Uint32Array.from({ length: degrees.length }, (_, i) => i)
    .sort((a, b) => placeOf(a) - placeOf(b) || degrees[b] - degrees[a] || a - b);
}
