// One pass of the selection among ties: counts, by the digit at `shift`, the hashes of the set bits whose higher digits are
// those found so far (state[4]); or, with by_stretch, the stretches of those whose hash is the one found. Adds to what the
// histogram holds; counts nothing where no tie is to be kept, which is why there are no more workgroups than keep an adapter
// busy: each invocation reads every so many words.
// Expects ties u32 [1, n], state u32 [1, 8], histogram atomic u32 [2, 2049]; seed_low, seed_high, offset (of the first word
// among all), shift, digit_bits, by_stretch.
const BINS = 2048u;

fn count(bin: u32) {
  let before = atomicAdd(&histogram[bin], 1u);
  if (before == 0xffffffffu) { atomicAdd(&histogram[BINS + 1u + bin], 1u); }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  if ((state[1] | state[3]) == 0u) { return; }
  let found = state[4];
  let above = params.shift + params.digit_bits;
  for (var index = group.x * 256u + thread; index < params.ties_cols; index += groups.x * 256u) {
    let word = params.offset + index;
    for (var left = ties[index]; left != 0u; left &= left - 1u) {
      let hash = tie_hash(word, firstTrailingBit(left));
      if (params.by_stretch == 1u) {
        if (hash == found) { count(tie_stretch(word)); }
      } else if (above == 32u || (hash >> (above & 31u)) == (found >> (above & 31u))) {
        // A shift by all 32 bits is not defined: in the first pass everything belongs.
        count((hash >> params.shift) & ((1u << params.digit_bits) - 1u));
      }
    }
  }
}
