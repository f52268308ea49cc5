// Fills the lower half of a symmetric matrix from the upper. The matrix is made of blocks [n, n]; upper is where the place in
// the block's row does not exceed that in its column. Expects x [m, m], n dividing m.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.x_rows * params.x_cols) { return; }
  let i = index / params.x_cols;
  let j = index % params.x_cols;
  if (i % params.block > j % params.block) { x[index] = x[j * params.x_cols + i]; }
}
