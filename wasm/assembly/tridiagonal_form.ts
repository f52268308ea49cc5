import { addDoubles, subtractDoubles } from "./shared/doubles";
import { addedLanes, dot, multiplyEarlier, subtractEarlier } from "./shared/reflections";

// A symmetric matrix becomes tridiagonal by reflections H = I − τ u uᵀ, from its last row up (Householder; in panels, as LAPACK's
// sytrd has it: Dongarra, Sorensen and Hammarling 1989), in float64. The lower triangle alone is read and written, rows `pitch`
// bytes apart; row m becomes the vector u of reflection m: m numbers, the last of them 1. What reflections do to the rows
// above, A − u wᵀ − w uᵀ each, waits until a panel of them is known: rows `top`, `top` − 1, … of the matrix have their vectors,
// and places 0, 1, … of `w`, as far apart, theirs.

/** Rows that go through a pass together. */
const TOGETHER: usize = 4;

/** Bytes of four numbers of a reflection's u and as many of its w. */
export const PAIR_BYTES: usize = 64;

/** The first row of a part of the first `rows` rows: parts have about as many numbers of the triangle each. */
function firstRow(part: usize, parts: usize, rows: usize): usize {
  if (part == parts) return rows;
  return <usize> (<f64> rows * sqrt(<f64> part / <f64> parts)) & ~(TOGETHER - 1);
}

/**
 * Brings row m up to date by the reflections of its panel, and makes reflection m of it: `diagonal[m]`, what is left beside the
 * diagonal in `below[m]`, and τ in `factors[m]`. One part does it.
 */
export function reflect_row(
  part: usize,
  matrix: usize,
  pitch: usize,
  top: usize,
  m: usize,
  w: usize,
  diagonal: usize,
  below: usize,
  factors: usize,
): void {
  const row = matrix + m * pitch, at = m * 8 + part;
  const v = matrix + top * pitch;
  subtractEarlier(row, v, w, pitch, top - m, m + 1, w + at, pitch, v + at, 0 - pitch);
  store<f64>(diagonal + at, load<f64>(row + at));
  if (m == 0) return;
  const last = row + at - 8, end = load<f64>(last), rest = dot(row, row, m - 1);
  if (rest == 0) {
    store<f64>(below + at, end);
    store<f64>(factors + at, 0);
    memory.fill(row, 0, at - 8);
  } else {
    const length = sqrt(rest + end * end), left = end > 0 ? -length : length, scale = 1 / (end - left);
    store<f64>(below + at, left);
    store<f64>(factors + at, (left - end) / left);
    for (let to = row; to < last; to += 8) store<f64>(to, scale * load<f64>(to));
  }
  store<f64>(last, 1);
}

/**
 * A part's share of A u, u being row m and A the block above it as it was before the panel: `partials[part, 0 … m − 1]`, from
 * some of its rows and their mirror image; and of the products of u with the w and the vector of each of the panel's earlier
 * reflections: `products[part, reflection, 2]`, with room for `room` of these.
 */
export function multiply_triangle(
  part: usize,
  matrix: usize,
  pitch: usize,
  top: usize,
  m: usize,
  parts: usize,
  partials: usize,
  w: usize,
  products: usize,
  room: usize,
): void {
  const u = matrix + m * pitch, y = partials + part * pitch, end = firstRow(part + 1, parts, m);
  memory.fill(y, 0, end * 8);
  let i = firstRow(part, parts, m);
  multiplyEarlier(
    u + i * 8,
    matrix + top * pitch + i * 8,
    w + i * 8,
    pitch,
    top - m,
    end - i,
    products + part * room * 16,
  );
  for (; i + TOGETHER <= end; i += TOGETHER) multiplyFour(matrix + i * pitch, pitch, i, u, y);
  for (; i < end; i++) multiplyOne(matrix + i * pitch, i, u, y);
}

