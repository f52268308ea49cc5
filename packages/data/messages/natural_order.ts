const RUNS = /(\d+)/;

/**
 * Orders names as people number them: `layers.2` before `layers.10`. Runs of digits compare as numbers of any length,
 * the rest by code unit; names that differ only in leading zeros keep the order of their code units.
 *
 * @returns negative, zero (only for equal names) or positive, as `Array.prototype.sort` wants it
 */
export function naturalCompare(a: string, b: string): number {
  const left = a.split(RUNS), right = b.split(RUNS);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    // `split` with one group puts the digits at odd places, so runs of one kind always meet.
    const order = i % 2 === 1 ? compareDigits(left[i], right[i]) : compareText(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, ""), right = b.replace(/^0+/, "");
  return left.length - right.length || compareText(left, right);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
