// Keeps an entry iff its score is above the selected threshold and it was there before. One invocation makes one word. With
// `ties`, and where some of them are to be kept, notes which entries are at the threshold and were there before, and counts them by the
// first digit of their hashes.
// Expects scores [m, n], previous? [m, n], state u32 [1, 6] (its first word the threshold's key), mask [m, n], and with ties u32 [1, w]
// histogram atomic u32 [10, 2049]; seed_low, seed_high, offset (of the first word of ties among all), start (of the mask's first word
// in ties).
#if ${ties}
const BINS = 2048u;

// Counts the ties of a word, which is number `word` of all.
fn count_ties(tied: u32, word: u32) {
  for (var left = tied; left != 0u; left &= left - 1u) {
    let lower = 2u * (BINS + 1u) + (tie_hash(word, firstTrailingBit(left)) >> 21u);
    let before = atomicAdd(&histogram[lower], 1u);
    if (before == 0xffffffffu) { atomicAdd(&histogram[lower + BINS + 1u], 1u); }
  }
}
#endif

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
    if (place < params.ties_cols) {
      ties[place] = tied & before;
      count_ties(tied & before, params.offset + place);
    }
    return;
  }
#endif
  for (var bit = 0u; bit < count; bit++) {
    let above = order_key(scores[from_score + bit]) > threshold;
    word |= select(0u, 1u, above) << bit;
  }
  mask[index] = word & before;
}
