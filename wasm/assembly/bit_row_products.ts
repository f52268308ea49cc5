/** Products that a part makes: so many rows of the left with so many of the right. */
export const PART_LEFT: usize = 16;
export const PART_RIGHT: usize = 64;

/** Vectors whose ones a byte can count. */
const VECTORS_TOGETHER: usize = 31;

/** Adds the ones that rows of two masks of `words` words a row share; see the op `bit_row_products`. */
export function bit_row_products(
  part: usize,
  left: usize,
  leftRows: usize,
  right: usize,
  rightRows: usize,
  words: usize,
  counts: usize,
): void {
  const across = (rightRows + PART_RIGHT - 1) / PART_RIGHT;
  const firstLeft = part / across * PART_LEFT, endLeft = min(firstLeft + PART_LEFT, leftRows);
  const firstRight = part % across * PART_RIGHT, endRight = min(firstRight + PART_RIGHT, rightRows);
  const rowBytes = words * 4, vectorBytes = rowBytes & ~15;
  for (let i = firstLeft; i < endLeft; i++) {
    const own = left + i * rowBytes, line = counts + i * rightRows * 4;
    for (let j = firstRight; j < endRight; j++) {
      const other = right + j * rowBytes;
      let ones = sharedOnes(own, other, vectorBytes);
      for (let at = vectorBytes; at < rowBytes; at += 4) {
        ones += popcnt(load<u32>(own + at) & load<u32>(other + at));
      }
      store<u32>(line + j * 4, load<u32>(line + j * 4) + ones);
    }
  }
}

/** Ones that two rows share in so many bytes, whole vectors. */
function sharedOnes(own: usize, other: usize, bytes: usize): u32 {
  let sums = i32x4.splat(0);
  for (let from: usize = 0; from < bytes; from += VECTORS_TOGETHER * 16) {
    const end = min(from + VECTORS_TOGETHER * 16, bytes);
    let together = i8x16.splat(0);
    for (let at = from; at < end; at += 16) {
      const both = v128.and(v128.load(own + at), v128.load(other + at));
      together = i8x16.add(together, i8x16.popcnt(both));
    }
    const pairs = i16x8.extadd_pairwise_i8x16_u(together);
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(pairs));
  }
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3);
}
