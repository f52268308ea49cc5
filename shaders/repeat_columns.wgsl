// Copies of a matrix side by side: out[i, c · n + j] = x[i, j]. Expects x [m, n], out [m, k · n].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let i = index / params.out_cols;
  out[index] = x[i * params.x_cols + index % params.out_cols % params.x_cols];
}
