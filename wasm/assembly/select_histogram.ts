import { orderKey } from "./shared/float_order";
import { scratch } from "./shared/scratch";

/** Scores that a part reads. */
export const PART_SCORES: usize = 1 << 18;

/** Bins of the selection's histogram; one more counts NaN. */
export const SELECT_BINS: usize = 2048;

/** All of them. */
const BINS: usize = SELECT_BINS + 1;

/** Bytes of one of the four histograms a part counts in, so that equal neighbours need not wait for each other. */
const HISTOGRAM_BYTES: usize = BINS * 4;

function count(histogram: usize, bin: u32): void {
  const at = histogram + (<usize> bin) * 4;
  store<u32>(at, load<u32>(at) + 1);
}

/** Adds to a bin of the op's histogram, whose upper halves follow its lower ones; other threads do the same. */
function addToHistogram(histogram: usize, bin: usize, found: u32): void {
  if (!found) return;
  const at = histogram + bin * 4, before = atomic.add<u32>(at, found);
  if (before + found < before) atomic.add<u32>(at + HISTOGRAM_BYTES, 1);
}

/** Counts one score: NaN in the last bin, others by their digit where the digits above are those of `prefix`. */
function countOne(histogram: usize, bits: u32, shift: u32, above: u32, prefix: u32, digitMask: u32): void {
  if ((bits & 0x7fffffff) > 0x7f800000) {
    count(histogram, <u32> SELECT_BINS);
    return;
  }
  const key = orderKey(bits);
  if (above == 32 || key >> above == prefix) count(histogram, (key >> shift) & digitMask);
}

/** Adds one to the counter at an address. */
function countAt(at: u32): void {
  store<u32>(at, load<u32>(at) + 1);
}

/**
 * Counts the uppermost `32 − shift` bits of scores as they are, four by four in four histograms; whether one is no number,
 * and the counts worth nothing. Fewer instructions than with the integer image, which {@link binOfBits} makes up for.
 */
function countUpperBits(at: usize, end: usize, own: usize, shift: u32): bool {
  const base = i32x4.splat(<u32> own);
  let odd = i32x4.splat(0);
  for (; at < end; at += 16) {
    // Adding +0 makes −0 +0 and leaves all others.
    const bits = f32x4.add(v128.load(at), f32x4.splat(0));
    odd = v128.or(odd, f32x4.ne(bits, bits));
    const places = i32x4.add(base, i32x4.shl(i32x4.shr_u(bits, shift), 2));
    countAt(i32x4.extract_lane(places, 0));
    countAt(i32x4.extract_lane(places, 1) + <u32> HISTOGRAM_BYTES);
    countAt(i32x4.extract_lane(places, 2) + 2 * <u32> HISTOGRAM_BYTES);
    countAt(i32x4.extract_lane(places, 3) + 3 * <u32> HISTOGRAM_BYTES);
  }
  return v128.any_true(odd);
}

/** The digit that the integer image of a float has, given its uppermost bits. */
function binOfBits(bits: u32, digitBits: u32): u32 {
  const sign: u32 = 1 << (digitBits - 1);
  return bits & sign ? ~bits & (2 * sign - 1) : bits | sign;
}

/** Counts the digits at `shift` of the scores whose higher ones are `prefix`; whether one is no number, as above. */
function countBelonging(
  at: usize,
  end: usize,
  own: usize,
  shift: u32,
  above: u32,
  prefix: u32,
  digitMask: u32,
): bool {
  const wanted = i32x4.splat(prefix), negativeZero = i32x4.splat(0x80000000), digits = i32x4.splat(digitMask);
  const base = i32x4.splat(<u32> own);
  let odd = i32x4.splat(0);
  for (; at < end; at += 16) {
    const bits = f32x4.add(v128.load(at), f32x4.splat(0));
    odd = v128.or(odd, f32x4.ne(bits, bits));
    const keys = v128.xor(bits, v128.or(i32x4.shr_s(bits, 31), negativeZero));
    const belongs = i32x4.eq(i32x4.shr_u(keys, above), wanted);
    if (!v128.any_true(belongs)) continue;
    // Those that do not belong go to the last bin, which is emptied: one branch for four scores.
    const bins = v128.bitselect(
      v128.and(i32x4.shr_u(keys, shift), digits),
      i32x4.splat(<u32> BINS - 1),
      belongs,
    );
    const places = i32x4.add(base, i32x4.shl(bins, 2));
    countAt(i32x4.extract_lane(places, 0));
    countAt(i32x4.extract_lane(places, 1) + <u32> HISTOGRAM_BYTES);
    countAt(i32x4.extract_lane(places, 2) + 2 * <u32> HISTOGRAM_BYTES);
    countAt(i32x4.extract_lane(places, 3) + 3 * <u32> HISTOGRAM_BYTES);
  }
  return v128.any_true(odd);
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
  const own = scratch();
  memory.fill(own, 0, 4 * HISTOGRAM_BYTES);
  const above = shift + digitBits, digitMask: u32 = (1 << digitBits) - 1;
  const prefix = above == 32 ? 0 : load<u32>(state) >> above;
  const first = part * PART_SCORES, last = min(first + PART_SCORES, total);
  let at = scores + first * 4, raw = above == 32;
  const end = scores + last * 4, whole = at + (((last - first) & ~3) << 2);
  const odd = raw
    ? countUpperBits(at, whole, own, shift)
    : countBelonging(at, whole, own, shift, above, prefix, digitMask);
  if (odd) {
    // Numbers and what is none, one by one.
    memory.fill(own, 0, 4 * HISTOGRAM_BYTES);
    raw = false;
  } else at = whole;
  for (let bin: u32 = 0; bin < <u32> BINS - 1; bin++) {
    const from = own + (<usize> bin) * 4;
    const sum = load<u32>(from) + load<u32>(from + HISTOGRAM_BYTES) + load<u32>(from + 2 * HISTOGRAM_BYTES) +
      load<u32>(from + 3 * HISTOGRAM_BYTES);
    addToHistogram(histogram, raw ? binOfBits(bin, digitBits) : bin, sum);
  }
  if (at == end) return;
  memory.fill(own, 0, HISTOGRAM_BYTES);
  for (; at < end; at += 4) countOne(own, load<u32>(at), shift, above, prefix, digitMask);
  for (let bin: usize = 0; bin < BINS; bin++) addToHistogram(histogram, bin, load<u32>(own + bin * 4));
}
