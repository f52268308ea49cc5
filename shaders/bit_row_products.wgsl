// counts[i, j] += ones that row i of left and row j of right share. An invocation takes one row of left, whose words it
// reads once, and four neighbouring rows of right. Expects left bits [m, n] (a row panel), right bits [q, n], counts u32.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  let blocks = (params.right_rows + 3u) / 4u;
  if (index >= params.left_rows * blocks) { return; }
  let i = index / blocks;
  let j = 4u * (index % blocks);
  // Rows past the last repeat it and are not stored.
  let rows = min(vec4u(j, j + 1u, j + 2u, j + 3u), vec4u(params.right_rows - 1u)) * params.right_words;
  var ones = vec4u();
  for (var word = 0u; word < params.left_words; word++) {
    let own = left[i * params.left_words + word];
    let others = vec4u(right[rows.x + word], right[rows.y + word], right[rows.z + word], right[rows.w + word]);
    ones += countOneBits(others & vec4u(own));
  }
  let start = (params.row_offset + i) * params.right_rows + j;
  for (var c = 0u; c < min(4u, params.right_rows - j); c++) { counts[start + c] += ones[c]; }
}
