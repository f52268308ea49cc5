// x = ln(1 − x), element by element, of chances from 0 to 1. Expects x as f32.

// What stands for ln 0, as in packages/ops/log_complement.ts.
const LOG_OF_NONE = -128.0;

// ln(1 − p) = −2 artanh s, s = p/(2 − p): below a half 1 − p would lose what p is, and log is off by an absolute error near 1.
fn log_complement(p: f32) -> f32 {
  if (p >= 0.5) { return log(1.0 - p); }
  let s = p / (2.0 - p);
  let q = s * s;
  let series = q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0)))));
  return -2.0 * (s + s * series);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.x_rows * params.x_cols) { return; }
  let p = max(x[index], 0.0);
  if (p < 1.0) { x[index] = log_complement(p); } else { x[index] = LOG_OF_NONE; }
}
