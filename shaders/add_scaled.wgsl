// y += scale · x, element by element, over a divisor where there is one. Expects x, y as f32 of one shape; divisor, f32 [1, 1].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.y_rows * params.y_cols) { return; }
#if ${divisor}
  let factor = params.scale / divisor[0];
#else
  let factor = params.scale;
#endif
  y[index] += factor * x[index];
}
