import { type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import { type Device, RandomSequence } from "@graphon-limit/runtime";

/** Samples of independent normal numbers with labels in turn. */
export function normalBatch(
  device: Device,
  { features, samples, classes, seed = 5, scale = 1 }: {
    features: number;
    samples: number;
    classes: number;
    seed?: number;
    scale?: number;
  },
): OwnedBatch {
  const random = new RandomSequence(seed);
  const x = Float32Array.from({ length: samples * features }, () => scale * random.normal());
  return uploadBatch(device, x, Array.from({ length: samples }, (_, b) => b % classes));
}

/** `P(|Z| > q)` of a standard normal Z, by the midpoint rule. */
export function twoSidedTail(q: number): number {
  const steps = 2000, width = (10 - q) / steps;
  if (width <= 0) return 0;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.exp(-((q + (i + 0.5) * width) ** 2) / 2);
  return sum * width * Math.sqrt(2 / Math.PI);
}

/** Midpoints of |Z|'s quantiles, descending: `count` equally likely values. */
export function halfNormalQuantiles(count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const share = (i + 0.5) / count;
    let low = 0, high = 10;
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (twoSidedTail(middle) > share) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  });
}

/** `2Φ̄(τ/(xy))` over a grid of the quantiles of |X| and |Y|, τ such that its mean is `kept`: a rank-one score's degrees. */
export function rankOneDegrees(kept: number, positions: number): number[] {
  const values = halfNormalQuantiles(positions);
  // The tail is tabulated: positions² of them are wanted for each τ tried.
  const table = Array.from({ length: 1201 }, (_, i) => twoSidedTail(i / 100));
  const tail = (q: number) => {
    const at = q * 100, i = Math.floor(at);
    return i >= 1200 ? 0 : table[i] + (at - i) * (table[i + 1] - table[i]);
  };
  const degrees = (threshold: number) =>
    values.map((x) => values.reduce((sum, y) => sum + tail(threshold / (x * y)), 0) / positions);
  let low = 0, high = 20;
  for (let step = 0; step < 30; step++) {
    const middle = (low + high) / 2;
    if (degrees(middle).reduce((sum, degree) => sum + degree, 0) / positions > kept) low = middle;
    else high = middle;
  }
  return degrees((low + high) / 2);
}
