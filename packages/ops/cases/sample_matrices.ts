import { packBits } from "@graphon-limit/runtime";
import { type HostMatrix, normalMatrix, randomBits } from "./op_case.ts";

/** Samples in a batch: about as many as scores are taken on. */
export const BATCH = 128;

/** Classes of the data sets. */
export const CLASSES = 10;

/** Cells along one side of a graphon. */
export const GRID = 64;

/** Samples whose pairs with all others stand side by side. */
export const PAIR_ROWS = 8;

/** Fraction of the weights kept: the sparsity is 80 %. */
export const DENSITY = 0.2;

/** Singular vectors iterated together. */
export const SINGULAR_BLOCK = 16;

/** Rows that all others are compared through. */
export const REFERENCE_ROWS = 128;

/** Input coordinates that share a position of the graphon. */
export const FEATURES_PER_POSITION = 4;

/** Neurons whose parts of a tangent kernel are added in one launch. */
export const NEURONS = 8;

/** Weights of a layer. */
export function square(n: number): HostMatrix {
  return normalMatrix(1, n, n);
}

/** The mask of a layer. */
export function mask(n: number): HostMatrix {
  return randomBits(2, n, n, DENSITY);
}

/** What a layer's neurons do at the samples of a batch. */
export function batch(n: number, seed = 3): HostMatrix {
  return normalMatrix(seed, n, BATCH);
}

/** A number for each position and pair of samples. */
export function pairs(n: number, seed: number): HostMatrix & { data: Float32Array } {
  return normalMatrix(seed, GRID, PAIR_ROWS * n);
}

/** Positive numbers, as SynFlow's vectors are. */
export function positive(rows: number, cols: number): HostMatrix {
  return { rows, cols, data: normalMatrix(4, rows, cols).data.map((value) => Math.abs(value) + 0.1) };
}

/** Whole numbers below `bound`, spread evenly over the matrix. */
export function counting(rows: number, cols: number, bound: number): HostMatrix & { data: Uint32Array } {
  const length = rows * cols;
  return { rows, cols, data: Uint32Array.from({ length }, (_, i) => Math.floor(i * bound / length)) };
}

/** The words of an n×n mask of the few scores that are at the threshold. */
export function tieWords(n: number): HostMatrix {
  const { rows, cols, bits } = randomBits(5, n, n, 0.05), data = packBits(bits, rows, cols);
  return { rows: 1, cols: data.length, data };
}

/** Counters that begin at zero. */
export function zeros(rows: number, cols: number): HostMatrix {
  return { rows, cols, data: new Uint32Array(rows * cols) };
}

/** What flows back through ReLU: nothing, half of the time. */
export function half(n: number): HostMatrix {
  return { rows: n, cols: n, data: normalMatrix(4, n, n).data.map((value) => Math.max(value, 0)) };
}

/** Lists of `count` numbers below `bound`, each row beginning with how many there are. */
export function lists(rows: number, count: number, bound: number): HostMatrix & { data: Uint32Array } {
  const cols = bound + 1, data = new Uint32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    data[row * cols] = count;
    data.set(counting(1, count, bound).data, row * cols + 1);
  }
  return { rows, cols, data };
}
