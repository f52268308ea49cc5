import { bitMatmul } from "@graphon-limit/ops";
import type { RandomSequence } from "@graphon-limit/runtime";
import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";
import type { Observation } from "./observation.ts";

/** Singular values and vectors, the largest first. */
export interface SingularTriples {
  readonly values: Float64Array;
  /** Component `i` of left vector `k` is `left[k][i]`; likewise on the right. */
  readonly left: readonly Float64Array[];
  readonly right: readonly Float64Array[];
}

/** Vectors iterated together at first. */
const FIRST_BLOCK = 12;

/** Changes of a wanted value, relative to the largest, that count as none. */
const SETTLED = 1e-5;

const MOST_ITERATIONS = 60;

/**
 * The singular triples above a threshold of the masks' average [m, n], by block power iteration with a Rayleigh–Ritz step (Halko,
 * Martinsson and Tropp 2011). The block grows until it holds a value below the threshold. Products are with bits.
 *
 * @param rows the masks
 * @param columns the masks transposed
 */
export async function singularTriples(
  rows: Observation,
  columns: Observation,
  threshold: number,
  random: RandomSequence,
): Promise<SingularTriples> {
  const most = Math.min(rows.rows, rows.cols);
  let size = Math.min(most, FIRST_BLOCK);
  let block = randomBlock(size, rows.cols, random);
  for (let iteration = 1, before: Float64Array | undefined;; iteration++) {
    const basis = await multiply(rows, orthonormal(block, random));
    const left = orthonormal(basis, random);
    const image = await multiply(columns, left);
    const triples = decompose(left, image);
    const { values } = triples, wanted = values.filter((value) => value > threshold).length;
    const settled = before !== undefined &&
      values.subarray(0, wanted).every((value, k) => Math.abs(value - before![k]) <= SETTLED * values[0]);
    if (wanted === size && size < most) {
      // Every value is above the threshold: there may be more.
      const grown = Math.min(most, 2 * size);
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

function randomBlock(size: number, length: number, random: RandomSequence): Float64Array[] {
  return Array.from({ length: size }, () => Float64Array.from({ length }, () => random.normal()));
}

/** The masks' average times each vector. */
async function multiply({ device, masks, rows, cols }: Observation, vectors: Float64Array[]) {
  const width = vectors.length, columns = new Float32Array(cols * width);
  vectors.forEach((vector, k) => vector.forEach((value, j) => columns[j * width + k] = value));
  using x = device.upload(columns, cols, width);
  using out = device.matrix(rows, width);
  const result = vectors.map(() => new Float64Array(rows));
  for (const mask of masks) {
    device.run(bitMatmul, { mask, x, out });
    const products = await device.read(out);
    result.forEach((vector, k) => {
      for (let i = 0; i < rows; i++) vector[i] += products[i * width + k] / masks.length;
    });
  }
  return result;
}

/** Gram and Schmidt, twice; a vector of which nothing is left becomes a random one. */
function orthonormal(vectors: readonly Float64Array[], random: RandomSequence): Float64Array[] {
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
  }
  return done;
}

/** The triples of `Q Zᵀ`, `Q` an orthonormal basis of the left vectors and `Z` the image of it. */
function decompose(basis: readonly Float64Array[], image: readonly Float64Array[]): SingularTriples {
  const size = basis.length;
  const gram = image.map((a) => image.map((b) => dot(a, b)));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new HostMatrix(gram), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, k) => k).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const values = Float64Array.from(order, (k) => Math.sqrt(Math.max(0, realEigenvalues[k])));
  const combine = (vectors: readonly Float64Array[], k: number, scale: number) => {
    const result = new Float64Array(vectors[0].length);
    for (let c = 0; c < size; c++) {
      const share = scale * eigenvectorMatrix.get(c, k);
      for (let i = 0; i < result.length; i++) result[i] += share * vectors[c][i];
    }
    return result;
  };
  return {
    values,
    left: order.map((k) => combine(basis, k, 1)),
    right: order.map((k, place) => combine(image, k, values[place] > 0 ? 1 / values[place] : 0)),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
