import { bitsFrom, lanesOf } from "./bits";
import { scratch } from "./scratch";

/** Rows that a part takes. */
const PART_ROWS: usize = 8;

/** Four Philox blocks: lane t of `block0` … `block3` are the four integers of the t-th. */
let block0: v128 = i32x4.splat(0);
let block1: v128 = i32x4.splat(0);
let block2: v128 = i32x4.splat(0);
let block3: v128 = i32x4.splat(0);

/** Philox 4×32-10 (`packages/runtime/philox.ts`) at four counters whose first words follow each other from `first`. */
function philox(first: u32, row: u32, layer: u32, stream: u32, seedLow: u32, seedHigh: u32): void {
  let c0 = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), c1 = i32x4.splat(row);
  let c2 = i32x4.splat(layer), c3 = i32x4.splat(stream);
  const multiplier0 = i32x4.splat(0xd2511f53), multiplier1 = i32x4.splat(0xcd9e8d57);
  let k0 = seedLow, k1 = seedHigh;
  for (let round = 0; round < 10; round++) {
    const a = i64x2.extmul_low_i32x4_u(multiplier0, c0), b = i64x2.extmul_high_i32x4_u(multiplier0, c0);
    const c = i64x2.extmul_low_i32x4_u(multiplier1, c2), d = i64x2.extmul_high_i32x4_u(multiplier1, c2);
    const low0 = v128.shuffle<i32>(a, b, 0, 2, 4, 6), high0 = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
    const low1 = v128.shuffle<i32>(c, d, 0, 2, 4, 6), high1 = v128.shuffle<i32>(c, d, 1, 3, 5, 7);
    c0 = v128.xor(v128.xor(high1, c1), i32x4.splat(k0));
    c1 = low1;
    c2 = v128.xor(v128.xor(high0, c3), i32x4.splat(k1));
    c3 = low0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  block0 = c0, block1 = c1, block2 = c2, block3 = c3;
}

/** ln((2k + 1) / 2²⁴) for four 23-bit integers k: the polynomial of `shaders/shared/normal.wgsl`. */
function logOpenUniform(k: v128): v128 {
  const u = f32x4.mul(
    f32x4.add(f32x4.convert_i32x4_s(k), f32x4.splat(0.5)),
    f32x4.splat(1.1920928955078125e-7),
  );
  let exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(u, 23), i32x4.splat(127)));
  let mantissa = v128.or(v128.and(u, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const large = f32x4.gt(mantissa, f32x4.splat(1.41421356));
  mantissa = v128.bitselect(f32x4.mul(mantissa, f32x4.splat(0.5)), mantissa, large);
  exponent = f32x4.add(exponent, v128.and(large, f32x4.splat(1)));
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one)), q = f32x4.mul(s, s);
  let series = f32x4.add(f32x4.splat(0.14285714), f32x4.mul(q, f32x4.splat(0.11111111)));
  series = f32x4.add(f32x4.splat(0.2), f32x4.mul(q, series));
  series = f32x4.mul(q, f32x4.add(f32x4.splat(0.33333333), f32x4.mul(q, series)));
  const fraction = f32x4.mul(f32x4.splat(2), f32x4.add(s, f32x4.mul(s, series)));
  const low = f32x4.add(f32x4.mul(exponent, f32x4.splat(-2.12194440e-4)), fraction);
  return f32x4.add(f32x4.mul(exponent, f32x4.splat(0.693359375)), low);
}

/** Eight standard normal numbers by Box–Muller: `scale` times the cosines' in one vector, the sines' in the other. */
let normal0: v128 = i32x4.splat(0);
let normal1: v128 = i32x4.splat(0);

