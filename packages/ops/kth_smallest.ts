import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { floatFromOrderKey, orderKeyOf } from "./float_order.ts";
import { selectDigit } from "./select_digit.ts";
import { SELECT_BINS, selectHistogram } from "./select_histogram.ts";
import { KEY_DIGITS, SELECT_WORDS } from "./select_state.ts";

/** What becomes of a selection's ties, and where it counts. */
export interface SelectOptions {
  /** Whether some of the elements at the threshold are to be kept (`TieBits`); all go unless this says so. */
  readonly breakTies?: boolean;
  /** The largest element that is never kept; −∞ unless given. The threshold is no less, and ties at it all go. */
  readonly worthless?: number | undefined;
  /** Bins to count in ({@linkcode emptyHistogram}), for several selections one after another; bins of its own unless given. */
  readonly histogram?: Matrix<"u32"> | undefined;
}

/** Empty bins for selections, which leave them empty. */
export function emptyHistogram(device: Device): Matrix<"u32"> {
  const histogram = device.matrix(2, SELECT_BINS + 1, "u32");
  device.clear(histogram);
  return histogram;
}

/**
 * The k-th smallest of all elements of some matrices, exactly and without sorting: a radix select over the
 * order-preserving integer image of float32, three passes of counting. Everything stays on the device; ties count as often
 * as they occur.
 *
 * @param k the rank, from 1 to the number of elements, which may be beyond 2³²
 * @returns the selection's state `[1, 8]`, which `maskFromThreshold` takes and {@linkcode readThreshold} reads
 */
export function kthSmallest(
  device: Device,
  scores: readonly Matrix[],
  k: number,
  { breakTies = false, worthless = -Infinity, histogram }: SelectOptions = {},
): Matrix<"u32"> {
  const count = scores.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  if (!Number.isSafeInteger(k) || k < 1 || k > count) {
    throw new InvalidArgumentError(`Expected a rank of 1 to ${count} but found ${k}`);
  }
  using own = histogram ? undefined : emptyHistogram(device);
  const state = device.matrix(1, SELECT_WORDS, "u32"), bins = histogram ?? own!;
  const settings = {
    ...{ word: 0, rankLow: k % 2 ** 32, rankHigh: Math.floor(k / 2 ** 32) },
    ...{ worthless: orderKeyOf(worthless), breakTies: Number(breakTies) },
  };
  KEY_DIGITS.forEach(([shift, digitBits], pass) => {
    for (const matrix of scores) {
      device.run(selectHistogram, { scores: matrix, state, histogram: bins }, { shift, digitBits });
    }
    device.run(selectDigit, { state, histogram: bins }, { ...settings, shift, first: Number(pass === 0) });
  });
  return state;
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

/** What a selection found, read to the host. */
export async function readThreshold(state: Matrix<"u32">): Promise<Threshold> {
  const words = await state.device.read(state);
  return {
    value: floatFromOrderKey(words[0]),
    ties: words[6] + 2 ** 32 * words[7],
    notNumbers: words[2],
  };
}
