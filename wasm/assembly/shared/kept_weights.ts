import { multiplyAdd } from "./relaxed";

// Products that visit the weights a mask keeps and nothing else: where most are gone this beats the tiles.

/** Columns of the right side that stand together: eight vectors of sums, and one broadcast weight. */
export const BLOCK_COLUMNS: usize = 32;

/** Bytes of a row of such a block. */
export const BLOCK_ROW: usize = 128;

/** Bytes of an entry of a list: where in a block the term's row begins, and the weight. */
export const ENTRY: usize = 8;

/** The bits of word `word` of a mask's row that are below `columns`. */
export function keptBits(row: usize, word: usize, columns: usize): u32 {
  const bits = load<u32>(row + word * 4), left = columns - word * 32;
  return left < 32 ? bits & ((<u32> 1 << <u32> left) - 1) : bits;
}

function writeFour(out: usize, sums: v128, factor: v128, add: bool): void {
  const value = f32x4.mul(factor, sums);
  v128.store(out, add ? f32x4.add(value, v128.load(out)) : value);
}

/** Writes `scale` times the sum over a list of weight times row of a block, or adds it, to `width` numbers of `out`. */
export function sumList(
  entry: usize,
  end: usize,
  block: usize,
  out: usize,
  width: usize,
  scale: f32,
  add: bool,
  spare: usize,
): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (; entry < end; entry += ENTRY) {
    const row = block + load<u32>(entry), weight = v128.load32_splat(entry, 4);
    s0 = multiplyAdd(weight, v128.load(row), s0);
    s1 = multiplyAdd(weight, v128.load(row, 16), s1);
    s2 = multiplyAdd(weight, v128.load(row, 32), s2);
    s3 = multiplyAdd(weight, v128.load(row, 48), s3);
    s4 = multiplyAdd(weight, v128.load(row, 64), s4);
    s5 = multiplyAdd(weight, v128.load(row, 80), s5);
    s6 = multiplyAdd(weight, v128.load(row, 96), s6);
    s7 = multiplyAdd(weight, v128.load(row, 112), s7);
  }
  const whole = width == BLOCK_COLUMNS, factor = f32x4.splat(scale), to = whole ? out : spare;
  if (!whole && add) memory.copy(spare, out, width * 4);
  writeFour(to, s0, factor, add);
  writeFour(to + 16, s1, factor, add);
  writeFour(to + 32, s2, factor, add);
  writeFour(to + 48, s3, factor, add);
  writeFour(to + 64, s4, factor, add);
  writeFour(to + 80, s5, factor, add);
  writeFour(to + 96, s6, factor, add);
  writeFour(to + 112, s7, factor, add);
  if (!whole) memory.copy(out, spare, width * 4);
}
