import { DEFAULT_GRID, kernelHistograms, sortAndSmooth } from "@graphon-limit/graphon";
import { axis } from "@graphon-limit/model";
import type { BitMatrix } from "@graphon-limit/runtime";
import type { Call } from "../../worker/serve.ts";
import type { LayerFacts } from "./requests.ts";

/** A layer's graphon as the command estimates it; of a convolution that of its channels, and those of its taps. */
export async function graphonOf(
  { name, shape, rows, columns }: LayerFacts,
  mask: BitMatrix,
  { signal }: Call,
) {
  const taps = shape.slice(2).reduce((product, extent) => product * extent, 1);
  if (shape.length === 2) {
    return { ...await sortAndSmooth(mask, DEFAULT_GRID, {}, { signal }), taps: undefined };
  }
  const [histogram] = await kernelHistograms(
    [{
      ...{ mask, taps },
      output: axis(`outputs of ${name}`, rows),
      input: axis(`inputs of ${name}`, columns / taps),
    }],
    DEFAULT_GRID,
    { signal },
  );
  return { ...histogram, graphon: histogram.channels };
}
