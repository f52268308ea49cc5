// One pass of the radix selection: counts, by the digit at `shift`, the scores whose higher digits are those found so far
// (state[0]). NaN is counted apart, in the last bin. Adds to what the histogram holds.
// Expects scores [m, n] (vec4 where n is a multiple of 4), state u32 [1, 8], histogram atomic u32 [2, 2049] (the lower
// halves of 64-bit counts, then the upper ones); shift, digit_bits. INVOCATIONS is a workgroup's size, BLOCKS how many
// blocks of four scores an invocation reads. With `apart` each invocation has counters of its own, and no atomics: two bins
// share a word, so BLOCKS must be below 2^14.
const BINS = 2048u;

#if ${apart}
var<workgroup> counts: array<u32, ${PAIRS} * ${INVOCATIONS}>;
var<private> not_numbers: u32;

fn add_to(bin: u32, thread: u32) {
  counts[(bin >> 1u) * ${INVOCATIONS}u + thread] += 1u << (16u * (bin & 1u));
}

fn add_not_a_number() {
  not_numbers++;
}
#else
var<workgroup> counts: array<atomic<u32>, 2049>;

fn add_to(bin: u32, thread: u32) {
  atomicAdd(&counts[bin], 1u);
}

fn add_not_a_number() {
  atomicAdd(&counts[BINS], 1u);
}
#endif

fn count(score: f32, prefix: u32, thread: u32) {
  if (is_not_a_number(score)) {
    add_not_a_number();
    return;
  }
  let key = order_key(score);
  let above = params.shift + params.digit_bits;
  // A shift by all 32 bits is not defined: in the first pass everything belongs.
  if (above == 32u || (key >> (above & 31u)) == prefix) {
    add_to((key >> params.shift) & ((1u << params.digit_bits) - 1u), thread);
  }
}

fn add_to_histogram(bin: u32, found: u32) {
  if (found == 0u) { return; }
  let before = atomicAdd(&histogram[bin], found);
  if (before + found < before) { atomicAdd(&histogram[BINS + 1u + bin], 1u); }
}

@compute @workgroup_size(${INVOCATIONS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let total = params.scores_rows * params.scores_cols;
  let start = (group.y * groups.x + group.x) * ${INVOCATIONS}u * ${BLOCKS}u;
  let prefix = state[0] >> ((params.shift + params.digit_bits) & 31u);
  for (var step = 0u; step < ${BLOCKS}u; step++) {
    let block = start + step * ${INVOCATIONS}u + thread;
    if (4u * block >= total) { break; }
#if ${vec4}
    let four = scores[block];
    count(four.x, prefix, thread);
    count(four.y, prefix, thread);
    count(four.z, prefix, thread);
    count(four.w, prefix, thread);
#else
    for (var index = 4u * block; index < min(4u * block + 4u, total); index++) {
      count(scores[index], prefix, thread);
    }
#endif
  }
  workgroupBarrier();
#if ${apart}
  for (var pair = thread; pair < ${PAIRS}u; pair += ${INVOCATIONS}u) {
    var even = 0u;
    var odd = 0u;
    for (var other = 0u; other < ${INVOCATIONS}u; other++) {
      let both = counts[pair * ${INVOCATIONS}u + other];
      even += both & 0xffffu;
      odd += both >> 16u;
    }
    add_to_histogram(2u * pair, even);
    add_to_histogram(2u * pair + 1u, odd);
  }
  add_to_histogram(BINS, not_numbers);
#else
  for (var bin = thread; bin <= BINS; bin += ${INVOCATIONS}u) { add_to_histogram(bin, atomicLoad(&counts[bin])); }
#endif
}
