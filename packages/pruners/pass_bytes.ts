import { matrixBytes } from "@graphon-limit/runtime";
import type { PassRequest } from "./method.ts";

/** Bytes that a forward pass, its loss and its pullback hold: pre-activations and activations, signals and deltas, outputs. */
export function backwardBytes({ widths, samples, info }: PassRequest): number {
  const vectors = (sizes: readonly number[]) =>
    sizes.reduce((total, size) => total + matrixBytes(info, size, samples), 0);
  return 4 * vectors(widths.slice(1, -1)) + 2 * vectors(widths.slice(-1)) + matrixBytes(info, 1, samples);
}
