/**
 * The number of elements of an array of `shape`, or undefined where a size is not a whole number or the product, at
 * `bytesPerElement` each, is past what a double counts exactly: a file's own claims must not overflow a check.
 */
export function elementCount(shape: readonly unknown[], bytesPerElement = 1): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    if (count * bytesPerElement > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return count;
}

/** `[3, 4]`, as messages show a shape. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
