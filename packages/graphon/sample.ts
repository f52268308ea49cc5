import { sampleMask } from "@graphon-limit/ops";
import type { BitMatrix, Device, Seed } from "@graphon-limit/runtime";
import type { StepGraphon } from "./step_graphon.ts";

/**
 * A random mask `[rows, cols]` drawn from a graphon: entry `(i, j)` is kept with probability `W(i/rows, j/cols)`,
 * independently of all others. The same seed and layer give the same mask on every device.
 *
 * @returns a mask that is the caller's to dispose of; see {@linkcode sortAndSmooth} for an example
 */
export function sampleFromGraphon(
  device: Device,
  graphon: StepGraphon,
  rows: number,
  cols: number,
  { seed, layer = 0 }: { seed: Seed; layer?: number },
): BitMatrix {
  using probabilities = device.upload(Float32Array.from(graphon.values), graphon.rows, graphon.cols);
  const mask = device.bits(rows, cols);
  device.run(sampleMask, { probabilities, mask }, {
    seedLow: seed[0],
    seedHigh: seed[1],
    layer,
    totalRows: rows,
  });
  return mask;
}
