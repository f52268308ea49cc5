/** Where an axis starts and ends, and the ticks on it. */
export interface AxisRange {
  readonly domain: [number, number];
  readonly ticks: number[];
}

/** Beyond this an axis' own arithmetic would overflow. */
const largest = 1e150;

/** Whether a value can be drawn: neither NaN nor of an absurd magnitude, and positive on a logarithmic axis. */
export function isDrawable(value: number | null | undefined, logarithmic: boolean): value is number {
  if (typeof value !== "number" || !(Math.abs(value) <= largest)) return false;
  return !logarithmic || value >= 1 / largest;
}

/**
 * The range of a logarithmic axis around `values`, a twentieth of it free on either side. Values that have no logarithm
 * are ignored; with none left the axis runs from 1 to 10.
 */
export function logarithmicRange(values: Iterable<number>): AxisRange {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (!isDrawable(value, true)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [1, 10];
  const margin = Math.max(Math.log10(high / low) / 20, 0.02);
  const domain: [number, number] = [low / 10 ** margin, high * 10 ** margin];
  return { domain, ticks: logarithmicTicks(domain) };
}

/** Powers of ten; between them 2 and 5 on a short axis; evenly spaced round numbers on one shorter than a decade. */
export function logarithmicTicks([low, high]: readonly [number, number]): number[] {
  const decades = Math.log10(high / low);
  if (decades < 0.9) return linearTicks([low, high], 5);
  const mantissas = decades < 2.5 ? [1, 2, 5] : [1];
  const step = Math.ceil(decades / 8);
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    if (exponent % step !== 0) continue;
    for (const mantissa of mantissas) {
      // Parsed rather than multiplied: 1e-3 is then the number nearest to a thousandth.
      const tick = Number(`${mantissa}e${exponent}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** About `count` multiples of 1, 2 or 5 times a power of ten, within the domain; its start if it is too narrow or wide. */
export function linearTicks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  const exponent = Math.floor(Math.log10(rough));
  const mantissa = [1, 2, 5, 10].find((candidate) => candidate * 10 ** exponent >= rough * 0.999) ?? 10;
  const step = mantissa * 10 ** exponent;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Past the whole numbers that a double holds exactly, neighbouring multiples coincide.
  if (!(last - first <= 4 * count && Math.max(Math.abs(first), Math.abs(last)) < 1e12)) return [low];
  const digits = Math.min(100, Math.max(0, -exponent));
  return Array.from(
    { length: last - first + 1 },
    (_, index) => Number(((first + index) * step).toFixed(digits)),
  );
}
