// Each block [block_rows, block_cols] of x, one after another, transposed. Expects x, out as f32 arrays.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.out_rows * params.out_cols) { return; }
  let within = index % (params.block_rows * params.block_cols);
  let column = within / params.block_rows;
  let row = within % params.block_rows;
  out[index] = x[index - within + row * params.block_cols + column];
}
