import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { floatFromOrderKey } from "./float_order.ts";
import { selectDigit } from "./select_digit.ts";
import { SELECT_BINS, selectHistogram } from "./select_histogram.ts";

/** Digits of the 32-bit key, from the top: shift and bits. */
const DIGITS = [[21, 11], [10, 11], [0, 10]] as const;

/**
 * The k-th smallest of all elements of some matrices, exactly and without sorting: a radix select over the
 * order-preserving integer image of float32, three passes of counting. Everything stays on the device; ties count as often
 * as they occur.
 *
 * @param k the rank, from 1 to the number of elements, which may be beyond 2³²
 * @returns the selection's state `[1, 4]`, which `maskFromThreshold` takes and {@linkcode readThreshold} reads
 */
export function kthSmallest(device: Device, scores: readonly Matrix[], k: number): Matrix<"u32"> {
  const count = scores.reduce((sum, { rows, cols }) => sum + rows * cols, 0);
  if (!Number.isSafeInteger(k) || k < 1 || k > count) {
    throw new InvalidArgumentError(`Expected a rank of 1 to ${count} but found ${k}`);
  }
  const state = device.matrix(1, 4, "u32");
  using histogram = device.matrix(2, SELECT_BINS + 1, "u32");
  device.clear(histogram);
  const rank = { rankLow: k % 2 ** 32, rankHigh: Math.floor(k / 2 ** 32) };
  DIGITS.forEach(([shift, digitBits], pass) => {
    for (const matrix of scores) {
      device.run(selectHistogram, { scores: matrix, state, histogram }, { shift, digitBits });
    }
    device.run(selectDigit, { state, histogram }, { shift, first: pass === 0 ? 1 : 0, ...rank });
  });
  return state;
}

/** The value a selection found, and how many of the elements were no numbers: with any, the value means nothing. */
export async function readThreshold(state: Matrix<"u32">): Promise<{ value: number; notNumbers: number }> {
  const [key, , notNumbers] = await state.device.read(state);
  return { value: floatFromOrderKey(key), notNumbers };
}
