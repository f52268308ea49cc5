// After a pass of the radix selection: finds the digit whose bin holds the wanted rank, appends it to the key found so
// far, lowers the rank by the counts below, and empties the histogram for the next pass. One workgroup.
// state: [key so far, rank within it (from 1), NaNs, unused]. Expects state u32 [1, 4], histogram u32 [1, 2049];
// shift, first (1 in the first pass, which sets the state up), rank.
const BINS = 2048u;
const PER_INVOCATION = 8u;

var<workgroup> sums: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  let from_bin = thread * PER_INVOCATION;
  var sum = 0u;
  for (var bin = from_bin; bin < from_bin + PER_INVOCATION; bin++) { sum += histogram[bin]; }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) {
    var key = 0u;
    var rank = params.rank;
    if (params.first == 1u) {
      state[2] = histogram[BINS];
      state[3] = 0u;
    } else {
      key = state[0];
      rank = state[1];
    }
    var block = 0u;
    while (block < 255u && sums[block] < rank) {
      rank -= sums[block];
      block++;
    }
    var digit = block * PER_INVOCATION;
    let last = digit + PER_INVOCATION - 1u;
    while (digit < last && histogram[digit] < rank) {
      rank -= histogram[digit];
      digit++;
    }
    state[0] = key | (digit << params.shift);
    state[1] = rank;
  }
  storageBarrier();
  workgroupBarrier();
  for (var bin = thread; bin <= BINS; bin += 256u) { histogram[bin] = 0u; }
}
