// |w|; the float whose bits are `pruned` where the mask is zero. One invocation makes four columns.
// Expects weights, scores: f32, mask?: bits; pruned.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let blocks = (params.weights_cols + 3u) / 4u;
  let index = grid_index(group, groups, thread);
  if (index >= params.weights_rows * blocks) { return; }
  let row = index / blocks;
  let block = index % blocks;
#if ${mask}
  let kept = mask[row * params.mask_words + block / 8u] >> (4u * (block % 8u));
#endif
  for (var lane = 0u; lane < 4u; lane++) {
    let column = 4u * block + lane;
    if (column >= params.weights_cols) { break; }
    var score = abs(weights[row * params.weights_cols + column]);
#if ${mask}
    if (((kept >> lane) & 1u) == 0u) { score = bitcast<f32>(params.pruned); }
#endif
    scores[row * params.weights_cols + column] = score;
  }
}
