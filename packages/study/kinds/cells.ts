/**
 * Cells of a graphon as text: float32, little-endian, base64. Thousands of these are kept. By `btoa`, since no Node before 25 has
 * `Uint8Array.toBase64`.
 */
export function encodeCells(values: Float64Array): string {
  const bytes = new Uint8Array(values.length * 4), view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The cells again. */
export function decodeCells(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
