import { multiplyAdd } from "./relaxed";
import { scoreOne } from "./saliency";
import { scratch } from "./scratch";

// Products that visit the weights a mask keeps and nothing else: where most are gone this beats the tiles of `products.ts`.

/** Columns of the right side that stand together: eight vectors of sums, and one broadcast weight. */
const BLOCK_COLUMNS: usize = 32;

/** Bytes of a row of such a block. */
const BLOCK_ROW: usize = 128;

/** Rows of the right side that a part of {@link pack_blocks} packs. */
const PACKED_ROWS: usize = 64;

/** Rows that a part of {@link sparse_matmul} or {@link sparse_saliency} takes. */
const PART_ROWS: usize = 16;

/** Terms of the sums whose weights are listed at a time: a block of so many rows stays in the second cache. */
const LISTED_TERMS: usize = 1024;

/** The same for {@link sparse_matmul_transposed}, which has a list for each of its part's columns. */
const LISTED_ROWS: usize = 256;

/** Rows of the product that a part of {@link sparse_matmul_transposed} makes: those of two words of a mask's row. */
const STRIP_COLUMNS: usize = 64;

/** Columns that {@link sparse_saliency} takes at a time: so many rows of its right side stay in the second cache. */
const SALIENCY_COLUMNS: usize = 512;

/** Bytes of an entry of a list: where in a block the term's row begins, and the weight. */
const ENTRY: usize = 8;

/** The bits of word `word` of a mask's row that are below `columns`. */
function keptBits(row: usize, word: usize, columns: usize): u32 {
  const bits = load<u32>(row + word * 4), left = columns - word * 32;
  return left < 32 ? bits & ((<u32> 1 << <u32> left) - 1) : bits;
}

/** Packs `source` [inner, columns] by blocks of 32 columns, `target[block, l, j]`, zero past the last; 64 rows a part. */
export function pack_blocks(part: usize, source: usize, inner: usize, columns: usize, target: usize): void {
  const first = part * PACKED_ROWS, end = min(first + PACKED_ROWS, inner), blockBytes = inner * BLOCK_ROW;
  const last = columns & ~(BLOCK_COLUMNS - 1), rest = (columns - last) * 4;
  for (let l = first; l < end; l++) {
    let from = source + l * columns * 4, to = target + l * BLOCK_ROW;
    for (let column: usize = 0; column < last; column += BLOCK_COLUMNS, from += BLOCK_ROW, to += blockBytes) {
      for (let lane: usize = 0; lane < BLOCK_ROW; lane += 16) v128.store(to + lane, v128.load(from + lane));
    }
    if (!rest) continue;
    memory.copy(to, from, rest);
    memory.fill(to + rest, 0, BLOCK_ROW - rest);
  }
}

function writeFour(out: usize, sums: v128, factor: v128, add: bool): void {
  const value = f32x4.mul(factor, sums);
  v128.store(out, add ? f32x4.add(value, v128.load(out)) : value);
}

/** Writes `scale` times the sum over a list of weight times row of a block, or adds it, to `width` numbers of `out`. */
function sumList(
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

/** Lists a row's kept weights among the words given; the end of the list. */
function listRow(
  weights: usize,
  mask: usize,
  columns: usize,
  firstWord: usize,
  endWord: usize,
  list: usize,
): usize {
  for (let word = firstWord; word < endWord; word++) {
    const offset = (word - firstWord) * 32 * BLOCK_ROW, from = weights + word * BLOCK_ROW;
    for (let left = keptBits(mask, word, columns); left; left &= left - 1, list += ENTRY) {
      const bit = <usize> ctz(left);
      store<u64>(list, <u64> load<u32>(from + bit * 4) << 32 | <u64> (offset + bit * BLOCK_ROW));
    }
  }
  return list;
}

/**
 * 16 rows of `out = scale · (weights ⊙ mask) · right`, or that added: weights [rows, inner], right packed by
 * {@link pack_blocks}, out [rows, columns].
 */
export function sparse_matmul(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  inner: usize,
  right: usize,
  columns: usize,
  out: usize,
  scale: f32,
  add: bool,
): void {
  const ends = scratch(), spare = ends + PART_ROWS * 4, lists = spare + BLOCK_ROW;
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let l: usize = 0; l == 0 || l < inner; l += LISTED_TERMS) {
    const endWord = (min(l + LISTED_TERMS, inner) + 31) / 32;
    for (let row = first, list = lists; row < end; row++) {
      list = listRow(weights + row * inner * 4, mask + row * maskPitch, inner, l / 32, endWord, list);
      store<u32>(ends + (row - first) * 4, <u32> list);
    }
    for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
      const block = right + column * inner * 4 + l * BLOCK_ROW, width = min(BLOCK_COLUMNS, columns - column);
      for (let row = first, list = lists; row < end; row++) {
        const listEnd = <usize> load<u32>(ends + (row - first) * 4);
        sumList(list, listEnd, block, out + (row * columns + column) * 4, width, scale, add || l > 0, spare);
        list = listEnd;
      }
    }
  }
}

/**
 * 64 rows of `out = scale · (weights ⊙ mask)ᵀ · right`, or that added: weights [inner, rows], right packed by
 * {@link pack_blocks}, out [rows, columns].
 */