/** Four rows from a multiple of four on. */
function multiplyFour(row: usize, pitch: usize, i: usize, u: usize, y: usize): void {
  const at = i * 8;
  let p0 = row, p1 = p0 + pitch, p2 = p1 + pitch, p3 = p2 + pitch, v = u, z = y;
  const u0 = v128.load64_splat(u + at), u1 = v128.load64_splat(u + at, 8);
  const u2 = v128.load64_splat(u + at, 16), u3 = v128.load64_splat(u + at, 24);
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  // Addresses that go along, and 32 bytes a turn: reckoning them would take more of the processor than the sums do.
  for (const end = u + at; v < end; v += 32, z += 32, p0 += 32, p1 += 32, p2 += 32, p3 += 32) {
    const uj = v128.load(v), a0 = v128.load(p0), a1 = v128.load(p1);
    s0 = addDoubles(a0, uj, s0);
    s1 = addDoubles(a1, uj, s1);
    const upper = addDoubles(a0, u0, addDoubles(a1, u1, v128.load(z)));
    const a2 = v128.load(p2), a3 = v128.load(p3);
    s2 = addDoubles(a2, uj, s2);
    s3 = addDoubles(a3, uj, s3);
    v128.store(z, addDoubles(a2, u2, addDoubles(a3, u3, upper)));
    const uk = v128.load(v, 16), b0 = v128.load(p0, 16), b1 = v128.load(p1, 16);
    s0 = addDoubles(b0, uk, s0);
    s1 = addDoubles(b1, uk, s1);
    const other = addDoubles(b0, u0, addDoubles(b1, u1, v128.load(z, 16)));
    const b2 = v128.load(p2, 16), b3 = v128.load(p3, 16);
    s2 = addDoubles(b2, uk, s2);
    s3 = addDoubles(b3, uk, s3);
    v128.store(z, addDoubles(b2, u2, addDoubles(b3, u3, other)), 16);
  }
  multiplyDiagonal(p0, p1, p2, p3, v, z, addedLanes(s0), addedLanes(s1), addedLanes(s2), addedLanes(s3));
}

/** Four rows and as many columns about the diagonal, from addresses there; beside, what the rows sum up to left of these. */
function multiplyDiagonal(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  u: usize,
  y: usize,
  s0: f64,
  s1: f64,
  s2: f64,
  s3: f64,
): void {
  const u0 = load<f64>(u), u1 = load<f64>(u, 8), u2 = load<f64>(u, 16), u3 = load<f64>(u, 24);
  const a10 = load<f64>(p1), a20 = load<f64>(p2), a21 = load<f64>(p2, 8);
  const a30 = load<f64>(p3), a31 = load<f64>(p3, 8), a32 = load<f64>(p3, 16);
  store<f64>(y, load<f64>(y) + (s0 + load<f64>(p0) * u0) + (a10 * u1 + a20 * u2 + a30 * u3));
  store<f64>(y, load<f64>(y, 8) + (s1 + a10 * u0) + (load<f64>(p1, 8) * u1 + a21 * u2 + a31 * u3), 8);
  store<f64>(y, load<f64>(y, 16) + (s2 + a20 * u0) + (a21 * u1 + load<f64>(p2, 16) * u2 + a32 * u3), 16);
  store<f64>(y, load<f64>(y, 24) + (s3 + a30 * u0) + (a31 * u1 + a32 * u2 + load<f64>(p3, 24) * u3), 24);
}

/** Row i alone. */
function multiplyOne(row: usize, i: usize, u: usize, y: usize): void {
  const at = i * 8, whole = at & ~31, own = load<f64>(u + at), each = f64x2.splat(own);
  let even = f64x2.splat(0), odd = even, j: usize = 0;
  for (; j < whole; j += 32) {
    const a = v128.load(row + j), b = v128.load(row + j, 16);
    even = addDoubles(a, v128.load(u + j), even);
    odd = addDoubles(b, v128.load(u + j, 16), odd);
    v128.store(y + j, addDoubles(a, each, v128.load(y + j)));
    v128.store(y + j, addDoubles(b, each, v128.load(y + j, 16)), 16);
  }
  let sum = addedLanes(f64x2.add(even, odd)) + load<f64>(row + at) * own;
  for (; j < at; j += 8) {
    const a = load<f64>(row + j);
    sum += a * load<f64>(u + j);
    store<f64>(y + j, load<f64>(y + j) + a * own);
  }
  store<f64>(y + at, load<f64>(y + at) + sum);
}

/** Makes w of reflection m from the parts' shares: τ (A u) less what the panel's earlier reflections change of it. One part does it. */
export function finish_reflection(
  part: usize,
  matrix: usize,
  pitch: usize,
  top: usize,
  m: usize,
  parts: usize,
  partials: usize,
  w: usize,
  products: usize,
  factors: usize,
  packed: usize,
  room: usize,
): void {
  const u = matrix + m * pitch, own = w + (top - m) * pitch, tau = load<f64>(factors + m * 8);
  memory.copy(own, partials + (parts - 1) * pitch, m * 8);
  for (let p = part; p + 1 < parts; p++) {
    const from = partials + p * pitch, end = firstRow(p + 1, parts, m) * 8;
    for (let j: usize = 0; j < end; j += 16) {
      v128.store(own + j, f64x2.add(v128.load(own + j), v128.load(from + j)));
    }
  }
  for (let p: usize = 1; p < parts; p++) {
    for (let k: usize = 0; k < (top - m) * 16; k += 16) {
      v128.store(products + k, f64x2.add(v128.load(products + k), v128.load(products + p * room * 16 + k)));
    }
  }
  subtractEarlier(own, matrix + top * pitch, w, pitch, top - m, m, products, 16, products + 8, 16);
  const share = 0.5 * tau * tau * dot(own, u, m);
  for (let j: usize = 0; j < m * 8; j += 8) {
    store<f64>(own + j, tau * load<f64>(own + j) - share * load<f64>(u + j));
  }
  // Four numbers of u and of w side by side, reflection after reflection, for each four rows.
  let to = packed + (top - m) * PAIR_BYTES;
  for (let j: usize = 0; j < m * 8; j += 32, to += room * PAIR_BYTES) {
    v128.store(to, v128.load(u + j));
    v128.store(to, v128.load(u + j, 16), 16);
    v128.store(to, v128.load(own + j), 32);
    v128.store(to, v128.load(own + j, 16), 48);
  }
}

