/** The order-preserving integer images of four floats; −0 counts as +0 (`packages/ops/float_order.ts`). */
export function orderKeys(bits: v128): v128 {
  const negativeZero = i32x4.splat(0x80000000);
  const canonical = v128.andnot(bits, i32x4.eq(bits, negativeZero));
  return v128.xor(canonical, v128.or(i32x4.shr_s(canonical, 31), negativeZero));
}

export function orderKey(bits: u32): u32 {
  const canonical = bits == 0x80000000 ? 0 : bits;
  return canonical >> 31 ? ~canonical : canonical | 0x80000000;
}
