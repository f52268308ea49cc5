// Adds to a mask the ties that are kept: the set bits whose hash is below the selected one, or equal to it in a stretch that is
// not beyond the selected one. Words that `ties` does not have say nothing. Each invocation makes every so many words (see tie_histogram.wgsl).
// Expects find_bin.wgsl, tie_bound.wgsl, ties u32 [1, n], state u32 [1, 6], histogram u32 [10, 2049], mask [m, n], and up to three
// other masks, done with its first panel; seed_low, seed_high, offset (of the first word of ties among all), start (of the mask's first
// word in ties), next (of the other masks' first), passes (that counted the ties).
fn word_of(index: u32) -> u32 {
  return histogram[index];
}

// The largest hash that is kept, and the last stretch in which it is.
var<private> bound: vec2u;

// The ties that are kept of one word.
fn kept_of(place: u32) -> u32 {
  if (place >= params.ties_cols) { return 0u; }
  let word = params.offset + place;
  let in_stretch = tie_stretch(word) <= bound.y;
  var kept = 0u;
  for (var left = ties[place]; left != 0u; left &= left - 1u) {
    let bit = firstTrailingBit(left);
    let hash = tie_hash(word, bit);
    kept |= select(0u, 1u, hash < bound.x || (hash == bound.x && in_stretch)) << bit;
  }
  return kept;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  if ((state[1] | state[3]) == 0u) { return; }
  bound = tie_bound(params.passes, thread);
  let from_word = group.x * 256u + thread;
  let step = groups.x * 256u;
  let start = params.start + params.row_offset * params.mask_words;
  for (var index = from_word; index < params.mask_rows * params.mask_words; index += step) {
    let kept = kept_of(start + index);
    if (kept != 0u) { mask[index] |= kept; }
  }
#if ${second}
  if (params.first_panel == 0u) { return; }
  var first = params.next;
  var words = params.second_rows * params.second_words;
  for (var index = from_word; index < words; index += step) {
    let kept = kept_of(first + index);
    if (kept != 0u) { second[index] |= kept; }
  }
#endif
#if ${third}
  first += words;
  words = params.third_rows * params.third_words;
  for (var index = from_word; index < words; index += step) {
    let kept = kept_of(first + index);
    if (kept != 0u) { third[index] |= kept; }
  }
#endif
#if ${fourth}
  first += words;
  words = params.fourth_rows * params.fourth_words;
  for (var index = from_word; index < words; index += step) {
    let kept = kept_of(first + index);
    if (kept != 0u) { fourth[index] |= kept; }
  }
#endif
}
