// After a pass of the radix selection: finds the digit whose bin holds the wanted rank, appends it to the key found so
// far, lowers the rank by the counts below, and empties the histogram for the next pass. One workgroup.
// Ranks and counts are of 64 bits, (lower half, upper half): of the histogram the halves are its rows, of the rank
// state[1] and state[3]. state: packages/ops/select_state.ts. Expects state u32 [1, 8], histogram u32 [2, 2049], history? u32
// [h, 8]; word (of the state, that the key is in), shift, first (1 in the key's first pass), rank_low, rank_high (in the very
// first), worthless, break_ties and row (of the history, in the last of the scores').
const BINS = 2048u;
const PER_INVOCATION = 8u;

var<workgroup> sums: array<vec2u, 256>;
var<workgroup> idle: u32;

fn counted(bin: u32) -> vec2u {
  return vec2u(histogram[bin], histogram[BINS + 1u + bin]);
}

fn plus(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + select(0u, 1u, low < a.x));
}

fn minus(a: vec2u, b: vec2u) -> vec2u {
  return vec2u(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

fn is_less(a: vec2u, b: vec2u) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn set_rank(rank: vec2u) {
  state[1] = rank.x;
  state[3] = rank.y;
}

// The score is found: how many share it, and how many of these are kept.
fn settle(ties: vec2u, rank: vec2u) {
  state[4] = 0u;
  state[5] = 0xffffffffu;
  state[6] = ties.x;
  state[7] = ties.y;
  if (params.break_ties == 1u && state[0] > params.worthless) {
    set_rank(minus(ties, rank));
  } else {
    set_rank(vec2u(0u, 0u));
  }
  state[0] = max(state[0], params.worthless);
#if ${history}
  for (var word = 0u; word < 8u; word++) { history[8u * params.row + word] = state[word]; }
#endif
}

fn find() {
  let of_scores = params.word == 0u;
  let fresh = params.first == 1u;
  var rank = vec2u(state[1], state[3]);
  if (of_scores && fresh) {
    rank = vec2u(params.rank_low, params.rank_high);
    let not_numbers = counted(BINS);
    state[2] = select(not_numbers.x, 0xffffffffu, not_numbers.y > 0u);
  }
  var block = 0u;
  while (block < 255u && is_less(sums[block], rank)) {
    rank = minus(rank, sums[block]);
    block++;
  }
  var digit = block * PER_INVOCATION;
  let last = digit + PER_INVOCATION - 1u;
  while (digit < last && is_less(counted(digit), rank)) {
    rank = minus(rank, counted(digit));
    digit++;
  }
  state[params.word] = select(state[params.word], 0u, fresh) | (digit << params.shift);
  if (of_scores && params.shift == 0u) {
    settle(counted(digit), rank);
  } else {
    set_rank(rank);
  }
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  // Without ties to keep there is nothing in the histogram.
  if (thread == 0u) { idle = select(0u, 1u, params.word != 0u && (state[1] | state[3]) == 0u); }
  if (workgroupUniformLoad(&idle) == 1u) { return; }
  let from_bin = thread * PER_INVOCATION;
  var sum = vec2u(0u, 0u);
  for (var bin = from_bin; bin < from_bin + PER_INVOCATION; bin++) { sum = plus(sum, counted(bin)); }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) { find(); }
  storageBarrier();
  workgroupBarrier();
  for (var word = thread; word < 2u * (BINS + 1u); word += 256u) { histogram[word] = 0u; }
}
