// Keeps an entry iff its score is above the selected threshold and it was there before. One invocation makes one word. With
// `ties`, and where some of them are to be kept, notes which entries are at the threshold and were there before.
// Expects scores [m, n], previous? [m, n], state u32 [1, 8] (its first word the threshold's key), mask [m, n], ties? u32 [1, w];
// start (of the mask's first word in ties).
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
  let from_score = row * params.scores_cols + first;
  let threshold = state[0];
  var before = 0xffffffffu;
#if ${previous}
  before = previous[index];
#endif
  var word = 0u;
#if ${ties}
  if ((state[1] | state[3]) != 0u) {
    var tied = 0u;
    for (var bit = 0u; bit < count; bit++) {
      let key = order_key(scores[from_score + bit]);
      word |= select(0u, 1u, key > threshold) << bit;
      tied |= select(0u, 1u, key == threshold) << bit;
    }
    mask[index] = word & before;
    let place = params.start + params.row_offset * params.mask_words + index;
    if (place < params.ties_cols) { ties[place] = tied & before; }
    return;
  }
#endif
  for (var bit = 0u; bit < count; bit++) {
    let above = order_key(scores[from_score + bit]) > threshold;
    word |= select(0u, 1u, above) << bit;
  }
  mask[index] = word & before;
}
