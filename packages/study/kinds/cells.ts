/** Bytes that become characters in one call, whose arguments they are. */
const CHUNK = 8192;

/**
 * Cells of a graphon as text: float32, little-endian, base64. Thousands of these are kept. By `btoa`, since no Node before 25 has
 * `Uint8Array.toBase64`.
 */
export function encodeCells(values: Float64Array): string {
  const bytes = new Uint8Array(values.length * 4), view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  let text = "";
  for (let from = 0; from < bytes.length; from += CHUNK) {
    // As a list of arguments: spread, they would be gone through one by one, which takes four times as long.
    text += String.fromCharCode.apply(null, bytes.subarray(from, from + CHUNK) as unknown as number[]);
  }
  return btoa(text);
}

/** The cells again. */
export function decodeCells(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
