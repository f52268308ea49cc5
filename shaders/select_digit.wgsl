// After a pass of the radix selection: finds the digit whose bin holds the wanted rank, appends it to the key found so
// far, lowers the rank by the counts below, and empties the histogram for the next pass. One workgroup.
// Ranks and counts are of 64 bits, (lower half, upper half): of the histogram the halves are its rows, of the rank
// state[1] and state[3]. state: [key so far, rank within it (from 1), NaNs, rank]. Expects state u32 [1, 4], histogram
// u32 [2, 2049]; shift, first (1 in the first pass, which sets the state up), rank_low, rank_high.
const BINS = 2048u;
const PER_INVOCATION = 8u;

var<workgroup> sums: array<vec2u, 256>;

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

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  let from_bin = thread * PER_INVOCATION;
  var sum = vec2u(0u, 0u);
  for (var bin = from_bin; bin < from_bin + PER_INVOCATION; bin++) { sum = plus(sum, counted(bin)); }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) {
    var key = 0u;
    var rank = vec2u(params.rank_low, params.rank_high);
    if (params.first == 1u) {
      let not_numbers = counted(BINS);
      state[2] = select(not_numbers.x, 0xffffffffu, not_numbers.y > 0u);
    } else {
      key = state[0];
      rank = vec2u(state[1], state[3]);
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
    state[0] = key | (digit << params.shift);
    state[1] = rank.x;
    state[3] = rank.y;
  }
  storageBarrier();
  workgroupBarrier();
  for (var word = thread; word < 2u * (BINS + 1u); word += 256u) { histogram[word] = 0u; }
}
