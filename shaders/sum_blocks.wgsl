// out[i, j] = Σ_k x[k · m + i, j]: the sum of blocks of m rows, in their order. Expects x [blocks · m, n], out [m, n].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  let size = params.out_rows * params.out_cols;
  if (index >= size) { return; }
  var sum = 0.0;
  for (var at = index; at < params.x_rows * params.x_cols; at += size) { sum += x[at]; }
  out[index] = sum;
}
