// |w|; the float whose bits are `pruned` where the mask is zero. Expects weights, scores: f32, mask?: bits; pruned.
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.weights_rows * params.weights_cols) { return; }
  var score = abs(weights[index]);
#if ${mask}
  let row = index / params.weights_cols;
  let column = index % params.weights_cols;
  if (((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 0u) {
    score = bitcast<f32>(params.pruned);
  }
#endif
  scores[index] = score;
}
