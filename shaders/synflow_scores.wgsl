// |w| M c_i r_j / divisor. Expects weights [m, n], mask? [m, n], c [m, 1], r [n, 1], divisor [1, 1], scores [m, n].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.weights_rows * params.weights_cols) { return; }
  let row = index / params.weights_cols;
  let column = index % params.weights_cols;
  var score = abs(weights[index]) * (c[params.row_offset + row] * r[column] / divisor[0]);
#if ${mask}
  if (((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 0u) { score = 0.0f; }
#endif
  scores[index] = score;
}
