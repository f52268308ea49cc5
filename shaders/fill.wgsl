// x[i, j] = value. Expects x as f32, written; value.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.x_rows * params.x_cols) { return; }
  x[index] = params.value;
}
