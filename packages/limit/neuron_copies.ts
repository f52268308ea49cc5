import { COPIES, ITSELF, LEAST_EXTRA } from "@graphon-limit/ops";

/** The values of neurons themselves. @param copies [neurons, copies] */
export function ofThemselves(copies: Float64Array): Float64Array {
  return Float64Array.from({ length: copies.length / COPIES }, (_, i) => copies[i * COPIES + ITSELF]);
}

/** The mean of neurons that are left; 0 if none is. */
export function meanOfLeft(values: Float64Array): number {
  let sum = 0, left = 0;
  for (const value of values) {
    if (value > 0) {
      sum += value;
      left++;
    }
  }
  return left > 0 ? sum / left : 0;
}

/** What a neuron is or, if it is gone, the first of its copies that is left. @param copies [neurons, copies] */
export function leastLeft(copies: Float64Array, neuron: number): number {
  let copy = ITSELF;
  while (copy < COPIES - 1 && copies[neuron * COPIES + copy] === 0) copy++;
  return copies[neuron * COPIES + copy];
}

/** Adds to every copy what it has more than its neuron. @param one the field of an edge of one deviation */
export function withExtra(copies: Float64Array, one: number): Float64Array {
  return copies.map((value, at) => Math.max(value + (LEAST_EXTRA + at % COPIES) * one, 0));
}
