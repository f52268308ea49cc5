// out[i, j] = min(x[i, j], left[i] · right[j]).
// Expects x, out [m, n], row panels; left [m, 1] and right [n, 1], whole, left met from row_offset on.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let product = left[params.row_offset + index / params.out_cols] * right[index % params.out_cols];
#if ${x}
  out[index] = min(x[index], product);
#else
  out[index] = product;
#endif
}
