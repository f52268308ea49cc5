/** The most axes an array may have: NumPy's own limit. */
export const MOST_AXES = 64;

/**
 * The number of elements of an array of `shape`, or undefined where a size is not a whole number, there are more axes
 * than any library writes, or the product, at `bytesPerElement` each, is past what a double counts exactly: a file's own
 * claims must not overflow a check.
 */
export function elementCount(shape: readonly unknown[], bytesPerElement = 1): number | undefined {
  if (shape.length > MOST_AXES) return undefined;
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
  const shown = shape.slice(0, 8).join(", ");
  return shape.length > 8 ? `[${shown}, … ${shape.length} axes]` : `[${shown}]`;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
