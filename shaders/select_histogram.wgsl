// One pass of the radix selection: counts, by the digit at `shift`, the scores whose higher digits are those found so far
// (state[0]). NaN is counted apart, in the last bin. Adds to what the histogram holds.
// Expects scores [m, n] (vec4 where n is a multiple of 4), state u32 [1, 4], histogram atomic u32 [1, 2049]; shift,
// digit_bits. BLOCKS is how many blocks of four scores an invocation reads.
const BINS = 2048u;

var<workgroup> counts: array<atomic<u32>, 2049>;

fn count(score: f32, prefix: u32) {
  if (is_not_a_number(score)) {
    atomicAdd(&counts[BINS], 1u);
    return;
  }
  let key = order_key(score);
  let above = params.shift + params.digit_bits;
  // A shift by all 32 bits is not defined: in the first pass everything belongs.
  if (above == 32u || (key >> (above & 31u)) == prefix) {
    atomicAdd(&counts[(key >> params.shift) & ((1u << params.digit_bits) - 1u)], 1u);
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let total = params.scores_rows * params.scores_cols;
  let start = (group.y * groups.x + group.x) * 256u * ${BLOCKS}u;
  let prefix = state[0] >> ((params.shift + params.digit_bits) & 31u);
  for (var step = 0u; step < ${BLOCKS}u; step++) {
    let block = start + step * 256u + thread;
    if (4u * block >= total) { break; }
#if ${vec4}
    let four = scores[block];
    count(four.x, prefix);
    count(four.y, prefix);
    count(four.z, prefix);
    count(four.w, prefix);
#else
    for (var index = 4u * block; index < min(4u * block + 4u, total); index++) { count(scores[index], prefix); }
#endif
  }
  workgroupBarrier();
  for (var bin = thread; bin <= BINS; bin += 256u) {
    let found = atomicLoad(&counts[bin]);
    if (found > 0u) { atomicAdd(&histogram[bin], found); }
  }
}
