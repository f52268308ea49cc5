// Ones in each row of a mask, one invocation a row. Expects mask bits [m, n], degree u32 [m, 1].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = grid_index(group, groups, thread);
  if (row >= params.mask_rows) { return; }
  var ones = 0u;
  for (var word = 0u; word < params.mask_words; word++) { ones += countOneBits(mask[row * params.mask_words + word]); }
  degree[params.row_offset + row] = ones;
}
