// out[m, k] = mask[m, n] · x[n, k], one invocation an entry: only the set bits of the mask's row are visited, and the
// invocations of one row read neighbouring columns of x. `mask` is a row panel; `out` is whole, written from row_offset on.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.mask_rows * params.x_cols) { return; }
  let row = index / params.x_cols;
  let column = index % params.x_cols;
  var sum = 0.0;
  for (var word = 0u; word < params.mask_words; word++) {
    var left = mask[row * params.mask_words + word];
    while (left != 0u) {
      sum += x[(word * 32u + firstTrailingBit(left)) * params.x_cols + column];
      left &= left - 1u;
    }
  }
  out[params.row_offset * params.x_cols + index] = sum;
}
