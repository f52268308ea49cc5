// Sums over samples, place by place: out[t, i] = Σ_b x[i, (b, t)]. Expects x, out as f32 arrays.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let line = index % params.out_cols * params.x_cols;
  var sum = 0.0;
  for (var at = line + index / params.out_cols; at < line + params.x_cols; at += params.out_rows) { sum += x[at]; }
  out[index] = sum;
}
