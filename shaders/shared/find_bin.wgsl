// find_bin(counter, rank, thread): the bin that a rank, counted from 1, leads to among those of the counter-th two rows of a
// selection's histogram, and the rank within it, (bin, lower half, upper half): the last bin where the rank is beyond all counts.
// The invocations of a workgroup of 256 call it together, with one rank, and get the same. Counts and ranks are of 64 bits, (lower half,
// upper half). Expects word_of(index), a word of the histogram.
const BINS = 2048u;
const PER_INVOCATION = 8u;

var<workgroup> sums: array<vec2u, 256>;
var<workgroup> bin_found: vec3u;

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

fn counted(counter: u32, bin: u32) -> vec2u {
  let lower = 2u * counter * (BINS + 1u) + bin;
  return vec2u(word_of(lower), word_of(lower + BINS + 1u));
}

fn find_bin(counter: u32, rank: vec2u, thread: u32) -> vec3u {
  let from_bin = thread * PER_INVOCATION;
  var sum = vec2u();
  for (var bin = from_bin; bin < from_bin + PER_INVOCATION; bin++) { sum = plus(sum, counted(counter, bin)); }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) {
    var left = rank;
    var block = 0u;
    while (block < 255u && is_less(sums[block], left)) {
      left = minus(left, sums[block]);
      block++;
    }
    var bin = block * PER_INVOCATION;
    let last = bin + PER_INVOCATION - 1u;
    while (bin < last && is_less(counted(counter, bin), left)) {
      left = minus(left, counted(counter, bin));
      bin++;
    }
    bin_found = vec3u(bin, left);
  }
  workgroupBarrier();
  let found = bin_found;
  // Nobody writes the next one's before all have read this.
  workgroupBarrier();
  return found;
}