/**
 * Subtracts a panel of `count` reflections from some of the first `rows` rows of the triangle.
 *
 * @param packed as {@link finish_reflection} leaves it, with room for `room` reflections
 */
export function subtract_panel(
  part: usize,
  matrix: usize,
  pitch: usize,
  rows: usize,
  parts: usize,
  packed: usize,
  room: usize,
  count: usize,
): void {
  const end = firstRow(part + 1, parts, rows), bytes = room * PAIR_BYTES;
  for (let i = firstRow(part, parts, rows); i < end; i += TOGETHER) {
    const row = matrix + i * pitch, height = min(TOGETHER, end - i), left = packed + i / TOGETHER * bytes;
    let right = packed;
    for (let j: usize = 0; j < i + height; j += TOGETHER, right += bytes) {
      if (height == TOGETHER) subtractTile(row + j * 8, pitch, left, right, count);
      else subtractOnes(row + j * 8, pitch, height, left, right, count);
    }
  }
}

/** Four rows by four columns, less Σ u_i w_j + w_i u_j. */
function subtractTile(row: usize, pitch: usize, left: usize, right: usize, count: usize): void {
  const p0 = row, p1 = p0 + pitch, p2 = p1 + pitch, p3 = p2 + pitch;
  let a0 = v128.load(p0), b0 = v128.load(p0, 16), a1 = v128.load(p1), b1 = v128.load(p1, 16);
  let a2 = v128.load(p2), b2 = v128.load(p2, 16), a3 = v128.load(p3), b3 = v128.load(p3, 16);
  for (const end = left + count * PAIR_BYTES; left < end; left += PAIR_BYTES, right += PAIR_BYTES) {
    const wj = v128.load(right, 32), wk = v128.load(right, 48);
    const u0 = v128.load64_splat(left);
    a0 = subtractDoubles(u0, wj, a0), b0 = subtractDoubles(u0, wk, b0);
    const u1 = v128.load64_splat(left, 8);
    a1 = subtractDoubles(u1, wj, a1), b1 = subtractDoubles(u1, wk, b1);
    const u2 = v128.load64_splat(left, 16);
    a2 = subtractDoubles(u2, wj, a2), b2 = subtractDoubles(u2, wk, b2);
    const u3 = v128.load64_splat(left, 24);
    a3 = subtractDoubles(u3, wj, a3), b3 = subtractDoubles(u3, wk, b3);
    const uj = v128.load(right), uk = v128.load(right, 16);
    const w0 = v128.load64_splat(left, 32);
    a0 = subtractDoubles(w0, uj, a0), b0 = subtractDoubles(w0, uk, b0);
    const w1 = v128.load64_splat(left, 40);
    a1 = subtractDoubles(w1, uj, a1), b1 = subtractDoubles(w1, uk, b1);
    const w2 = v128.load64_splat(left, 48);
    a2 = subtractDoubles(w2, uj, a2), b2 = subtractDoubles(w2, uk, b2);
    const w3 = v128.load64_splat(left, 56);
    a3 = subtractDoubles(w3, uj, a3), b3 = subtractDoubles(w3, uk, b3);
  }
  v128.store(p0, a0), v128.store(p0, b0, 16), v128.store(p1, a1), v128.store(p1, b1, 16);
  v128.store(p2, a2), v128.store(p2, b2, 16), v128.store(p3, a3), v128.store(p3, b3, 16);
}

/** The same for fewer rows, one number after another. */
function subtractOnes(row: usize, pitch: usize, rows: usize, left: usize, right: usize, count: usize): void {
  for (let i: usize = 0; i < rows * 8; i += 8, row += pitch) {
    for (let j: usize = 0; j < TOGETHER * 8; j += 8) {
      let value = load<f64>(row + j), u = left + i, w = right + j;
      for (const end = u + count * PAIR_BYTES; u < end; u += PAIR_BYTES, w += PAIR_BYTES) {
        value -= load<f64>(u) * load<f64>(w, 32) + load<f64>(u, 32) * load<f64>(w);
      }
      store<f64>(row + j, value);
    }
  }
}