export function sparse_matmul_transposed(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  inner: usize,
  right: usize,
  columns: usize,
  out: usize,
  scale: f32,
  add: bool,
): void {
  const ends = scratch(), spare = ends + STRIP_COLUMNS * 4, lists = spare + BLOCK_ROW;
  const listBytes = LISTED_ROWS * ENTRY;
  const first = part * STRIP_COLUMNS,
    height = min(STRIP_COLUMNS, rows - first),
    endWord = (first + height + 31) / 32;
  for (let l: usize = 0; l == 0 || l < inner; l += LISTED_ROWS) {
    const last = min(l + LISTED_ROWS, inner);
    for (let i: usize = 0; i < STRIP_COLUMNS; i++) store<u32>(ends + i * 4, <u32> (lists + i * listBytes));
    for (let row = l; row < last; row++) {
      const offset = <u64> ((row - l) * BLOCK_ROW), line = weights + row * rows * 4;
      for (let word = first / 32; word < endWord; word++) {
        const from = line + word * BLOCK_ROW, ownEnds = ends + (word * 32 - first) * 4;
        for (let left = keptBits(mask + row * maskPitch, word, rows); left; left &= left - 1) {
          const at = <usize> ctz(left) * 4, entry = <usize> load<u32>(ownEnds + at);
          store<u64>(entry, <u64> load<u32>(from + at) << 32 | offset);
          store<u32>(ownEnds + at, <u32> (entry + ENTRY));
        }
      }
    }
    for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
      const block = right + column * inner * 4 + l * BLOCK_ROW, width = min(BLOCK_COLUMNS, columns - column);
      for (let i: usize = 0; i < height; i++) {
        const to = out + ((first + i) * columns + column) * 4, listEnd = <usize> load<u32>(ends + i * 4);
        sumList(lists + i * listBytes, listEnd, block, to, width, scale, add || l > 0, spare);
      }
    }
  }
}

/** The sums of the lanes of four vectors. */
function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/** Inner products of a row with eight others, whose addresses `list` has; a multiple of 16 bytes long. */
function eightProducts(row: usize, list: usize, bytes: usize, target: usize): void {
  const p0 = <usize> load<u32>(list), p1 = <usize> load<u32>(list, 4);
  const p2 = <usize> load<u32>(list, 8), p3 = <usize> load<u32>(list, 12);
  const p4 = <usize> load<u32>(list, 16), p5 = <usize> load<u32>(list, 20);
  const p6 = <usize> load<u32>(list, 24), p7 = <usize> load<u32>(list, 28);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(row + at);
    s0 = multiplyAdd(x, v128.load(p0 + at), s0);
    s1 = multiplyAdd(x, v128.load(p1 + at), s1);
    s2 = multiplyAdd(x, v128.load(p2 + at), s2);
    s3 = multiplyAdd(x, v128.load(p3 + at), s3);
    s4 = multiplyAdd(x, v128.load(p4 + at), s4);
    s5 = multiplyAdd(x, v128.load(p5 + at), s5);
    s6 = multiplyAdd(x, v128.load(p6 + at), s6);
    s7 = multiplyAdd(x, v128.load(p7 + at), s7);
  }
  v128.store(target, sumLanes(s0, s1, s2, s3));
  v128.store(target, sumLanes(s4, s5, s6, s7), 16);
}

function fillWords(at: usize, end: usize, word: u32): void {
  if (word == 0) {
    memory.fill(at, 0, end - at);
    return;
  }
  for (; at + 16 <= end; at += 16) v128.store(at, i32x4.splat(word));
  for (; at < end; at += 4) store<u32>(at, word);
}

/**
 * 16 rows of the op `saliency` for one pair of factors, `a` [rows, inner] and `x` [columns, inner]; `inner` is a multiple of
 * four, weights (0 for the gradient), mask and out are [rows, columns].
 */
export function sparse_saliency(
  part: usize,
  a: usize,
  x: usize,
  inner: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  out: usize,
  rows: usize,
  columns: usize,
  scale: f32,
  pruned: u32,
  kind: i32,
): void {
  const sums = scratch(), list = sums + 32, places = list + SALIENCY_COLUMNS * 4 + 32, bytes = inner * 4;
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let start: usize = 0; start < columns; start += SALIENCY_COLUMNS) {
    const last = min(start + SALIENCY_COLUMNS, columns);
    for (let row = first; row < end; row++) {
      const line = row * columns * 4;
      fillWords(out + line + start * 4, out + line + last * 4, pruned);
      let count: usize = 0;
      for (let word = start / 32; word < (last + 31) / 32; word++) {
        for (let left = keptBits(mask + row * maskPitch, word, columns); left; left &= left - 1, count++) {
          const column = word * 32 + <usize> ctz(left);
          store<u32>(places + count * 4, <u32> (line + column * 4));
          store<u32>(list + count * 4, <u32> (x + column * bytes));
        }
      }
      // The last group of eight is filled up with a row whose products nobody reads.
      for (let i = count; i & 7; i++) store<u32>(list + i * 4, <u32> x);
      for (let i: usize = 0; i < count; i += 8) {
        eightProducts(a + row * bytes, list + i * 4, bytes, sums);
        const group = min<usize>(8, count - i);
        for (let j: usize = 0; j < group; j++) {
          const place = <usize> load<u32>(places + (i + j) * 4);
          store<f32>(out + place, scoreOne(load<f32>(sums + j * 4), scale, weights + place, kind));
        }
      }
    }
  }
}
