// One pass of the radix selection: counts, by the digit at `shift`, the scores whose higher digits are those found so far
// (state[0]). NaN is counted apart, in the last bin. Adds to what the histogram holds.
// Expects scores [m, n] and up to three other matrices of them, MATRICES in all, which are counted with its first panel (vec4 where
// all columns are a multiple of 4), state u32 [1, 6], histogram atomic u32 [10, 2049] (in its first two rows the lower
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

// How many scores a matrix has.
fn total_of(which: u32) -> u32 {
#if ${second}
  if (which == 1u) { return params.second_rows * params.second_cols; }
#endif
#if ${third}
  if (which == 2u) { return params.third_rows * params.third_cols; }
#endif
#if ${fourth}
  if (which == 3u) { return params.fourth_rows * params.fourth_cols; }
#endif
  return params.scores_rows * params.scores_cols;
}

#if ${vec4}
fn four_of(which: u32, block: u32) -> vec4f {
#if ${second}
  if (which == 1u) { return second[block]; }
#endif
#if ${third}
  if (which == 2u) { return third[block]; }
#endif
#if ${fourth}
  if (which == 3u) { return fourth[block]; }
#endif
  return scores[block];
}
#else
fn score_of(which: u32, index: u32) -> f32 {
#if ${second}
  if (which == 1u) { return second[index]; }
#endif
#if ${third}
  if (which == 2u) { return third[index]; }
#endif
#if ${fourth}
  if (which == 3u) { return fourth[index]; }
#endif
  return scores[index];
}
#endif

@compute @workgroup_size(${INVOCATIONS})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let together = ${INVOCATIONS}u * ${BLOCKS}u;
  var which = 0u;
  var place = group.y * groups.x + group.x;
  for (; which + 1u < ${MATRICES}u; which++) {
    let own = (total_of(which) + 4u * together - 1u) / (4u * together);
    if (place < own) { break; }
    place -= own;
  }
  if (which > 0u && params.first_panel == 0u) { return; }
  let total = total_of(which);
  let start = place * together;
  let prefix = state[0] >> ((params.shift + params.digit_bits) & 31u);
  for (var step = 0u; step < ${BLOCKS}u; step++) {
    let block = start + step * ${INVOCATIONS}u + thread;
    if (4u * block >= total) { break; }
#if ${vec4}
    let four = four_of(which, block);
    count(four.x, prefix, thread);
    count(four.y, prefix, thread);
    count(four.z, prefix, thread);
    count(four.w, prefix, thread);
#else
    for (var index = 4u * block; index < min(4u * block + 4u, total); index++) {
      count(score_of(which, index), prefix, thread);
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
