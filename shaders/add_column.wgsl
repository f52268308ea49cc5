// Adds a column to every column of a matrix, or its absolute values over a divisor: y[i, j] += column[i].
// Expects: params; column, f32 [m, 1]; divisor, f32 [1, 1], where there is one; y, f32 [m, n].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.y_rows * params.y_cols) { return; }
  var value = column[params.row_offset + index / params.y_cols];
#if ${absolute}
  value = abs(value);
#endif
#if ${divisor}
  value = value / divisor[0];
#endif
  y[index] += value;
}
