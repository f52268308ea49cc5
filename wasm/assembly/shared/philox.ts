/** Four Philox blocks: lane t of `block0` … `block3` are the four integers of the t-th. */
export let block0: v128 = i32x4.splat(0);
export let block1: v128 = i32x4.splat(0);
export let block2: v128 = i32x4.splat(0);
export let block3: v128 = i32x4.splat(0);

/** Philox 4×32-10 (`packages/runtime/philox.ts`) at four counters whose first words follow each other from `first`. */
export function philox(first: u32, row: u32, layer: u32, stream: u32, seedLow: u32, seedHigh: u32): void {
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

/** Uniform numbers in [0, 1): the upper 24 bits. */
export function uniforms(bits: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), f32x4.splat(5.9604644775390625e-8));
}

/** Stores four blocks one after another: element t of the k-th vector is the k-th of block t. */
export function storeBlocks(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 0, 2));
  v128.store(to, v128.shuffle<i64>(abLow, cdLow, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 48);
}
