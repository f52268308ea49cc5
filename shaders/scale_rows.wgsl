// out[i, j] = scale · column[i] x[i, j], added to what is there when `accumulate` is 1; with `absolute` of the column's absolute
// values. Expects column, x, out as f32 arrays; x and out are row panels.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  var factor = column[params.row_offset + index / params.out_cols];
#if ${absolute}
  factor = abs(factor);
#endif
  var value = params.scale * factor * x[index];
  if (params.accumulate == 1u) { value += out[index]; }
  out[index] = value;
}
