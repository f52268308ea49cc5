// Adds to a mask the ties that are kept: the set bits whose hash is below the selected one, or equal to it in a stretch that is
// not beyond the selected one. Words that `ties` does not have say nothing. Each invocation makes every so many words (see tie_histogram.wgsl).
// Expects ties u32 [1, n], state u32 [1, 8], mask [m, n]; seed_low, seed_high, offset (of the first word of ties among all),
// start (of the mask's first word in ties).
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  if ((state[1] | state[3]) == 0u) { return; }
  let bound = state[4];
  let last_stretch = state[5];
  let words = params.mask_rows * params.mask_words;
  for (var index = group.x * 256u + thread; index < words; index += groups.x * 256u) {
    let place = params.start + params.row_offset * params.mask_words + index;
    if (place >= params.ties_cols) { continue; }
    let word = params.offset + place;
    let in_stretch = tie_stretch(word) <= last_stretch;
    var kept = 0u;
    for (var left = ties[place]; left != 0u; left &= left - 1u) {
      let bit = firstTrailingBit(left);
      let hash = tie_hash(word, bit);
      kept |= select(0u, 1u, hash < bound || (hash == bound && in_stretch)) << bit;
    }
    if (kept != 0u) { mask[index] |= kept; }
  }
}
