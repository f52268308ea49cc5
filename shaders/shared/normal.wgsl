// Standard normal numbers by Box–Muller, from the integers that packages/runtime/philox.ts uses. WGSL promises little
// about log, sin and cos; these polynomials agree with float64 to a few units in the last place on every adapter.

// ln((2k + 1) / 2²⁴) for the 23-bit integer k.
fn log_open_uniform(k: u32) -> f32 {
  let u = (f32(k) + 0.5f) * 0x1p-23f;
  let bits = bitcast<u32>(u);
  var exponent = f32(i32(bits >> 23u) - 127);
  var mantissa = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (mantissa > 1.41421356f) {
    mantissa *= 0.5f;
    exponent += 1.0f;
  }
  // ln m = 2 artanh s, s = (m − 1)/(m + 1), |s| < 0.172.
  let s = (mantissa - 1.0f) / (mantissa + 1.0f);
  let q = s * s;
  let series = q * (0.33333333f + q * (0.2f + q * (0.14285714f + q * 0.11111111f)));
  // ln 2 in two parts, the first short enough that its product with the exponent is exact.
  return exponent * 0.693359375f + (exponent * -2.12194440e-4f + 2.0f * (s + s * series));
}

// cos and sin of 2π (2k + 1) / 2²⁴ for the 23-bit integer k.
fn circle_point(k: u32) -> vec2f {
  // A whole turn is 2²⁴: the nearest quarter and what is left of it are exact integers.
  let t = 2u * k + 1u;
  let quarter = (t + 0x200000u) >> 22u;
  let x = f32(i32(t) - i32(quarter << 22u)) * 3.7450704e-7f;
  let q = x * x;
  let sine = x + x * q * (-1.6666654611e-1f + q * (8.3321608736e-3f + q * -1.9515295891e-4f));
  let cosine = 1.0f + q * (-0.5f + q * (4.166664568e-2f + q * (-1.388731625e-3f + q * 2.443315711e-5f)));
  switch (quarter & 3u) {
    case 0u: { return vec2f(cosine, sine); }
    case 1u: { return vec2f(-sine, cosine); }
    case 2u: { return vec2f(-cosine, -sine); }
    default: { return vec2f(sine, -cosine); }
  }
}

fn normals_from_bits(first: u32, second: u32) -> vec2f {
  return sqrt(-2.0f * log_open_uniform(first >> 9u)) * circle_point(second >> 9u);
}
