import { type Device, GeneratedMatrix, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { floatFromOrderKey, orderKeyOf } from "./float_order.ts";
import { selectDigit } from "./select_digit.ts";
import { SELECT_BINS, selectHistogram } from "./select_histogram.ts";
import { KEY_DIGITS, SELECT_ROWS, SELECT_WORDS } from "./select_state.ts";
import { TOGETHER } from "./together.ts";

/** What becomes of a selection's ties, and where it counts. */
export interface SelectOptions {
  /**
   * Whether some of the elements at the threshold are to be kept, by `TieBits`, which is given the same `histogram`; all go unless
   * this says so.
   */
  readonly breakTies?: boolean;
  /** The largest element that is never kept; −∞ unless given. The threshold is no less, and ties at it all go. */
  readonly worthless?: number | undefined;
  /** Bins to count in ({@linkcode emptyHistogram}), for several selections one after another; bins of its own unless given. */
  readonly histogram?: Matrix<"u32"> | undefined;
  /** Where what is found is noted, for {@linkcode readThresholds}: a row of a matrix [h, 6]. */
  readonly note?: { readonly history: Matrix<"u32">; readonly row: number } | undefined;
}

/** Empty bins for selections, one after another. */
export function emptyHistogram(device: Device): Matrix<"u32"> {
  const histogram = device.matrix(SELECT_ROWS, SELECT_BINS + 1, "u32");
  device.clear(histogram);
  return histogram;
}

/**
 * The k-th smallest of all elements of some matrices, exactly and without sorting: a radix select over the
 * order-preserving integer image of float32, three passes of counting. Everything stays on the device; ties count as often
 * as they occur.
 *
 * @param k the rank, from 1 to the number of elements, which may be beyond 2³²
 * @returns the selection's state `[1, 6]`, which `maskFromThreshold` takes and {@linkcode readThreshold} reads
 */
export function kthSmallest(
  device: Device,
  scores: readonly Matrix[],
  k: number,
  { breakTies = false, worthless = -Infinity, histogram, note }: SelectOptions = {},
): Matrix<"u32"> {
  const count = scores.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  if (!Number.isSafeInteger(k) || k < 1 || k > count) {
    throw new InvalidArgumentError(`Expected a rank of 1 to ${count} but found ${k}`);
  }
  using own = histogram ? undefined : emptyHistogram(device);
  const state = device.matrix(1, SELECT_WORDS, "u32"), bins = histogram ?? own!;
  const settings = {
    ...{ rankLow: k % 2 ** 32, rankHigh: Math.floor(k / 2 ** 32) },
    ...{ worthless: orderKeyOf(worthless), breakTies: Number(breakTies), row: note?.row ?? 0 },
  };
  const together = countedTogether(scores);
  KEY_DIGITS.forEach(([shift, digitBits], pass) => {
    for (const [first, second, third, fourth] of together) {
      const args = { scores: first, second, third, fourth, state, histogram: bins };
      device.run(selectHistogram, args, { shift, digitBits });
    }
    const history = shift === 0 ? note?.history : undefined;
    device.run(selectDigit, { state, histogram: bins, history }, {
      ...settings,
      ...{ shift, first: Number(pass === 0) },
    });
  });
  return state;
}

/** The matrices, as many of those in one piece together as a launch counts. */
function countedTogether(scores: readonly Matrix[]): Matrix[][] {
  const groups: Matrix[][] = [], small: Matrix[] = [];
  for (const matrix of scores) {
    const whole = !(matrix instanceof GeneratedMatrix) && matrix.panels.length === 1;
    if (whole) small.push(matrix);
    else groups.push([matrix]);
  }
  while (small.length > 0) groups.push(small.splice(0, TOGETHER));
  return groups;
}

/** What a selection found. */
export interface Threshold {
  /** The k-th smallest element, or what is worthless if that is larger. */
  readonly value: number;
  /** How many elements are equal to the k-th smallest. */
  readonly ties: number;
  /** How many of the elements were no numbers: with any, the rest means nothing. */
  readonly notNumbers: number;
}

/** Room for what so many selections find. */
export function selectionHistory(device: Device, selections: number): Matrix<"u32"> {
  return device.matrix(selections, SELECT_WORDS, "u32");
}

/** What a selection found, read to the host. */
export async function readThreshold(state: Matrix<"u32">): Promise<Threshold> {
  return (await readThresholds(state))[0];
}

/** What the selections found that noted it in a history [h, 6], read to the host; of rows without any it means nothing. */
export async function readThresholds(history: Matrix<"u32">): Promise<Threshold[]> {
  const words = await history.device.read(history);
  return Array.from({ length: history.rows }, (_, row) => {
    const state = words.subarray(row * SELECT_WORDS, (row + 1) * SELECT_WORDS);
    return {
      value: floatFromOrderKey(state[0]),
      ties: state[4] + 2 ** 32 * state[5],
      notNumbers: state[2],
    };
  });
}
