// out = P(kept), E[w 1{kept}] or E[w² 1{kept}] of a weight w whose score is |w|^power · scale (`signed`: w · scale), kept above the
// threshold; w ~ N(mean, (rows[i] columns[j])²), or the uniform law times the same likelihood. Without mean, rows, columns: 0, 1, 1.
// Expects scale, mean, out [m, n], row panels; rows [m, 1] and columns [n, 1], whole, rows met from row_offset on; params threshold.

const LEAST_DEVIATION = 1e-6;
const EDGE = 1.7320508076;

// E[1], E[w], E[w²] over the values above a level.
#if ${law.uniform}
const NODES = array(
  0.095012509838, 0.281603550779, 0.458016777657, 0.617876244403,
  0.755404408355, 0.865631202388, 0.944575023073, 0.989400934992,
);
const WEIGHTS = array(
  0.18945061046, 0.1826034150449, 0.169156519395, 0.149595988817,
  0.124628971256, 0.0951585116825, 0.0622535239386, 0.0271524594118,
);

// The likelihood e^(slope w − curvature w²/2) is taken relative to that of its highest place, as a product of differences.
fn integral(low: f32, high: f32, curvature: f32, slope: f32, highest: f32) -> vec3f {
  let half_width = 0.5 * (high - low);
  let middle = 0.5 * (high + low);
  var sums = vec3f(0.0);
  if (half_width <= 0.0) { return sums; }
  for (var node = 0u; node < 16u; node++) {
    let offset = half_width * NODES[node % 8u];
    let w = middle + select(-offset, offset, node < 8u);
    let share = half_width * WEIGHTS[node % 8u] * exp((w - highest) * (slope - 0.5 * curvature * (w + highest)));
    sums += share * vec3f(1.0, w, w * w);
  }
  return sums;
}

fn above(level: f32, mean: f32, deviation: f32) -> vec3f {
  let spread = max(deviation, LEAST_DEVIATION);
  let variance = spread * spread;
  // 1 − variance loses its digits near 1, where it counts for nothing.
  let curvature = max((1.0 - variance) / variance, 1e-6);
  let slope = mean / variance;
  let centre = slope / curvature;
  let reach = 6.0 / sqrt(curvature);
  let low = clamp(min(centre, EDGE) - reach, -EDGE, EDGE);
  let high = clamp(max(centre, -EDGE) + reach, -EDGE, EDGE);
  let highest = clamp(centre, -EDGE, EDGE);
  let whole = integral(low, high, curvature, slope, highest).x;
  return integral(max(level, low), high, curvature, slope, highest) / whole;
}
#else
fn above(level: f32, mean: f32, deviation: f32) -> vec3f {
  let spread = max(deviation, LEAST_DEVIATION);
  let x = clamp((level - mean) / spread, -13.0, 13.0);
  let square = mean * mean + spread * spread;
  let tail = max(0.5 * (1.0 - erf(abs(x) * 0.7071067812)), 0.0);
  let probability = select(tail, 1.0 - tail, x < 0.0);
  let density = spread * 0.3989422804 * exp(-0.5 * x * x);
  return vec3f(
    probability,
    mean * probability + density,
    square * probability + density * (2.0 * mean + x * spread),
  );
}
#endif

fn moments(size: f32, direction: f32, mean: f32, deviation: f32) -> vec3f {
  let level = params.threshold;
  if (size == 0.0) { return select(vec3f(0.0), above(-1e30, mean, deviation), level < 0.0); }
#if ${power.0}
#if ${signed}
  return select(vec3f(0.0), above(-1e30, mean, deviation), direction * size > level);
#else
  return select(vec3f(0.0), above(-1e30, mean, deviation), size > level);
#endif
#else
  let ratio = clamp(level, -1e30 * size, 1e30 * size) / size;
#if ${signed}
  let kept = above(ratio, direction * mean, deviation);
  return vec3f(kept.x, direction * kept.y, kept.z);
#else
  if (level < 0.0) { return above(-1e30, mean, deviation); }
#if ${power.2}
  let least = sqrt(ratio);
#else
  let least = ratio;
#endif
  let upper = above(least, mean, deviation);
  let lower = above(least, -mean, deviation);
  return vec3f(upper.x + lower.x, upper.y - lower.y, upper.z + lower.z);
#endif
#endif
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let own = scale[index];
  var expected = 0.0;
#if ${mean}
  expected = mean[index];
#endif
  var deviation = 1.0;
#if ${rows}
  deviation *= rows[params.row_offset + index / params.out_cols];
#endif
#if ${columns}
  deviation *= columns[index % params.out_cols];
#endif
  let found = moments(abs(own), sign(own), expected, deviation);
#if ${moment.first}
  out[index] = found.y;
#elif ${moment.second}
  out[index] = found.z;
#else
  out[index] = found.x;
#endif
}
