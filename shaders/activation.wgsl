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
