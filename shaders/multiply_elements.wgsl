// y *= x, element by element. Expects x, y as f32 of one shape.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.y_rows * params.y_cols) { return; }
  y[index] *= x[index];
}
