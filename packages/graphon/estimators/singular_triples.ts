import { bitMatmul } from "@graphon-limit/ops";
import { formatBytes, OutOfDeviceMemoryError, type RandomSequence } from "@graphon-limit/runtime";
import { symmetricEigen } from "../symmetric_eigen.ts";
import type { Watch } from "../watch.ts";
import type { Observation } from "./observation.ts";
import { rowSlices, SLICE_ENTRIES } from "./row_slices.ts";

/** Singular values and vectors, the largest first. */
export interface SingularTriples {
  readonly values: Float64Array;
  /** Component `i` of left vector `k` is `left[k][i]`; likewise on the right. */
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
}

/** Vectors iterated together at first. */
export const FIRST_BLOCK = 12;

/** Changes of a wanted value, relative to the largest, that count as none. */
const SETTLED = 1e-5;

/** Values, relative to the largest, that rounding makes of zeros. */
const ROUNDING = 1e-6;

const MOST_ITERATIONS = 60;

/** How triples are sought: those above a threshold, with so much memory. */
export interface TripleSearch {
  readonly threshold: number;
  readonly random: RandomSequence;
  readonly memoryBytes: number;
  readonly watch: Watch;
}

/** Bytes that are taken while so many vectors of a mask of this shape are iterated together. */
export function vectorBytes(size: number, rows: number, cols: number): { host: number; device: number } {
  // Float64 bases and images of both sides, old and new, and what goes to the device and comes back; Gram and eigenvectors.
  return {
    host: size * (rows * (3 * 8 + 4) + cols * (4 * 8 + 4)) + 3 * 8 * size ** 2,
    device: size * (rows + cols) * 4,
  };
}

/**
 * The singular triples above a threshold of the masks' average [m, n], by block power iteration with a Rayleigh–Ritz step (Halko,
 * Martinsson and Tropp 2011). The block grows until it holds a value below the threshold. Products are with bits.
 *
 * @param rows the masks
 * @param columns the masks transposed
 * @throws {OutOfDeviceMemoryError} if the block would grow beyond the memory there is
 */
export async function singularTriples(
  rows: Observation,
  columns: Observation,
  { threshold, random, memoryBytes, watch }: TripleSearch,
): Promise<SingularTriples> {
  const most = Math.min(rows.rows, rows.cols);
  let size = Math.min(most, FIRST_BLOCK), done = 0;
  let block = randomBlock(size, rows.cols, random);
  for (let iteration = 1, before: Float64Array | undefined;; iteration++) {
    // How many there will be is not known: each takes a twentieth of what is left.
    const turn = watch.part(done, done += (1 - done) / 20);
    const basis = await multiply(rows, await orthonormal(block, random, turn.nth(0, 5)), turn.nth(1, 5));
    const left = await orthonormal(basis, random, turn.nth(2, 5));
    const image = await multiply(columns, left, turn.nth(3, 5));
    const triples = await decompose(left, image, turn.nth(4, 5));
    // Of a mask of ones alone the threshold is 0, and rounding is above it.
    const { values } = triples, least = Math.max(threshold, ROUNDING * values[0]);
    const wanted = values.filter((value) => value > least).length;
    const settled = before !== undefined &&
      values.subarray(0, wanted).every((value, k) => Math.abs(value - before![k]) <= SETTLED * values[0]);
    if (wanted === size && size < most) {
      // Every value is above the threshold: there may be more.
      const grown = Math.min(most, 2 * size);
      assertRoom(size, grown, rows, memoryBytes);
      block = [...image, ...randomBlock(grown - size, rows.cols, random)];
      size = grown;
      before = undefined;
      iteration = 0;
      continue;
    }
    if (settled || iteration >= MOST_ITERATIONS) {
      return {
        values: values.slice(0, wanted),
        left: triples.left.slice(0, wanted),
        right: triples.right.slice(0, wanted),
      };
    }
    before = values;
    block = image;
  }
}

