import { sampleFromGraphon, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { type Mlp, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, limitKernel, spectralMetrics, symmetricEigen, traceOf } from "@graphon-limit/ntk";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import type { Unit } from "./unit.ts";

/**
 * What the kernel is of: the pruned network with the weights that made its masks; the same masks with fresh weights; or
 * masks sampled from the estimated graphons with fresh weights, as in the paper.
 */
export type SpectrumVariant = "own" | "fresh" | "resampled";

export const SPECTRUM_VARIANTS: readonly SpectrumVariant[] = ["own", "fresh", "resampled"];

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

/** Estimates of each layer's graphon, row-major. */
export type GraphonsResult = {
  readonly layers: readonly { rows: number; cols: number; values: readonly number[] }[];
};

/**
 * The sorted histograms of all layers of one pruned network: hidden neurons by degree on a grid, inputs and outputs, which
 * are not exchangeable, in their own order.
 */
export function networkGraphonsUnit(spec: NetworkSpec, grid: number): Unit<GraphonsResult> {
  return {
    kind: "network-graphons",
    params: { ...spec, grid },
    label: `${describe(spec)}, graphons`,
    compute: async (lab) => {
      const { masks } = await lab.pruned(spec);
      const layers = [];
      for (const [layer, mask] of masks.entries()) {
        if (!mask) throw new InvalidArgumentError(`Expected ${describe(spec)} to have masks but found none`);
        const axes = { inputs: layer === 0, outputs: layer === masks.length - 1 };
        const { graphon: { rows, cols, values } } = await sortAndSmooth(mask, grid, axes);
        layers.push({ rows, cols, values: Array.from(values, rounded) });
      }
      return { layers };
    },
  };
}

/** The estimates of several trials, averaged: a graphon for each layer of weights. */
export async function averageGraphons(
  lab: Laboratory,
  spec: NetworkSpec,
  trials: number,
  grid: number,
): Promise<StepGraphon[]> {
  let sums: StepGraphon[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const { layers } = await lab.get(networkGraphonsUnit({ ...spec, trial }, grid));
    if (trial === 0) {
      sums = layers.map(({ rows, cols }) => new StepGraphon(rows, cols, new Float64Array(rows * cols)));
    }
    layers.forEach(({ values }, layer) => {
      values.forEach((value, cell) => sums[layer].values[cell] += value / trials);
    });
  }
  return sums;
}

/** How a spectrum is taken. */
export type SpectrumSpec = {
  readonly variant: SpectrumVariant;
  /** Inputs of the kernel. */
  readonly samples: number;
  readonly output: "sum" | "trace";
  /** Cells per axis of the graphons that masks are sampled from, and trials averaged for them. */
  readonly grid: number;
  readonly graphonTrials: number;
};

/** The spectrum of one network's tangent kernel (protocols F3, R2, R3, R7, R9). */
export function spectrumUnit(network: NetworkSpec, spectrum: SpectrumSpec): Unit<SpectrumResult> {
  const { grid, graphonTrials, ...rest } = spectrum;
  // Only masks that are sampled depend on how their graphons were estimated.
  const used = spectrum.variant === "resampled" ? { ...rest, grid, graphonTrials } : rest;
  return {
    kind: "spectrum",
    params: { ...network, ...used },
    label: `${describe(network)}, kernel, ${spectrum.variant} ${
      spectrum.variant === "resampled" ? "masks" : "weights"
    }`,
    compute: (lab) => computeSpectrum(lab, network, spectrum),
  };
}

async function computeSpectrum(
  lab: Laboratory,
  network: NetworkSpec,
  spectrum: SpectrumSpec,
): Promise<SpectrumResult> {
  const { samples, output, variant } = spectrum;
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
      } (${variant}) to lead from inputs to outputs but found a kernel of trace ` +
        `${metrics.trace}; use a larger --width or lower --sparsities`,
    );
  }
  return metrics;
}

/** Hands over the network a variant asks for, for as long as `use` lasts. */
async function withNetwork<T>(
  lab: Laboratory,
  network: NetworkSpec,
  { variant, grid, graphonTrials }: SpectrumSpec,
  use: (mlp: Mlp) => Promise<T>,
): Promise<T> {
  if (variant === "own") return await use(await lab.pruned(network));
  const fresh = lab.initialise(network, lab.purposeSeed(network, "fresh"));
  if (variant === "fresh") {
    const { masks } = await lab.pruned(network);
    masks.forEach((mask, layer) => fresh.masks[layer] = mask);
    try {
      return await use(fresh);
    } finally {
      // The masks are the pruned network's.
      fresh.masks.fill(undefined);
      fresh[Symbol.dispose]();
    }
  }
  using mlp = fresh;
  const graphons = await averageGraphons(lab, network, graphonTrials, grid);
  const seed = lab.purposeSeed(network, "resampled");
  graphons.forEach((graphon, layer) => {
    const { rows, cols } = mlp.weights[layer];
    mlp.setMask(layer, sampleFromGraphon(lab.device, graphon, rows, cols, { seed, layer }));
  });
  return await use(mlp);
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
): Unit<ShiftResult> {
  const params = { width, hidden, sparsity, initialiser, activation };
  return {
    kind: "magnitude-shift",
    params,
    label: `magnitude above random in the limit, ${percent(sparsity)}`,
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
export function describe({ method, width, hidden, sparsity, trial }: NetworkSpec): string {
  const pruned = method === "dense" ? method : `${method} ${percent(sparsity)}`;
  return `${pruned}, ${hidden} × ${width}, trial ${trial + 1}`;
}

/** `0.95` as `95 %`. */
export function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(6))} %`;
}

/** Seven digits are more than a count of bits in a cell has to say. */
function rounded(value: number): number {
  return Number(value.toPrecision(7));
}
