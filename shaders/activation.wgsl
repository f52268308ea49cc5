// An activation φ of pre-activations z, or what its derivatives make of the arguments given:
//   value       out = φ(z)
//   derivative  out = φ'(z) g
//   second      out = φ''(z) dz g + φ'(z) dg
// Expects z, g, dz, dg, out as f32 of one shape.

#if ${fn.erf}
fn value(z: f32) -> f32 { return erf(z); }
fn slope(z: f32) -> f32 { return 1.128379167 * exp(-min(z * z, 80.0)); }
fn curvature(z: f32) -> f32 { return -2.0 * clamp(z, -9.0, 9.0) * slope(z); }
#elif ${fn.tanh}
fn value(z: f32) -> f32 { return accurate_tanh(z); }
fn slope(z: f32) -> f32 { return tanh_slope(z); }
fn curvature(z: f32) -> f32 { return -2.0 * accurate_tanh(z) * tanh_slope(z); }
#elif ${fn.gelu}
fn normal_density(z: f32) -> f32 { return 0.3989422804 * exp(-min(0.5 * z * z, 80.0)); }
fn normal_share(z: f32) -> f32 { return 0.5 + 0.5 * erf(0.7071067812 * z); }
fn value(z: f32) -> f32 { return z * normal_share(z); }
fn slope(z: f32) -> f32 { return normal_share(z) + clamp(z, -13.0, 13.0) * normal_density(z); }
fn curvature(z: f32) -> f32 {
  let bounded = clamp(z, -13.0, 13.0);
  return (2.0 - bounded * bounded) * normal_density(z);
}
#elif ${fn.relu}
fn value(z: f32) -> f32 { return max(z, 0.0); }
fn slope(z: f32) -> f32 { return select(0.0, 1.0, z > 0.0); }
fn curvature(z: f32) -> f32 { return 0.0; }
#else
fn value(z: f32) -> f32 { return z; }
fn slope(z: f32) -> f32 { return 1.0; }
fn curvature(z: f32) -> f32 { return 0.0; }
#endif

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
#if ${mode.value}
  out[index] = value(z[index]);
#elif ${mode.derivative}
  out[index] = slope(z[index]) * g[index];
#else
  out[index] = curvature(z[index]) * dz[index] * g[index] + slope(z[index]) * dg[index];
#endif
}
