import { type NetworkOrder, sampleFromGraphon } from "@graphon-limit/graphon";
import { type Network, type Redraw, redraw, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, spectralMetrics, symmetricEigenvalues, traceOf } from "@graphon-limit/ntk";
import { InvalidArgumentError, matrixBytes } from "@graphon-limit/runtime";
import type { Lab } from "../tasks/lab.ts";
import { registerKind } from "../tasks/kind.ts";
import {
  describeNetwork,
  heldWithNetwork,
  initialNetwork,
  kernelInputs,
  type NetworkParams,
  networkWidths,
  purposeSeed,
  withPrunedNetwork,
} from "./network.ts";
import { averageGraphons, type NetworkLayout } from "./network_graphons.ts";

/**
 * What a kernel is of. Masks: those of the pruned network itself, or drawn from the estimated graphons, hidden neurons laid out by
 * `layer` or by `axis` (`NetworkOrder`). Weights: those that made the masks, or fresh ones by a law (`Redraw`).
 */
export type KernelOf = {
  readonly masks: "pruned" | NetworkOrder;
  readonly weights: "own" | Redraw;
};

/** How the graphons that masks are drawn from are estimated, and over how many trials. */
export type DrawnFrom = { readonly layout: NetworkLayout; readonly trials: number };

/** A network, and the kernel of it whose spectrum is taken. */
export type SpectrumParams = {
  readonly network: NetworkParams;
  readonly weights: KernelOf["weights"];
  /** Null for the network's own masks. */
  readonly drawn: DrawnFrom | null;
  /** Inputs of the kernel. */
  readonly samples: number;
  readonly output: "sum" | "trace";
};

/** What is kept of a kernel's spectrum; `spectralMetrics` says what each number is. */
export type SpectrumResult = {
  readonly trace: number;
  readonly eigenvalues: readonly number[];
  readonly energy5: number;
  readonly energy10: number;
  readonly effectiveRank: number;
  readonly spectralGap: number;
  readonly decayRate: number;
};

/**
 * The network and another of fresh weights; what a pass keeps of each neuron and sample; and the kernel, with what it is gathered in
 * and what its eigenvalues take.
 */
const MADE = 2, KEPT = 4, KERNELS = 4;

/** The spectrum of one network's tangent kernel (protocols F3, R2, R3, R7, R9). */
export const kernelSpectrum = registerKind<SpectrumParams, SpectrumResult>({
  name: "spectrum",
  version: 2,
  describe,
  holds(lab, { network, samples }) {
    const { info } = lab.device, neurons = networkWidths(lab, network).reduce((sum, width) => sum + width, 0);
    const passes = KEPT * matrixBytes(info, neurons, samples);
    return heldWithNetwork(lab, network, MADE, KERNELS * matrixBytes(info, samples, samples) + passes);
  },
  async compute(lab, params) {
    const { network, samples, output } = params;
    const host = kernelInputs(lab, network, samples);
    using batch = uploadBatch(lab.device, host.x, host.y);
    const options = { output, signal: lab.signal };
    const values = await withNetwork(lab, params, async (found) => {
      using kernel = await empiricalKernel(found, batch.inputs, options);
      return await lab.device.read(kernel);
    });
    const { conditionNumber: _, ...metrics } = spectralMetrics(
      await symmetricEigenvalues(values, samples, { signal: lab.signal }),
      traceOf(values, samples),
    );
    if (!(metrics.trace > 0 && metrics.trace < Infinity)) {
      throw new InvalidArgumentError(
        `Expected ${
          describe(params)
        } to lead from inputs to outputs but found a kernel of trace ${metrics.trace}; use a larger ` +
          "--width or lower --sparsities",
      );
    }
    return metrics;
  },
});

function describe({ network, weights, drawn }: SpectrumParams): string {
  const masks = drawn ? `masks drawn by ${drawn.layout.order}` : "pruned masks";
  return `${describeNetwork(network)}, kernel, ${masks}, ${weights} weights`;
}

/** Hands over the network that a kernel is to be of, for as long as `use` lasts. */
async function withNetwork<T>(
  lab: Lab,
  { network: params, weights, drawn }: SpectrumParams,
  use: (network: Network) => Promise<T>,
): Promise<T> {
  if (weights === "own") {
    if (drawn) throw new InvalidArgumentError("Expected the network's own masks with its own weights");
    return await withPrunedNetwork(lab, params, use);
  }
  const seed = purposeSeed(params, "fresh");
  using network = initialNetwork(lab, params, seed);
  if (drawn) {
    const graphons = await averageGraphons(lab, params, drawn.trials, drawn.layout);
    const maskSeed = purposeSeed(params, "resampled");
    graphons.forEach((graphon, layer) => {
      const { rows, cols } = network.weights[layer];
      const mask = sampleFromGraphon(lab.device, graphon, rows, cols, { seed: maskSeed, layer });
      network.weights[layer].setMask(mask);
    });
    redraw(network, weights, { seed });
    return await use(network);
  }
  return await withPrunedNetwork(lab, params, async (pruned) => {
    network.weights.forEach((weight, layer) => weight.setMask(pruned.weights[layer].exchangeMask(undefined)));
    try {
      redraw(network, weights, { seed });
      return await use(network);
    } finally {
      // The masks were lent by the pruned network.
      network.weights.forEach((weight, layer) =>
        pruned.weights[layer].setMask(weight.exchangeMask(undefined))
      );
    }
  });
}
