/** A result as numbers: float32, or a byte for each entry of a mask. */
export type Numbers = Float32Array | Uint8Array;

/** Whether two sides of a job computed the same, and how far apart they are, in words. */
export interface Agreement {
  readonly holds: boolean;
  readonly text: string;
}

/** Compares our result with a peer's, and with a reference in float64 where the job has one. */
export type Comparison = (ours: Numbers, theirs: Numbers, reference?: Numbers) => Agreement;

/** Masks chaotic in the last digit may be this many times as far from float64 as the peer's own float32. */
const CHAOS_FACTOR = 2;

/** The largest difference, as a part of the largest number, may be `tolerance`. */
export function relativelyWithin(tolerance: number): Comparison {
  return (ours, theirs) => {
    const difference = largestDifference(ours, theirs),
      scale = largestDifference(theirs, theirs.map(() => 0));
    return judge(difference === 0 ? 0 : difference / scale, tolerance, "relative");
  };
}

/** The largest difference may be `tolerance`. */
export function absolutelyWithin(tolerance: number): Comparison {
  return (ours, theirs) => judge(largestDifference(ours, theirs), tolerance, "absolute");
}

/** The share of entries that differ may be `tolerance`. */
export function sameEntries(tolerance: number): Comparison {
  return (ours, theirs) => judge(shareOfDifferences(ours, theirs), tolerance, "of the entries");
}

/**
 * For masks of many rounds, where one unit in the last place of one score in the first round grows to a visible share of
 * other masks in the hundredth, and float32 results differ though neither is wrong. Both sides are held against the same
 * rounds in float64: ours passes if it is within `tolerance` of that, or no more than twice as far as the peer in float32.
 */
export function nearReference(tolerance: number): Comparison {
  return (ours, theirs, reference) => {
    if (!reference) return { holds: false, text: "no float64 reference" };
    const us = shareOfDifferences(ours, reference), them = shareOfDifferences(theirs, reference);
    return {
      holds: us <= Math.max(tolerance, CHAOS_FACTOR * them),
      text: `${us.toExponential(1)} of the entries from float64, the peer ${them.toExponential(1)}`,
    };
  };
}

function judge(difference: number, tolerance: number, unit: string): Agreement {
  return { holds: difference <= tolerance, text: `${difference.toExponential(1)} ${unit}` };
}

/** Infinite where the lengths differ or a number is none. */
function largestDifference(ours: Numbers, theirs: Numbers): number {
  if (ours.length !== theirs.length) return Infinity;
  let most = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i]);
    if (!(difference <= most)) most = Number.isNaN(difference) ? Infinity : difference;
  }
  return most;
}

/** 1 where the lengths differ. */
function shareOfDifferences(ours: Numbers, theirs: Numbers): number {
  if (ours.length !== theirs.length) return 1;
  let different = 0;
  for (let i = 0; i < ours.length; i++) if (ours[i] !== theirs[i]) different++;
  return different / Math.max(ours.length, 1);
}
