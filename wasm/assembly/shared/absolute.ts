import { bitsFrom, lanesOf } from "./bits";

// Sums and products are in float64, as the twins': a hundred rounds of SynFlow turn the rounding of one into other masks.

/** Absolute values of four weights from `column` on, zero where the mask's row is; `column` is a multiple of four. */
export function absFour(weights: usize, mask: usize, column: usize): v128 {
  const value = f32x4.abs(v128.load(weights + column * 4));
  return mask ? v128.and(value, lanesOf(bitsFrom(mask, column))) : value;
}

export function absOne(weights: usize, mask: usize, column: usize): f64 {
  if (mask && !(bitsFrom(mask, column) & 1)) return 0;
  return abs(<f64> load<f32>(weights + column * 4));
}

/** The first, or the last, two of four numbers in float64. */
export function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

export function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(
    i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
  );
}

/** `a · b + c` in float64. */
export function addProduct(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}
