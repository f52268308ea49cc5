import type { Watch } from "./watch.ts";

/** Eigenvalues in ascending order, and unit vectors: component `i` of the `k`-th is `vectors[k · n + i]`. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix [n, n], by Householder's reduction to a tridiagonal matrix and QL
 * iterations with implicit shifts (EISPACK's tred2 and tql2, as JAMA and ml-matrix have them, whose results these are to the last
 * bit): a large matrix takes minutes, in which a signal is heard.
 */
export async function symmetricEigen(matrix: Float64Array, n: number, watch: Watch): Promise<Eigen> {
  const vectors = new Float64Array(n * n), diagonal = new Float64Array(n), beside = new Float64Array(n);
  // Vectors are rows: both phases run along them.
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) vectors[j * n + i] = matrix[i * n + j];
  await tridiagonalise(n, beside, diagonal, vectors, watch.part(0, 0.4));
  await iterate(n, beside, diagonal, vectors, watch.part(0.4, 1));
  sort(n, diagonal, vectors);
  return { values: diagonal, vectors };
}

async function tridiagonalise(
  n: number,
  e: Float64Array,
  d: Float64Array,
  v: Float64Array,
  watch: Watch,
): Promise<void> {
  for (let j = 0; j < n; j++) d[j] = v[j * n + n - 1];
  for (let i = n - 1; i > 0; i--) {
    d[i] = reflect(n, i, e, d, v);
    await watch.at((n - i) / (2 * n));
  }
  for (let i = 0; i < n - 1; i++) {
    accumulate(n, i, d, v);
    await watch.at((n + i) / (2 * n));
  }
  for (let j = 0; j < n; j++) {
    d[j] = v[j * n + n - 1];
    v[j * n + n - 1] = 0;
  }
  v[n * n - 1] = 1;
  e[0] = 0;
}

/** One reflection of the reduction; returns its squared length, 0 where there is none. */
function reflect(n: number, i: number, e: Float64Array, d: Float64Array, v: Float64Array): number {
  let scale = 0, h = 0;
  for (let k = 0; k < i; k++) scale += Math.abs(d[k]);
  if (scale === 0) {
    e[i] = d[i - 1];
    for (let j = 0; j < i; j++) {
      d[j] = v[j * n + i - 1];
      v[j * n + i] = 0;
      v[i * n + j] = 0;
    }
    return 0;
  }
  for (let k = 0; k < i; k++) {
    d[k] /= scale;
    h += d[k] * d[k];
  }
  let f = d[i - 1], g = Math.sqrt(h);
  if (f > 0) g = -g;
  e[i] = scale * g;
  h = h - f * g;
  d[i - 1] = f - g;
  for (let j = 0; j < i; j++) e[j] = 0;
  for (let j = 0; j < i; j++) {
    const row = j * n;
    f = d[j];
    v[i * n + j] = f;
    g = e[j] + v[row + j] * f;
    for (let k = j + 1; k <= i - 1; k++) {
      g += v[row + k] * d[k];
      e[k] += v[row + k] * f;
    }
    e[j] = g;
  }
  f = 0;
  for (let j = 0; j < i; j++) {
    e[j] /= h;
    f += e[j] * d[j];
  }
  const share = f / (h + h);
  for (let j = 0; j < i; j++) e[j] -= share * d[j];
  for (let j = 0; j < i; j++) {
    const row = j * n;
    f = d[j];
    g = e[j];
    for (let k = j; k <= i - 1; k++) v[row + k] -= f * e[k] + g * d[k];
    d[j] = v[row + i - 1];
    v[row + i] = 0;
  }
  return h;
}

/** Multiplies the reflections together, one more. */
function accumulate(n: number, i: number, d: Float64Array, v: Float64Array): void {
  const next = (i + 1) * n;
  v[i * n + n - 1] = v[i * n + i];
  v[i * n + i] = 1;
  const h = d[i + 1];
  if (h !== 0) {
    for (let k = 0; k <= i; k++) d[k] = v[next + k] / h;
    for (let j = 0; j <= i; j++) {
      const row = j * n;
      let g = 0;
      for (let k = 0; k <= i; k++) g += v[next + k] * v[row + k];
      for (let k = 0; k <= i; k++) v[row + k] -= g * d[k];
    }
  }
  for (let k = 0; k <= i; k++) v[next + k] = 0;
}

/** QL iterations until the tridiagonal matrix is a diagonal one. */
async function iterate(
  n: number,
  e: Float64Array,
  d: Float64Array,
  v: Float64Array,
  watch: Watch,
): Promise<void> {
  for (let i = 1; i < n; i++) e[i - 1] = e[i];
  e[n - 1] = 0;
  let shifted = 0, size = 0;
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(d[l]) + Math.abs(e[l]));
    let m = l;
    while (m < n && Math.abs(e[m]) > Number.EPSILON * size) m++;
    if (m > l) {
      do {
        shifted += shift(n, l, e, d);
        sweep(n, l, m, e, d, v);
        await watch.at(l / n);
      } while (Math.abs(e[l]) > Number.EPSILON * size);
    }
    d[l] += shifted;
    e[l] = 0;
  }
}

/** Takes a shift off the diagonal from row `l` on, and returns it. */
function shift(n: number, l: number, e: Float64Array, d: Float64Array): number {
  const g = d[l], p = (d[l + 1] - g) / (2 * e[l]);
  const r = p < 0 ? -hypotenuse(p, 1) : hypotenuse(p, 1);
  d[l] = e[l] / (p + r);
  d[l + 1] = e[l] * (p + r);
  const h = g - d[l];
  for (let i = l + 2; i < n; i++) d[i] -= h;
  return h;
}

/** The rotations of one iteration, of the rows from `m` up to `l`. */
function sweep(n: number, l: number, m: number, e: Float64Array, d: Float64Array, v: Float64Array): void {
  const second = d[l + 1], beside = e[l + 1];
  let p = d[m], c = 1, c2 = c, c3 = c, s = 0, s2 = 0;
  for (let i = m - 1; i >= l; i--) {
    c3 = c2;
    c2 = c;
    s2 = s;
    const g = c * e[i], h = c * p, r = hypotenuse(p, e[i]);
    e[i + 1] = s * r;
    s = e[i] / r;
    c = p / r;
    p = c * d[i] - s * g;
    d[i + 1] = h + s * (c * g + s * d[i]);
    for (let k = i * n, end = k + n; k < end; k++) {
      const other = v[k + n];
      v[k + n] = s * v[k] + c * other;
      v[k] = c * v[k] - s * other;
    }
  }
  p = (-s * s2 * c3 * beside * e[l]) / second;
  e[l] = s * p;
  d[l] = c * p;
}

function sort(n: number, d: Float64Array, v: Float64Array): void {
  for (let i = 0; i < n - 1; i++) {
    let least = i;
    for (let j = i + 1; j < n; j++) if (d[j] < d[least]) least = j;
    if (least === i) continue;
    [d[i], d[least]] = [d[least], d[i]];
    const row = v.slice(i * n, (i + 1) * n);
    v.copyWithin(i * n, least * n, (least + 1) * n);
    v.set(row, least * n);
  }
}

function hypotenuse(a: number, b: number): number {
  const [large, small] = Math.abs(a) > Math.abs(b) ? [a, b] : [b, a];
  if (large === 0) return 0;
  const ratio = small / large;
  return Math.abs(large) * Math.sqrt(1 + ratio * ratio);
}
