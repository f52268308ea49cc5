/** Rows that a part takes. */
export const PART_ROWS: usize = 16;

/** `out = min(x, left · rightᵀ)` for part of the rows, `left` from the panel's first row on; `x` 0 for the product itself. */
export function least_outer(
  part: usize,
  x: usize,
  left: usize,
  right: usize,
  out: usize,
  rows: usize,
  cols: usize,
): void {
  const end = min((part + 1) * PART_ROWS, rows), whole = cols & ~3;
  for (let i = part * PART_ROWS; i < end; i++) {
    const own = load<f32>(left + i * 4), all = f32x4.splat(own), row = i * cols * 4;
    for (let j: usize = 0; j < whole; j += 4) {
      let least = f32x4.mul(all, v128.load(right + j * 4));
      if (x != 0) least = f32x4.min(least, v128.load(x + row + j * 4));
      v128.store(out + row + j * 4, least);
    }
    for (let j = whole; j < cols; j++) {
      let least = own * load<f32>(right + j * 4);
      if (x != 0) least = min<f32>(least, load<f32>(x + row + j * 4));
      store<f32>(out + row + j * 4, least);
    }
  }
}
