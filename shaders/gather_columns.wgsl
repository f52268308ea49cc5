// Chosen columns of a matrix side by side, and their labels: out[i, b] = x[i, columns[start + b]]. `x` is a row panel of the
// whole; `out` has all its rows, and labels are taken by the first panel.
// Expects x [m, n], out [m, B], columns u32 [1, …], labels u32 [1, n], out_labels u32 [1, B].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.x_rows * params.out_cols) { return; }
  let i = index / params.out_cols;
  let b = index % params.out_cols;
  let column = columns[params.start + b];
  out[params.row_offset * params.out_cols + index] = x[i * params.x_cols + column];
#if ${labels}
  if (params.first_panel == 1u && i == 0u) { out_labels[b] = labels[column]; }
#endif
}
