// A pass over the ties of the selection among them: counts, by its digit, the hashes of the set bits whose higher digits are those
// found so far; or, in pass 3, the stretches of those whose hash is the one found. Adds to what the histogram holds in the pass's rows;
// counts nothing where no tie is to be kept, which is why there are no more workgroups than keep an adapter busy: each invocation reads
// every so many words.
// Expects find_bin.wgsl, tie_bound.wgsl, ties u32 [1, n], state u32 [1, 6], histogram atomic u32 [10, 2049]; seed_low, seed_high,
// offset (of the first word among all), pass_index (1 to 3).
fn word_of(index: u32) -> u32 {
  return atomicLoad(&histogram[index]);
}

fn count(bin: u32) {
  let lower = 2u * (1u + params.pass_index) * (BINS + 1u) + bin;
  let before = atomicAdd(&histogram[lower], 1u);
  if (before == 0xffffffffu) { atomicAdd(&histogram[lower + BINS + 1u], 1u); }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  if ((state[1] | state[3]) == 0u) { return; }
  let found = tie_bound(params.pass_index, thread).x;
  let shift = digit_shift(params.pass_index);
  // Digits before the last have 11 bits, and the last has 10.
  let digits = select(11u, 10u, shift == 0u);
  let above = shift + digits;
  for (var index = group.x * 256u + thread; index < params.ties_cols; index += groups.x * 256u) {
    let word = params.offset + index;
    for (var left = ties[index]; left != 0u; left &= left - 1u) {
      let hash = tie_hash(word, firstTrailingBit(left));
      if (params.pass_index == 3u) {
        if (hash == found) { count(tie_stretch(word)); }
      } else if ((hash >> above) == (found >> above)) {
        count((hash >> shift) & ((1u << digits) - 1u));
      }
    }
  }
}
