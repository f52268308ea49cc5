/** `exponent · ln 2 + 2 artanh s` lane by lane, |s| < 0.172: ln(m 2^exponent) where s = (m − 1)/(m + 1), m from √½ to √2. */
export function logarithm(exponent: v128, s: v128): v128 {
  const q = f32x4.mul(s, s);
  let series = f32x4.add(f32x4.splat(0.14285714), f32x4.mul(q, f32x4.splat(0.11111111)));
  series = f32x4.add(f32x4.splat(0.2), f32x4.mul(q, series));
  series = f32x4.mul(q, f32x4.add(f32x4.splat(0.33333333), f32x4.mul(q, series)));
  const fraction = f32x4.mul(f32x4.splat(2), f32x4.add(s, f32x4.mul(s, series)));
  const low = f32x4.add(f32x4.mul(exponent, f32x4.splat(-2.12194440e-4)), fraction);
  return f32x4.add(f32x4.mul(exponent, f32x4.splat(0.693359375)), low);
}

/** The m and the exponent of {@linkcode logarithm} that numbers above 0 are made of. */
export let mantissas: v128 = i32x4.splat(0);
export let exponents: v128 = i32x4.splat(0);

export function takeApart(u: v128): void {
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(u, 23), i32x4.splat(127)));
  const mantissa = v128.or(v128.and(u, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const large = f32x4.gt(mantissa, f32x4.splat(1.41421356));
  mantissas = v128.bitselect(f32x4.mul(mantissa, f32x4.splat(0.5)), mantissa, large);
  exponents = f32x4.add(exponent, v128.and(large, f32x4.splat(1)));
}
