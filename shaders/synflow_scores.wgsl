// |w| M c_i r_j / divisor. One invocation makes four columns of every row its workgroup takes.
// Expects weights [m, n], mask? [m, n], c [m, 1], r [n, 1], divisor [1, 1], scores [m, n]; vec4 where n is a multiple of 4.
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = group.x * 64u + thread;
  if (4u * block >= params.weights_cols) { return; }
  let count = min(4u, params.weights_cols - 4u * block);
  for (var row = group.y; row < params.weights_rows; row += groups.y) {
    let factor = c[params.row_offset + row] / divisor[0];
#if ${mask}
    let kept = mask[row * params.mask_words + block / 8u] >> (4u * (block % 8u));
#endif
#if ${vec4}
    let index = row * (params.weights_cols / 4u) + block;
    var score = abs(weights[index]) * (factor * r[block]);
#if ${mask}
    score = select(vec4f(), score, (vec4u(kept) & vec4u(1u, 2u, 4u, 8u)) != vec4u());
#endif
    scores[index] = score;
#else
    for (var lane = 0u; lane < count; lane++) {
      let index = row * params.weights_cols + 4u * block + lane;
      var score = abs(weights[index]) * (factor * r[4u * block + lane]);
#if ${mask}
      score = select(0.0f, score, ((kept >> lane) & 1u) == 1u);
#endif
      scores[index] = score;
    }
#endif
  }
}
