const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);

/** The float32 with these bits. */
export function floatFromBits(bits: number): number {
  words[0] = bits;
  return floats[0];
}

/** The bits of a number, which is rounded to float32. */
export function bitsOfFloat(value: number): number {
  floats[0] = value;
  return words[0];
}

/** The index of a word's lowest set bit, of which there must be one: `left &= left - 1` then clears it. */
export function lowestBit(left: number): number {
  return 31 - Math.clz32(left & -left);
}

/** Whether bit `(i, j)` of a mask's words is set. */
export function isKept(mask: { data: Uint32Array; wordsPerRow: number }, i: number, j: number): boolean {
  return ((mask.data[i * mask.wordsPerRow + (j >>> 5)] >>> (j & 31)) & 1) === 1;
}
