/** The published numbers that results are printed beside (Pham et al. 2025 and its public reviews; experiments page). */

/** The method that others are compared with. */
export const BASELINE = "random";

/** What claims 1 and 2 say of which methods' graphons. */
export const GRAPHON_CLAIMS: Readonly<Record<"constant" | "graded" | "blocks", readonly string[]>> = {
  constant: ["random", "magnitude"],
  graded: ["snip", "grasp"],
  blocks: ["synflow"],
};

/** A table of one number per method and sparsity. */
type BySparsity = Readonly<Record<string, Readonly<Record<string, number>>>>;

const sparsities = ["0.5", "0.6", "0.7", "0.8", "0.9", "0.95"];
const over = (...values: number[]) => Object.fromEntries(values.map((value, i) => [sparsities[i], value]));

/** R1: distance to the histogram of width 10,000 at 80 %, by width. */
export const DISTANCES_R1: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  snip: { 100: 17.16, 500: 4.52, 1000: 1.52, 2000: 0.21, 10000: 0 },
  grasp: { 100: 17.82, 500: 2.56, 1000: 2.22, 2000: 2.23, 10000: 0 },
  synflow: { 100: 30.74, 500: 16.39, 1000: 12.72, 2000: 9.73, 10000: 0 },
};

/** R2: top-5 energy, 1024 samples, width 1024. */
export const ENERGY_R2: BySparsity = {
  random: over(0.4509, 0.4584, 0.4538, 0.4756, 0.4694, 0.4644),
  snip: over(0.4584, 0.4789, 0.4851, 0.4996, 0.5379, 0.6027),
  synflow: over(0.4641, 0.4733, 0.4853, 0.4985, 0.5121, 0.6592),
};

/** R3: top-5 energy, 512 samples, width 2048. */
export const ENERGY_R3: BySparsity = {
  random: over(0.4652, 0.4641, 0.4629, 0.4641, 0.4658, 0.4709),
  snip: over(0.4670, 0.4671, 0.4768, 0.4957, 0.5480, 0.6064),
  synflow: over(0.4597, 0.4687, 0.4942, 0.4858, 0.5154, 0.6433),
};

/** R4: training loss at step 200, by sparsity (`0` the dense network): mean and deviation. */
export const LOSS_R4: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  dense: { "0": [0.21, 0.07] },
  random: { "0.6": [0.24, 0.07], "0.7": [0.27, 0.07], "0.8": [0.30, 0.08], "0.9": [0.34, 0.08] },
  snip: { "0.6": [0.24, 0.06], "0.7": [0.25, 0.06], "0.8": [0.26, 0.06], "0.9": [0.31, 0.07] },
  synflow: { "0.6": [0.25, 0.05], "0.7": [0.26, 0.05], "0.8": [0.28, 0.05], "0.9": [0.30, 0.06] },
};

/** R5 and R6: training loss at steps 0, 10, …, 100, by learning rate, method and sparsity. */
export const LOSSES_R5_R6: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  "0.01": {
    "random 0.8": [2.30, 1.61, 1.07, 0.70, 0.51, 0.42, 0.38, 0.34, 0.35, 0.33, 0.31],
    "snip 0.8": [2.31, 1.61, 0.98, 0.67, 0.51, 0.42, 0.36, 0.33, 0.32, 0.33, 0.30],
    "random 0.9": [2.30, 1.75, 1.12, 0.78, 0.58, 0.46, 0.41, 0.36, 0.31, 0.31, 0.32],
    "snip 0.9": [2.31, 1.53, 0.93, 0.63, 0.49, 0.40, 0.34, 0.32, 0.34, 0.30, 0.28],
  },
  "0.005": {
    "random 0.8": [2.30, 1.70, 1.09, 0.76, 0.56, 0.45, 0.39, 0.36, 0.31, 0.30, 0.31],
    "snip 0.8": [2.31, 1.48, 0.91, 0.60, 0.46, 0.40, 0.33, 0.31, 0.30, 0.28, 0.26],
    "random 0.9": [2.30, 2.01, 1.25, 0.83, 0.61, 0.51, 0.45, 0.41, 0.36, 0.34, 0.35],
    "snip 0.9": [2.31, 1.52, 0.93, 0.64, 0.50, 0.43, 0.36, 0.32, 0.31, 0.29, 0.28],
  },
};

/** R7: natural logarithm of the ten largest eigenvalues at 80 %. */
export const LOG_EIGENVALUES_R7: Readonly<Record<string, readonly number[]>> = {
  random: [19.09, 16.71, 16.48, 16.30, 16.17, 15.99, 15.87, 15.71, 15.60, 15.44],
  magnitude: [23.16, 20.79, 20.59, 20.43, 20.31, 20.14, 20.03, 19.79, 19.71, 19.59],
  snip: [20.23, 18.03, 17.90, 17.73, 17.51, 17.31, 17.13, 17.02, 16.89, 16.76],
};

/** R8: training loss at steps 0, 10, …, 190, 80 %, Adam at 0.001. */
export const LOSSES_R8: Readonly<Record<string, readonly number[]>> = {
  random: [
    2.30,
    2.21,
    1.80,
    1.22,
    0.85,
    0.63,
    0.52,
    0.47,
    0.42,
    0.40,
    0.40,
    0.41,
    0.37,
    0.38,
    0.35,
    0.36,
    0.32,
    0.31,
    0.33,
    0.32,
  ],
  magnitude: [
    2.30,
    2.16,
    1.67,
    1.10,
    0.76,
    0.58,
    0.49,
    0.45,
    0.40,
    0.38,
    0.38,
    0.39,
    0.35,
    0.36,
    0.34,
    0.34,
    0.31,
    0.30,
    0.31,
    0.30,
  ],
  snip: [
    2.31,
    1.85,
    1.12,
    0.74,
    0.59,
    0.51,
    0.43,
    0.41,
    0.40,
    0.37,
    0.34,
    0.32,
    0.32,
    0.30,
    0.28,
    0.27,
    0.28,
    0.27,
    0.25,
    0.24,
  ],
};

/** R9: energy of the five and of the ten largest eigenvalues at 80 %: mean and deviation. */
export const ENERGY_R9: Readonly<
  Record<string, { readonly top5: readonly [number, number]; readonly top10: readonly [number, number] }>
> = {
  random: { top5: [0.4756, 0.0140], top10: [0.5404, 0.0139] },
  magnitude: { top5: [0.4673, 0.0097], top10: [0.5335, 0.0097] },
  snip: { top5: [0.4996, 0.0186], top10: [0.5758, 0.0171] },
};
