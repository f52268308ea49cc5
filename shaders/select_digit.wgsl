// After a pass of the radix selection: finds the digit whose bin holds the wanted rank, appends it to the key found so far, lowers
// the rank by the counts below, and empties the scores' bins for the next pass; after the last the ties' too. One workgroup.
// Ranks are of 64 bits, (lower half, upper half): state[1] and state[3]. state: packages/ops/select_state.ts. Expects find_bin.wgsl,
// state u32 [1, 6], histogram u32 [10, 2049], history? u32 [h, 6]; shift, first (1 in the first pass), rank_low, rank_high (in the
// first), worthless, break_ties and row (of the history, in the last).
fn word_of(index: u32) -> u32 {
  return histogram[index];
}

fn set_rank(rank: vec2u) {
  state[1] = rank.x;
  state[3] = rank.y;
}

// The score is found: how many share it, and how many of these are kept.
fn settle(ties: vec2u, rank: vec2u) {
  state[4] = ties.x;
  state[5] = ties.y;
  if (params.break_ties == 1u && state[0] > params.worthless) {
    set_rank(minus(ties, rank));
  } else {
    set_rank(vec2u());
  }
  state[0] = max(state[0], params.worthless);
#if ${history}
  for (var word = 0u; word < 6u; word++) { history[6u * params.row + word] = state[word]; }
#endif
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  let fresh = params.first == 1u;
  let rank = select(vec2u(state[1], state[3]), vec2u(params.rank_low, params.rank_high), fresh);
  let found = find_bin(0u, rank, thread);
  if (thread == 0u) {
    let digit = found.x;
    if (fresh) {
      let not_numbers = counted(0u, BINS);
      state[2] = select(not_numbers.x, 0xffffffffu, not_numbers.y > 0u);
    }
    state[0] = select(state[0], 0u, fresh) | (digit << params.shift);
    if (params.shift == 0u) {
      settle(counted(0u, digit), found.yz);
    } else {
      set_rank(found.yz);
    }
  }
  storageBarrier();
  workgroupBarrier();
  let emptied = select(2u, params.histogram_rows, params.shift == 0u) * (BINS + 1u);
  for (var word = thread; word < emptied; word += 256u) { histogram[word] = 0u; }
}
