/**
 * What four sums become: 0 the gradient, 1 |w · g|, 2 w · g, 3 w² · g, 4 |g|; `pruned` where the mask, or where there is none all
 * ones, is zero.
 */
export function scoreFour(
  sums: v128,
  scale: v128,
  weights: usize,
  kind: i32,
  kept: v128,
  pruned: v128,
): v128 {
  let value = f32x4.mul(scale, sums);
  if (kind > 0 && kind < 4) {
    const loaded = v128.load(weights);
    value = f32x4.mul(value, loaded);
    if (kind == 3) value = f32x4.mul(value, loaded);
  }
  if (kind == 1 || kind == 4) value = f32x4.abs(value);
  return v128.bitselect(value, pruned, kept);
}

export function scoreOne(sum: f32, scale: f32, weights: usize, kind: i32): f32 {
  let value = scale * sum;
  if (kind > 0 && kind < 4) {
    const loaded = load<f32>(weights);
    value *= loaded;
    if (kind == 3) value *= loaded;
  }
  return kind == 1 || kind == 4 ? abs(value) : value;
}
