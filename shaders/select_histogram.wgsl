// One pass of the radix selection: counts, by the digit at `shift`, the scores whose higher digits are those found so far
// (state[0]). NaN is counted apart, in the last bin. Adds to what the histogram holds.
// Expects scores [m, n], state u32 [1, 4], histogram atomic u32 [1, 2049]; shift, digit_bits.
const BINS = 2048u;
const PER_INVOCATION = 32u;

var<workgroup> counts: array<atomic<u32>, 2049>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let total = params.scores_rows * params.scores_cols;
  let start = (group.y * groups.x + group.x) * 256u * PER_INVOCATION;
  let above = params.shift + params.digit_bits;
  for (var step = 0u; step < PER_INVOCATION; step++) {
    let index = start + step * 256u + thread;
    if (index >= total) { break; }
    let score = scores[index];
    if (is_not_a_number(score)) {
      atomicAdd(&counts[BINS], 1u);
      continue;
    }
    let key = order_key(score);
    // A shift by all 32 bits is not defined: in the first pass everything belongs.
    if (above == 32u || (key >> (above & 31u)) == (state[0] >> (above & 31u))) {
      atomicAdd(&counts[(key >> params.shift) & ((1u << params.digit_bits) - 1u)], 1u);
    }
  }
  workgroupBarrier();
  for (var bin = thread; bin <= BINS; bin += 256u) {
    let count = atomicLoad(&counts[bin]);
    if (count > 0u) { atomicAdd(&histogram[bin], count); }
  }
}
