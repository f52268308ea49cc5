/** The longest code of deflate's tables, in bits. */
const LONGEST_CODE = 15;

/** A Huffman code as a table over its next `bits` bits: symbol × 16 + length of its code, 0 where there is none. */
export interface HuffmanCode {
  readonly bits: number;
  readonly table: Uint16Array;
}

/** The canonical code with these lengths (RFC 1951, 3.2.2); undefined where there are more codes than fit. */
export function huffmanCode(lengths: Uint8Array): HuffmanCode | undefined {
  const counts = new Uint16Array(LONGEST_CODE + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const nextCode = new Uint32Array(LONGEST_CODE + 2);
  let bits = 1;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    if (counts[length] > 0) bits = length;
    if (nextCode[length] + counts[length] > 1 << length) return undefined;
    nextCode[length + 1] = (nextCode[length] + counts[length]) << 1;
  }
  const table = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length === 0) continue;
    // Codes are stored first bit first: the table is looked up by their mirror images.
    let mirrored = 0;
    for (let code = nextCode[length]++, bit = 0; bit < length; bit++, code >>= 1) {
      mirrored = (mirrored << 1) | (code & 1);
    }
    for (let at = mirrored; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { bits, table };
}
