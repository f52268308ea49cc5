// value = E[φ(a) φ(b)] and slope = E[φ'(a) φ'(b)], (a, b) jointly normal without mean (docs/mathematics.md §4): their covariance is that of
// a pair of samples, their variances those of each (see shared/pairs.wgsl); of the diagonal all three are one.
// Expects covariance [positions, pairs], variance [positions, samples] unless `diagonal`, nodes [2, nodes] (places and weights
// of a quadrature for the standard normal law) for tanh, value and slope [positions, pairs].

// Variances of a and b, and their covariance.
struct Law { aa: f32, bb: f32, ab: f32 }

struct Dual { value: f32, slope: f32 }

#if ${fn.tanh}
// √((1 + c)/2) and √((1 − c)/2) of the correlation c.
fn half_angles(law: Law) -> vec2f {
  let scale = sqrt(law.aa) * sqrt(law.bb);
  if (scale <= 0.0) { return vec2f(0.7071067812, 0.7071067812); }
  let c = clamp(law.ab / scale, -1.0, 1.0);
  return sqrt(vec2f(1.0 + c, 1.0 - c) * 0.5);
}

fn dual(law: Law) -> Dual {
  let half = half_angles(law);
  let a = sqrt(law.aa);
  let b = sqrt(law.bb);
  var result = Dual(0.0, 0.0);
  for (var q = 0u; q < params.nodes_cols; q++) {
    let along = half.x * nodes[q];
    var inner = Dual(0.0, 0.0);
    for (var r = 0u; r < params.nodes_cols; r++) {
      let across = half.y * nodes[r];
      let weight = nodes[params.nodes_cols + r];
      let left = a * (along + across);
      let right = b * (along - across);
      inner.value += weight * accurate_tanh(left) * accurate_tanh(right);
      inner.slope += weight * tanh_slope(left) * tanh_slope(right);
    }
    result.value += nodes[params.nodes_cols + q] * inner.value;
    result.slope += nodes[params.nodes_cols + q] * inner.slope;
  }
  return result;
}
#elif ${fn.erf}
fn dual(law: Law) -> Dual {
  let t = 2.0 * law.ab / (sqrt(1.0 + 2.0 * law.aa) * sqrt(1.0 + 2.0 * law.bb));
  let cosine = sqrt(max((1.0 - t) * (1.0 + t), 0.0));
  let value = 0.6366197724 * sign(t) * arc(abs(t), cosine);
  let determinant = 1.0 + 2.0 * (law.aa + law.bb) + 4.0 * max(law.aa * law.bb - law.ab * law.ab, 0.0);
  return Dual(value, 1.273239545 / sqrt(determinant));
}
#elif ${fn.relu}
// 1 − |c| as far as it is told from rounding (see packages/ops/dual_activation.ts).
fn told_apart(rest: f32) -> f32 { return min(rest, 2.0 * max(rest - 2e-6, 0.0)); }

fn dual(law: Law) -> Dual {
  let scale = sqrt(law.aa) * sqrt(law.bb);
  if (scale <= 0.0) { return Dual(0.0, 0.0); }
  let short = told_apart(max(scale - abs(law.ab), 0.0) / scale);
  let c = sign(law.ab) * (1.0 - short);
  let sine = sqrt(short * (2.0 - short));
  let rest = 3.1415926536 - arc(sine, c);
  return Dual(scale * (sine + c * rest) * 0.1591549431, rest * 0.1591549431);
}
#else
fn dual(law: Law) -> Dual { return Dual(law.ab, 1.0); }
#endif

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.value_rows * params.value_cols) { return; }
  let ab = covariance[index];
  var law = Law(ab, ab, ab);
#if ${!diagonal}
  let pair = pair_of(index % params.value_cols, params.variance_cols);
  let row = index / params.value_cols * params.variance_cols;
  law.aa = variance[row + pair.x];
  law.bb = variance[row + pair.y];
  // Rounding must not part a sample from itself: near correlation 1 the slope moves with the root of the error.
  if (pair.x == pair.y) { law.ab = law.aa; }
#endif
#if ${fn.relu}
  if (law.aa == law.bb && law.ab == law.aa) {
    value[index] = 0.5 * law.aa;
    slope[index] = select(0.0, 0.5, law.aa > 0.0);
    return;
  }
#endif
  let result = dual(law);
  value[index] = result.value;
  slope[index] = result.slope;
}
