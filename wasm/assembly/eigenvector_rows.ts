import { addDoubles, subtractDoubles } from "./shared/doubles";

// Eigenvectors are the rows of R, at first H_2 H_3 …, which makes a matrix tridiagonal, then turned two by two as its
// off-diagonal goes to zero. R lies in strips of eight columns, `strips[strip, row, column]`, of which each stays in a cache.

/** Columns of a strip. */
export const STRIP_COLUMNS: usize = 8;

/** Bytes of a strip's row. */
const STRIP_ROW: usize = 64;

/** A strip of H_2 H_3 …, from what `reflect_row` left in `matrix` and `factors`. */
export function form_rows(
  part: usize,
  matrix: usize,
  pitch: usize,
  size: usize,
  factors: usize,
  strips: usize,
): void {
  const strip = strips + part * size * STRIP_ROW, first = part * STRIP_COLUMNS;
  memory.fill(strip, 0, size * STRIP_ROW);
  for (let i = first; i < min(first + STRIP_COLUMNS, size); i++) {
    store<f64>(strip + i * STRIP_ROW + (i - first) * 8, 1);
  }
  // The last reflection comes first.
  for (let m = size - 1; m > 0; m--) {
    const u = matrix + m * pitch, end = u + m * 8, tau = f64x2.splat(load<f64>(factors + m * 8));
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0, row = strip;
    for (let at = u; at < end; at += 8, row += STRIP_ROW) {
      const each = v128.load64_splat(at);
      s0 = addDoubles(each, v128.load(row), s0);
      s1 = addDoubles(each, v128.load(row, 16), s1);
      s2 = addDoubles(each, v128.load(row, 32), s2);
      s3 = addDoubles(each, v128.load(row, 48), s3);
    }
    s0 = f64x2.mul(tau, s0), s1 = f64x2.mul(tau, s1), s2 = f64x2.mul(tau, s2), s3 = f64x2.mul(tau, s3);
    row = strip;
    for (let at = u; at < end; at += 8, row += STRIP_ROW) {
      const each = v128.load64_splat(at);
      v128.store(row, subtractDoubles(each, s0, v128.load(row)));
      v128.store(row, subtractDoubles(each, s1, v128.load(row, 16)), 16);
      v128.store(row, subtractDoubles(each, s2, v128.load(row, 32)), 32);
      v128.store(row, subtractDoubles(each, s3, v128.load(row, 48)), 48);
    }
  }
}

/**
 * Turns rows of a strip. `turns` holds sweeps one after another: the row from which a sweep goes up, how many pairs it turns,
 * and for each the cosine c and the sine s: rows i and i + 1 become c r_i − s r_{i+1} and s r_i + c r_{i+1}.
 */
export function turn_rows(part: usize, size: usize, strips: usize, turns: usize, end: usize): void {
  const strip = strips + part * size * STRIP_ROW;
  while (turns < end) {
    let row = strip + <usize> load<f64>(turns) * STRIP_ROW;
    const last = turns + 16 + <usize> load<f64>(turns, 8) * 16;
    let x0 = v128.load(row), x1 = v128.load(row, 16), x2 = v128.load(row, 32), x3 = v128.load(row, 48);
    for (turns += 16; turns < last; turns += 16, row -= STRIP_ROW) {
      const c = v128.load64_splat(turns), s = v128.load64_splat(turns, 8);
      const y0 = v128.load(row - STRIP_ROW), y1 = v128.load(row - STRIP_ROW, 16);
      v128.store(row, addDoubles(s, y0, f64x2.mul(c, x0)));
      x0 = subtractDoubles(s, x0, f64x2.mul(c, y0));
      v128.store(row, addDoubles(s, y1, f64x2.mul(c, x1)), 16);
      x1 = subtractDoubles(s, x1, f64x2.mul(c, y1));
      const y2 = v128.load(row - STRIP_ROW, 32), y3 = v128.load(row - STRIP_ROW, 48);
      v128.store(row, addDoubles(s, y2, f64x2.mul(c, x2)), 32);
      x2 = subtractDoubles(s, x2, f64x2.mul(c, y2));
      v128.store(row, addDoubles(s, y3, f64x2.mul(c, x3)), 48);
      x3 = subtractDoubles(s, x3, f64x2.mul(c, y3));
    }
    v128.store(row, x0), v128.store(row, x1, 16), v128.store(row, x2, 32), v128.store(row, x3, 48);
  }
}
