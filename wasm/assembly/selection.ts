import { scratch } from "./scratch";

/** Scores that a part of {@link select_histogram} reads. */
const PART_SCORES: usize = 1 << 18;

/** Bins of the selection's histogram, and one more for NaN. */
const BINS: usize = 2049;

/** Bytes of one of the four histograms a part counts in, so that equal neighbours need not wait for each other. */
const HISTOGRAM_BYTES: usize = BINS * 4;

/** Mask words that a part of {@link mask_from_threshold} makes, about. */
const PART_WORDS: usize = 4096;

/** The order-preserving integer images of four floats; −0 counts as +0 (`packages/ops/float_order.ts`). */
function orderKeys(bits: v128): v128 {
  const negativeZero = i32x4.splat(0x80000000);
  const canonical = v128.andnot(bits, i32x4.eq(bits, negativeZero));
  return v128.xor(canonical, v128.or(i32x4.shr_s(canonical, 31), negativeZero));
}

function orderKey(bits: u32): u32 {
  const canonical = bits == 0x80000000 ? 0 : bits;
  return canonical >> 31 ? ~canonical : canonical | 0x80000000;
}

function count(histogram: usize, bin: u32): void {
  const at = histogram + (<usize> bin) * 4;
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts one score: NaN in the last bin, others by their digit where the digits above are those of `prefix`. */
function countOne(histogram: usize, bits: u32, shift: u32, above: u32, prefix: u32, digitMask: u32): void {
  if ((bits & 0x7fffffff) > 0x7f800000) {
    count(histogram, 2048);
    return;
  }
  const key = orderKey(bits);
  if (above == 32 || key >> above == prefix) count(histogram, (key >> shift) & digitMask);
}

/** One pass of the radix selection over part of `total` scores; see the op `select_histogram`. */
export function select_histogram(
  part: usize,
  scores: usize,
  total: usize,
  state: usize,
  histogram: usize,
  shift: u32,
  digitBits: u32,
): void {
  const own = scratch(),
    own2 = own + HISTOGRAM_BYTES,
    own3 = own2 + HISTOGRAM_BYTES,
    own4 = own3 + HISTOGRAM_BYTES;
  memory.fill(own, 0, 4 * HISTOGRAM_BYTES);
  const above = shift + digitBits, digitMask: u32 = (1 << digitBits) - 1;
  const prefix = above == 32 ? 0 : load<u32>(state) >> above;
  const wanted = i32x4.splat(prefix);
  const first = part * PART_SCORES, last = min(first + PART_SCORES, total);
  let at = scores + first * 4;
  const end = scores + last * 4, whole = at + (((last - first) & ~3) << 2);
  for (; at < whole; at += 16) {
    const bits = v128.load(at);
    if (v128.any_true(f32x4.ne(bits, bits))) {
      for (let lane: usize = 0; lane < 16; lane += 4) {
        countOne(own, load<u32>(at + lane), shift, above, prefix, digitMask);
      }
      continue;
    }
    const keys = orderKeys(bits);
    if (above == 32) {
      const digits = i32x4.shr_u(keys, shift);
      count(own, i32x4.extract_lane(digits, 0));
      count(own2, i32x4.extract_lane(digits, 1));
      count(own3, i32x4.extract_lane(digits, 2));
      count(own4, i32x4.extract_lane(digits, 3));
      continue;
    }
    const belongs = i32x4.bitmask(i32x4.eq(i32x4.shr_u(keys, above), wanted));
    if (!belongs) continue;
    const digits = v128.and(i32x4.shr_u(keys, shift), i32x4.splat(digitMask));
    if (belongs & 1) count(own, i32x4.extract_lane(digits, 0));
    if (belongs & 2) count(own2, i32x4.extract_lane(digits, 1));
    if (belongs & 4) count(own3, i32x4.extract_lane(digits, 2));
    if (belongs & 8) count(own4, i32x4.extract_lane(digits, 3));
  }
  for (; at < end; at += 4) countOne(own, load<u32>(at), shift, above, prefix, digitMask);
  for (let bin: usize = 0; bin < HISTOGRAM_BYTES; bin += 4) {
    const sum = load<u32>(own + bin) + load<u32>(own2 + bin) + load<u32>(own3 + bin) + load<u32>(own4 + bin);
    if (sum) atomic.add<u32>(histogram + bin, sum);
  }
}

/** Rows of the mask of scores above the threshold in `state`, and of `previous` where it is not 0. */
export function mask_from_threshold(
  part: usize,
  scores: usize,
  previous: usize,
  state: usize,
  mask: usize,
  rows: usize,
  columns: usize,
): void {
  const words = (columns + 31) / 32, partRows = max<usize>(1, PART_WORDS / words);
  const first = part * partRows, end = min(first + partRows, rows);
  const threshold = load<u32>(state), thresholds = i32x4.splat(threshold);
  for (let row = first; row < end; row++) {
    let from = scores + row * columns * 4, to = row * words * 4;
    for (let column: usize = 0; column < columns; column += 32, from += 128, to += 4) {
      const width = min<usize>(32, columns - column);
      let word: u32 = 0, bit: usize = 0;
      for (; bit + 4 <= width; bit += 4) {
        const kept = i32x4.gt_u(orderKeys(v128.load(from + bit * 4)), thresholds);
        word |= i32x4.bitmask(kept) << <u32> bit;
      }
      for (; bit < width; bit++) {
        if (orderKey(load<u32>(from + bit * 4)) > threshold) word |= 1 << <u32> bit;
      }
      store<u32>(mask + to, previous ? word & load<u32>(previous + to) : word);
    }
  }
}
