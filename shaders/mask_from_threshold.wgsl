// Keeps an entry iff its score is above the selected threshold and it was there before. One invocation makes one word.
// Expects scores [m, n], previous? [m, n], state u32 [1, 4] (its first word the threshold's key), mask [m, n].
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = grid_index(group, groups, thread);
  if (index >= params.mask_rows * params.mask_words) { return; }
  let row = index / params.mask_words;
  let first = (index % params.mask_words) * 32u;
  let count = min(32u, params.mask_cols - first);
  let threshold = state[0];
  var word = 0u;
  for (var bit = 0u; bit < count; bit++) {
    let above = order_key(scores[row * params.scores_cols + first + bit]) > threshold;
    word |= select(0u, 1u, above) << bit;
  }
#if ${previous}
  word &= previous[index];
#endif
  mask[index] = word;
}
