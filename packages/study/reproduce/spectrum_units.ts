import { networkHistograms, type NetworkOrder, sampleFromGraphon, StepGraphon } from "@graphon-limit/graphon";
import { type Initialiser, type Mlp, type Redraw, redraw, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, limitKernel, spectralMetrics, symmetricEigen, traceOf } from "@graphon-limit/ntk";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import { decodeCells, encodeCells } from "./cells.ts";
import type { Unit } from "./unit.ts";

/**
 * What a kernel is of. Masks: those of the pruned network itself, or drawn from the estimated graphons, hidden neurons laid out by
 * `layer` or by `axis` (`NetworkOrder`). Weights: those that made the masks, or fresh ones by a law (`Redraw`).
 */
export type KernelOf = {
  readonly masks: "pruned" | NetworkOrder;
  readonly weights: "own" | Redraw;
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

/** Estimates of each layer's graphon, cells as `encodeCells` writes them. */
export type GraphonsResult = {
  readonly layers: readonly { rows: number; cols: number; cells: string }[];
};

/** How the graphons of a whole network are estimated: by layer on a grid, or by axis with `side` intervals of each degree. */
export type NetworkLayout = { readonly order: "layer"; readonly grid: number } | {
  readonly order: "axis";
  readonly side: number;
};

/** The estimated graphons of all layers of one pruned network, inputs and outputs in their own order. */
export function networkGraphonsUnit(spec: NetworkSpec, layout: NetworkLayout): Unit<GraphonsResult> {
  return {
    kind: "network-graphons-2",
    params: { ...spec, ...layout },
    label: `${describe(spec)}, graphons by ${layout.order}`,
    compute: async (lab) => {
      const masks = (await lab.pruned(spec)).masks.map((mask) => {
        if (!mask) throw new InvalidArgumentError(`Expected ${describe(spec)} to have masks but found none`);
        return mask;
      });
      const found = await networkHistograms(masks, layout);
      return {
        layers: found.map(({ graphon: { rows, cols, values } }) => ({
          rows,
          cols,
          cells: encodeCells(values),
        })),
      };
    },
  };
}

/** The estimates of several trials, averaged: a graphon for each layer of weights. */
export async function averageGraphons(
  lab: Laboratory,
  spec: NetworkSpec,
  trials: number,
  layout: NetworkLayout,
): Promise<StepGraphon[]> {
  let sums: StepGraphon[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const { layers } = await lab.get(networkGraphonsUnit({ ...spec, trial }, layout));
    if (trial === 0) {
      sums = layers.map(({ rows, cols }) => new StepGraphon(rows, cols, new Float64Array(rows * cols)));
    }
    layers.forEach(({ cells }, layer) => {
      decodeCells(cells).forEach((value, cell) => sums[layer].values[cell] += value / trials);
    });
  }
  return sums;
}

/** How a spectrum is taken. */
export type SpectrumSpec = KernelOf & {
  /** Inputs of the kernel. */
  readonly samples: number;
  readonly output: "sum" | "trace";
  /** How the graphons that masks are drawn from are estimated, and trials averaged for them. */
  readonly grid: number;
  readonly side: number;
  readonly graphonTrials: number;
};

/** The layout of the graphons that masks are drawn from, where they are. */
function layoutOf({ masks, grid, side }: SpectrumSpec): NetworkLayout | undefined {
  if (masks === "pruned") return undefined;
  return masks === "layer" ? { order: masks, grid } : { order: masks, side };
}

/** The spectrum of one network's tangent kernel (protocols F3, R2, R3, R7, R9). */
export function spectrumUnit(network: NetworkSpec, spectrum: SpectrumSpec): Unit<SpectrumResult> {
  const { masks, weights, samples, output, graphonTrials } = spectrum, layout = layoutOf(spectrum);
  // Only masks that are drawn depend on how their graphons were estimated.
  const drawn = layout ? { ...layout, graphonTrials } : {};
  return {
    kind: "spectrum-2",
    params: { ...network, masks, weights, samples, output, ...drawn },
    label: `${describe(network)}, kernel, ${masks} masks, ${weights} weights`,
    compute: (lab) => computeSpectrum(lab, network, spectrum),
  };
}

async function computeSpectrum(
  lab: Laboratory,
  network: NetworkSpec,
  spectrum: SpectrumSpec,
): Promise<SpectrumResult> {
  const { samples, output, masks, weights } = spectrum;
  const host = lab.kernelInputs(network, samples);
  using batch = uploadBatch(lab.device, host.x, host.y);
  using kernel = await withNetwork(
    lab,
    network,
    spectrum,
    (mlp) => empiricalKernel(mlp, batch.inputs, { output }),
  );
  const values = await lab.device.read(kernel);
  const { conditionNumber: _, ...metrics } = spectralMetrics(
    symmetricEigen(values, samples).values,
    traceOf(values, samples),
  );
  if (!(metrics.trace > 0 && metrics.trace < Infinity)) {
    throw new InvalidArgumentError(
      `Expected ${
        describe(network)
      } (${masks} masks, ${weights} weights) to lead from inputs to outputs but found a kernel of trace ` +
        `${metrics.trace}; use a larger --width or lower --sparsities`,
    );
  }
  return metrics;
}

/** Hands over the network that a kernel is to be of, for as long as `use` lasts. */
async function withNetwork<T>(
  lab: Laboratory,
  network: NetworkSpec,
  spectrum: SpectrumSpec,
  use: (mlp: Mlp) => Promise<T>,
): Promise<T> {
  const { weights, graphonTrials } = spectrum, layout = layoutOf(spectrum);
  if (weights === "own") {
    if (layout) throw new InvalidArgumentError("Expected the network's own masks with its own weights");
    return await use(await lab.pruned(network));
  }
  const seed = lab.purposeSeed(network, "fresh");
  using mlp = lab.initialise(network, seed);
  if (layout) {
    const graphons = await averageGraphons(lab, network, graphonTrials, layout);
    const drawn = lab.purposeSeed(network, "resampled");
    graphons.forEach((graphon, layer) => {
      const { rows, cols } = mlp.weights[layer];
      mlp.setMask(layer, sampleFromGraphon(lab.device, graphon, rows, cols, { seed: drawn, layer }));
    });
    redraw(mlp, weights, { seed });
    return await use(mlp);
  }
  const { masks } = await lab.pruned(network);
  try {
    masks.forEach((mask, layer) => mlp.masks[layer] = mask);
    redraw(mlp, weights, { seed });
    return await use(mlp);
  } finally {
    // The masks are the pruned network's.
    mlp.masks.fill(undefined);
  }
}

/** How many inputs the kernels in the limit are taken of, whose leading eigenvalues are only compared with each other. */
const LIMIT_SAMPLES = 64;

export type ShiftResult = { readonly shifts: readonly number[] };

/**
 * What the second moments of kept weights predict of magnitude pruning's eigenvalues: their natural logarithms above those of
 * random pruning, the ten largest, of kernels in the limit (design §4; `ntk` parametrization).
 */
export function magnitudeShiftUnit(
  { width, hidden, sparsity, initialiser, activation }: NetworkSpec,
): Unit<ShiftResult> & { readonly initialiser: Initialiser } {
  const params = { width, hidden, sparsity, initialiser, activation };
  return {
    initialiser,
    kind: "magnitude-shift",
    params,
    label: `magnitude above random in the limit, ${initialiser}, ${percent(sparsity)}`,
    compute: async (lab) => {
      const { dimension, classes } = lab.dataset;
      const network = { inputs: dimension, hidden, classes, width, initialiser, activation };
      const host = lab.kernelInputs({ ...params, method: "dense", trial: 0 }, LIMIT_SAMPLES);
      using batch = uploadBatch(lab.device, host.x, host.y);
      const logs: number[][] = [];
      for (const method of ["magnitude", "random"] as const) {
        using kernel = await limitKernel(method, network, batch.inputs, { sparsity, seed: lab.seed });
        const { values } = symmetricEigen(await lab.device.read(kernel), LIMIT_SAMPLES);
        logs.push(Array.from(values.slice(0, 10), Math.log));
      }
      return { shifts: logs[0].map((value, k) => value - logs[1][k]) };
    },
  };
}

/** A network in a few words. */
export function describe(
  { method, quota, width, hidden, sparsity, trial, initialiser }: NetworkSpec,
): string {
  const counts = quota === undefined ? "" : ` (${quota}'s layer counts)`;
  const pruned = method === "dense" ? method : `${method}${counts} ${percent(sparsity)}`;
  return `${pruned}, ${hidden} × ${width}, ${initialiser}, trial ${trial + 1}`;
}

/** `0.95` as `95 %`. */
export function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(6))} %`;
}