function assertRoom(found: number, wanted: number, { rows, cols }: Observation, memoryBytes: number): void {
  const { host, device } = vectorBytes(wanted, rows, cols), needed = host + device;
  if (needed <= memoryBytes) return;
  throw new OutOfDeviceMemoryError(
    `Expected fewer singular values above the noise but usvt found ${found} of a ${rows}×${cols} mask, and to seek ${wanted} ` +
      `needs ${formatBytes(needed)} of the ${formatBytes(memoryBytes)} there are; use sas or sba`,
  );
}

function randomBlock(size: number, length: number, random: RandomSequence): Float64Array[] {
  return Array.from({ length: size }, () => Float64Array.from({ length }, () => random.normal()));
}

/** The masks' average times each vector. */
async function multiply(
  { device, masks, rows, cols }: Observation,
  vectors: Float64Array[],
  watch: Watch,
): Promise<Float64Array[]> {
  const width = vectors.length, columns = new Float32Array(cols * width);
  vectors.forEach((vector, k) => vector.forEach((value, j) => columns[j * width + k] = value));
  using x = device.upload(columns, cols, width);
  const result = vectors.map(() => new Float64Array(rows));
  const entries = SLICE_ENTRIES * Math.min(1, FIRST_BLOCK / width);
  for (const [index, whole] of masks.entries()) {
    for await (const { first, mask } of rowSlices(whole, entries)) {
      using out = device.matrix(mask.rows, width);
      device.run(bitMatmul, { mask, x, out });
      const products = await device.read(out);
      result.forEach((vector, k) => {
        for (let i = 0; i < mask.rows; i++) vector[first + i] += products[i * width + k] / masks.length;
      });
      await watch.at((index + (first + mask.rows) / rows) / masks.length);
    }
  }
  return result;
}

/** Gram and Schmidt, twice; a vector of which nothing is left becomes a random one. */
async function orthonormal(
  vectors: readonly Float64Array[],
  random: RandomSequence,
  watch: Watch,
): Promise<Float64Array[]> {
  const done: Float64Array[] = [];
  for (const source of vectors) {
    const vector = source.slice();
    for (let pass = 0; pass < 2; pass++) {
      const before = Math.sqrt(dot(vector, vector));
      for (const other of done) {
        const share = dot(vector, other);
        for (let i = 0; i < vector.length; i++) vector[i] -= share * other[i];
      }
      let length = Math.sqrt(dot(vector, vector));
      if (length <= 1e-7 * before || length === 0) {
        for (let i = 0; i < vector.length; i++) vector[i] = random.normal();
        length = Math.sqrt(dot(vector, vector));
        pass = -1;
      }
      for (let i = 0; i < vector.length; i++) vector[i] /= length;
    }
    done.push(vector);
    await watch.at(done.length / vectors.length);
  }
  return done;
}

/** The triples of `Q Zᵀ`, `Q` an orthonormal basis of the left vectors and `Z` the image of it. */
async function decompose(
  basis: readonly Float64Array[],
  image: readonly Float64Array[],
  watch: Watch,
): Promise<SingularTriples> {
  const size = basis.length, gram = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) gram[a * size + b] = dot(image[a], image[b]);
    await watch.at((a + 1) / (4 * size));
  }
  const { values: eigenvalues, vectors } = await symmetricEigen(gram, size, watch.part(0.25, 0.5));
  const order = Array.from(eigenvalues, (_, k) => k).sort((a, b) => eigenvalues[b] - eigenvalues[a]);
  const values = Float64Array.from(order, (k) => Math.sqrt(Math.max(0, eigenvalues[k])));
  const combine = (sources: readonly Float64Array[], k: number, scale: number) => {
    const result = new Float64Array(sources[0].length);
    for (let c = 0; c < size; c++) {
      const share = scale * vectors[k * size + c];
      for (let i = 0; i < result.length; i++) result[i] += share * sources[c][i];
    }
    return result;
  };
  const left: Float64Array[] = [], right: Float64Array[] = [];
  for (const [place, k] of order.entries()) {
    left.push(combine(basis, k, 1));
    right.push(combine(image, k, values[place] > 0 ? 1 / values[place] : 0));
    await watch.at(0.5 + (place + 1) / (2 * size));
  }
  return { values, left, right };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
