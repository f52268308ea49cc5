import { bitsOfFloat, floatFromBits } from "./float_bits.ts";

/**
 * The order-preserving integer image of float32 bits: `a < b` exactly when the image of a's bits is less than that of
 * b's. −0 counts as +0. `shaders/shared/float_order.wgsl` computes the same.
 */
export function orderKey(bits: number): number {
  const canonical = bits === 0x80000000 ? 0 : bits;
  return (canonical >>> 31 ? ~canonical : canonical | 0x80000000) >>> 0;
}

/** The image of a number, which is rounded to float32. */
export function orderKeyOf(value: number): number {
  return orderKey(bitsOfFloat(value));
}

/** The float32 whose image is `key`. */
export function floatFromOrderKey(key: number): number {
  return floatFromBits((key >>> 31 ? key & 0x7fffffff : ~key) >>> 0);
}

/** Whether these bits are a NaN's. */
export function isNotANumber(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000;
}
