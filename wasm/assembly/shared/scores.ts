/** What four sums become: 0 the gradient, 1 |w · g|, 2 w · g; `pruned` where the mask, or where there is none all ones, is zero. */
export function scoreFour(
  sums: v128,
  scale: v128,
  weights: usize,
  kind: i32,
  kept: v128,
  pruned: v128,
): v128 {
  let value = f32x4.mul(scale, sums);
  if (kind > 0) value = f32x4.mul(value, v128.load(weights));
  if (kind == 1) value = f32x4.abs(value);
  return v128.bitselect(value, pruned, kept);
}

export function scoreOne(sum: f32, scale: f32, weights: usize, kind: i32): f32 {
  let value = scale * sum;
  if (kind > 0) value *= load<f32>(weights);
  return kind == 1 ? abs(value) : value;
}
