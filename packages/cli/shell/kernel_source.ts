import type { NetworkLayer } from "@graphon-limit/data";
import {
  jointDensity,
  type KernelHistogram,
  kernelHistograms,
  type PlacedMask,
  type StepGraphon,
} from "@graphon-limit/graphon";
import { axis, type ListedRequest, uploadMask } from "@graphon-limit/model";
import type { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** A layer with a mask, and where it is in its network, as far as that is known. */
export interface KernelLayer {
  readonly index: number;
  readonly layer: NetworkLayer;
  readonly request?: ListedRequest | undefined;
}

/** What is found of a layer whose mask has kernels, or whose axes others share. */
export interface EstimatedKernel {
  readonly index: number;
  readonly name: string;
  readonly kernel: readonly number[];
  readonly histogram: KernelHistogram;
  /** Of queries: how they are kept together with the keys, head by head. */
  readonly joint?: readonly StepGraphon[];
}

/**
 * The graphons of some layers of one network, those of convolutions tap by tap. Where the network is known, its axes have one order
 * each; otherwise every layer has axes of its own.
 */
export async function estimateKernels(
  session: Session,
  layers: readonly KernelLayer[],
  grid: number,
  onProgress: (percent: number) => void,
): Promise<EstimatedKernel[]> {
  const { device } = session;
  using made = new DisposableStack();
  const placed = layers.map(({ layer, request }): PlacedMask => {
    const { rows, columns, shape, name, mask } = layer;
    const taps = shape.slice(2).reduce((product, extent) => product * extent, 1);
    return {
      mask: made.use(uploadMask(device, mask!)),
      taps,
      output: request?.output ?? axis(`outputs of ${name}`, rows),
      input: request?.input ?? axis(`inputs of ${name}`, columns / taps),
    };
  });
  const histograms = await kernelHistograms(placed, grid, {
    signal: session.signal,
    onProgress,
  });
  return await Promise.all(layers.map(async ({ index, layer: { name, shape } }, l) => {
    const other = keysOf(placed, l), histogram = histograms[l];
    const estimated = { index, name, kernel: shape.slice(2), histogram };
    if (other === undefined) return estimated;
    const [query, key] = [l, other].map((at) => ({ mask: placed[at].mask, order: histograms[at].order }));
    return { ...estimated, joint: await jointDensity(query, key, placed[l].output.heads!.size, grid) };
  }));
}

/** The mask that writes to an axis of heads after another did: the keys of these queries. */
function keysOf(masks: readonly PlacedMask[], query: number): number | undefined {
  const { output } = masks[query];
  if (!output.heads) return undefined;
  const writers = masks.flatMap((mask, index) => mask.output === output ? [index] : []);
  return writers[0] === query ? writers[1] : undefined;
}

/** Throws where kernels are to be estimated in another way than by sorting and smoothing. */
export function assertTaps(
  { estimator, layers }: { readonly estimator: string; readonly layers: string },
  what: string,
): void {
  if (estimator === "sas" && layers !== "network") return;
  throw new UsageError(
    `Expected --estimator sas, and --layers hidden or all, for ${what}, which has taps or shared axes, but found ${
      estimator === "sas" ? "--layers network" : estimator
    }`,
  );
}