function normals(first: v128, second: v128, scale: v128): void {
  const log = logOpenUniform(i32x4.shr_u(first, 9));
  const radius = f32x4.mul(scale, f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log)));
  // A whole turn is 2²⁴: the nearest quarter and what is left of it are exact integers.
  const turn = i32x4.add(i32x4.shl(i32x4.shr_u(second, 9), 1), i32x4.splat(1));
  const quarter = i32x4.shr_u(i32x4.add(turn, i32x4.splat(0x200000)), 22);
  const rest = f32x4.convert_i32x4_s(i32x4.sub(turn, i32x4.shl(quarter, 22)));
  const x = f32x4.mul(rest, f32x4.splat(3.7450704e-7)), q = f32x4.mul(x, x);
  let sine = f32x4.add(f32x4.splat(8.3321608736e-3), f32x4.mul(q, f32x4.splat(-1.9515295891e-4)));
  sine = f32x4.add(f32x4.splat(-1.6666654611e-1), f32x4.mul(q, sine));
  sine = f32x4.add(x, f32x4.mul(f32x4.mul(x, q), sine));
  let cosine = f32x4.add(f32x4.splat(-1.388731625e-3), f32x4.mul(q, f32x4.splat(2.443315711e-5)));
  cosine = f32x4.add(f32x4.splat(4.166664568e-2), f32x4.mul(q, cosine));
  cosine = f32x4.add(f32x4.splat(1), f32x4.mul(q, f32x4.add(f32x4.splat(-0.5), f32x4.mul(q, cosine))));
  const odd = i32x4.eq(v128.and(quarter, i32x4.splat(1)), i32x4.splat(1));
  const cosineSign = i32x4.shl(v128.and(i32x4.add(quarter, i32x4.splat(1)), i32x4.splat(2)), 30);
  const sineSign = i32x4.shl(v128.and(quarter, i32x4.splat(2)), 30);
  normal0 = f32x4.mul(radius, v128.xor(v128.bitselect(sine, cosine, odd), cosineSign));
  normal1 = f32x4.mul(radius, v128.xor(v128.bitselect(cosine, sine, odd), sineSign));
}

/** Uniform numbers in [0, 1): the upper 24 bits. */
function uniforms(bits: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), f32x4.splat(5.9604644775390625e-8));
}

/** Stores four blocks one after another: element t of the k-th vector is the k-th of block t. */
function storeBlocks(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 48);
}

/**
 * Random weights, 8 rows a part: `scale` times standard normal numbers, or uniform ones on [−scale, scale). Where `fanIn` is
 * given, a count for each row, the row's scale is divided by its root, and is 0 where the count is.
 */
export function initialise_weights(
  part: usize,
  fanIn: usize,
  weights: usize,
  rows: usize,
  columns: usize,
  firstRow: u32,
  seedLow: u32,
  seedHigh: u32,
  layer: u32,
  scale: f32,
  uniform: bool,
): void {
  const spare = scratch();
  const two = f32x4.splat(2), one = f32x4.splat(1);
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    let rowScale = scale;
    if (fanIn) {
      const kept = load<u32>(fanIn + (firstRow + row) * 4);
      rowScale = kept ? scale / sqrt<f32>(<f32> kept) : 0;
    }
    const factor = f32x4.splat(rowScale);
    for (let column: usize = 0; column < columns; column += 16) {
      philox(<u32> column >> 2, firstRow + <u32> row, layer, 0, seedLow, seedHigh);
      const target = weights + (row * columns + column) * 4, width = min<usize>(16, columns - column);
      const to = width == 16 ? target : spare;
      if (uniform) {
        const a = f32x4.sub(f32x4.mul(two, uniforms(block0)), one);
        const b = f32x4.sub(f32x4.mul(two, uniforms(block1)), one);
        const c = f32x4.sub(f32x4.mul(two, uniforms(block2)), one);
        const d = f32x4.sub(f32x4.mul(two, uniforms(block3)), one);
        storeBlocks(
          to,
          f32x4.mul(factor, a),
          f32x4.mul(factor, b),
          f32x4.mul(factor, c),
          f32x4.mul(factor, d),
        );
      } else {
        normals(block0, block1, factor);
        const a = normal0, b = normal1;
        normals(block2, block3, factor);
        storeBlocks(to, a, b, normal0, normal1);
      }
      if (width < 16) memory.copy(target, spare, width * 4);
    }
  }
}

/** Uniform scores in [0, 1), 8 rows a part; the float with the bits `pruned` where there is a mask and it is zero. */
export function random_scores(
  part: usize,
  mask: usize,
  maskPitch: usize,
  scores: usize,
  rows: usize,
  columns: usize,
  firstRow: u32,
  seedLow: u32,
  seedHigh: u32,
  layer: u32,
  pruned: u32,
): void {
  const buffer = scratch(), gone = i32x4.splat(pruned);
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    const words = mask ? mask + row * maskPitch : 0;
    for (let column: usize = 0; column < columns; column += 16) {
      philox(<u32> column >> 2, firstRow + <u32> row, layer, 1, seedLow, seedHigh);
      storeBlocks(buffer, uniforms(block0), uniforms(block1), uniforms(block2), uniforms(block3));
      if (mask) {
        const bits = bitsFrom(words, column);
        for (let lane: u32 = 0; lane < 16; lane += 4) {
          const at = buffer + lane * 4;
          v128.store(at, v128.bitselect(v128.load(at), gone, lanesOf(bits >> lane)));
        }
      }
      memory.copy(scores + (row * columns + column) * 4, buffer, min<usize>(16, columns - column) * 4);
    }
  }
}
