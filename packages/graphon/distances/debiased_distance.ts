import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { StepGraphon } from "../step_graphon.ts";
import type { MeasuredDistance } from "./measured_distance.ts";
import { studentQuantile } from "./student.ts";

/** What {@linkcode debiasedDistance} takes. */
export interface DebiasedDistanceOptions {
  /** Coverage of the interval; default 0.95. */
  readonly level?: number | undefined;
}

/** A debiased distance with a confidence interval. */
export interface DebiasedDistance extends MeasuredDistance {
  /** Where the distance without noise is, with the confidence that was asked for; never below 0. */
  readonly interval: readonly [number, number];
  /**
   * How many trials of one graphon, measured against an exact one, show their noise as well as these do: `T` there, `T_A + T_B − 1`
   * of two sides with equal noise, hardly more than the noisier side's own where one has most of it. With fewer than about five
   * the interval is wide, for it has to allow for noise that is larger than it seems.
   */
  readonly effectiveTrials: number;
}

/** What is known of one side of the comparison: a graphon that is exact, or trials whose average estimates it. */
type Side = StepGraphon | { readonly graphons: readonly StepGraphon[] };

/**
 * The distance over the cells between two graphons that are known from independent trials, less what the trials' noise adds to
 * it, with a confidence interval. `‖mean A − mean B‖² − Σ s_A²/T_A − Σ s_B²/T_B` estimates `‖A − B‖²` without bias
 * (docs/mathematics.md §3); all distances are square roots, 0 where that is negative.
 *
 * Noise may be common to many cells (one mode holds a third of that of SNIP's masks): the interval is taken from how the trials'
 * deviations lie to the difference and to each other, and takes no two cells for independent. How often it covers:
 * docs/results/interval_coverage.md.
 *
 * @param reference an exact graphon, such as a limit, has no noise
 * @throws {InvalidArgumentError} if both sides are exact, a side has a single trial, whose noise cannot be seen, or the grids differ
 */
export function debiasedDistance(
  trials: Side,
  reference: Side,
  { level = 0.95 }: DebiasedDistanceOptions = {},
): DebiasedDistance {
  if (!(level > 0 && level < 1)) {
    throw new InvalidArgumentError(`Expected a level between 0 and 1 but found ${level}`);
  }
  const gap = difference(meanOf(trials), meanOf(reference));
  const sides = [trials, reference].flatMap((side) =>
    "graphons" in side ? [noiseOf(side.graphons, gap)] : []
  );
  if (sides.length === 0) {
    throw new InvalidArgumentError("Expected trials on one side but found two exact graphons");
  }
  const noise = sum(sides.map(({ trace }) => trace)), distanceSquared = dot(gap, gap);
  const estimate = distanceSquared - noise;
  const [below, above] = squaredMargins(noiseAlong(sides, distanceSquared), level);
  return {
    distance: Math.sqrt(distanceSquared),
    noiseFloor: Math.sqrt(noise),
    debiased: rootOf(estimate),
    interval: [rootOf(estimate - below), rootOf(estimate + above)],
    effectiveTrials: 1 + welch(sides, ({ trace }) => trace),
  };
}

/** The noise `Ω` of one side's average, seen through its trials. */
interface Noise {
  /** Each trial less the mean, over `√(T (T − 1))`: the sum of their outer products estimates `Ω`. */
  readonly deviations: readonly Float64Array[];
  /** Their inner products with the difference of the averages. */
  readonly withGap: Float64Array;
  /** `tr Ω`, the squared noise floor. */
  readonly trace: number;
  /** `gapᵀ Ω gap`. */
  readonly alongGap: number;
  /** `T − 1`. */
  readonly freedom: number;
}

function noiseOf(graphons: readonly StepGraphon[], gap: Float64Array): Noise {
  const count = graphons.length;
  if (count < 2) {
    throw new InvalidArgumentError(`Expected at least 2 trials to see their noise but found ${count}`);
  }
  const mean = meanOf({ graphons }), scale = 1 / Math.sqrt(count * (count - 1));
  const deviations = graphons.map(({ values }) => difference(values, mean).map((value) => scale * value));
  const withGap = Float64Array.from(deviations, (deviation) => dot(deviation, gap));
  return {
    ...{ deviations, withGap, freedom: count - 1, alongGap: dot(withGap, withGap) },
    trace: sum(deviations.map((deviation) => dot(deviation, deviation))),
  };
}

/** The noise of a squared distance, as {@linkcode squaredMargins} needs it. */
interface SquaredNoise {
  /** Half the deviation of the squared distance that its linear part has, `2 ⟨gap, noise⟩`. */
  readonly linear: number;
  /** The squared deviation of the mode of noise that lies along the difference. */
  readonly mode: number;
  /** `tr Ω²` of all other noise, whose squares add to the distance's. */
  readonly rest: number;
  /** Degrees of freedom of `linear`, and of `rest`. */
  readonly freedoms: readonly [number, number];
}

/**
 * Divides noise into one mode along the difference and the rest. The mode's squared deviation is `gapᵀΩ²gap / gapᵀΩgap`: for noise
 * that is all of one mode its own, for noise even over the cells a single cell's.
 *
 * `Ω²` seen through `f = T − 1` deviations is too large, for even noise by `Ω tr Ω / f`. That is taken away, and the remainder made
 * larger by `f/(f − 1)`, by which it is right where all noise is of one mode too. Two trials show but one deviation: all of
 * their noise may be one mode, or the rest, and counts as both.
 */
function noiseAlong(sides: readonly Noise[], distanceSquared: number): SquaredNoise {
  let squares = 0, along = 0;
  for (const a of sides) {
    for (const b of sides) {
      let pairs = 0, throughGap = 0;
      a.deviations.forEach((deviation, s) =>
        b.deviations.forEach((other, t) => {
          const product = dot(deviation, other);
          pairs += product ** 2;
          throughGap += a.withGap[s] * product * b.withGap[t];
        })
      );
      const f = a.freedom, own = a === b && f > 1;
      squares += own ? (pairs - a.trace ** 2 / f) * f / (f - 1) : pairs;
      along += own ? (throughGap - a.alongGap * a.trace / f) * f / (f - 1) : throughGap;
    }
  }
  const trace = sum(sides.map((side) => side.trace)), alongGap = sum(sides.map((side) => side.alongGap));
  // No mode is larger than all noise, and ⟨gap, Ω gap⟩² ≤ ‖gap‖² ‖Ω gap‖².
  const mode = alongGap > 0
    ? Math.min(trace, Math.max(along / alongGap, alongGap / distanceSquared))
    : Math.sqrt(Math.max(0, squares));
  const rest = Math.max(0, squares - mode ** 2), freedom = welch(sides, (side) => side.trace);
  return {
    // The gap has noise of its own, which adds tr Ω² to gapᵀΩgap. Half of what is not the mode's is taken away: all of it is right
    // on average, and makes intervals too short wherever gapᵀΩgap happens to be small.
    linear: Math.sqrt(Math.max(0, alongGap - rest / 2)),
    mode,
    rest: rest + sum(sides.map(({ freedom, trace }) => freedom > 1 ? 0 : trace ** 2)),
    // Of the squares of f deviations and their products, less the trace.
    freedoms: [welch(sides, (side) => side.alongGap), Math.max(1, freedom * (freedom + 1) / 2 - 1)],
  };
}

/**
 * How far a squared distance may be above what was measured, and below: along the mode the interval of a mean, `x ± c s`, squared
 * (`x s` is the linear part, and `x² − s²` what the mode gives the estimate), and apart from it the spread `√(2 tr Ω²)` of squares.
 * Put together as roots of sums of squares (MOVER, Zou and Donner 2008), since the two are independent.
 *
 * @returns how far down, how far up
 */
function squaredMargins({ linear, mode, rest, freedoms }: SquaredNoise, level: number): [number, number] {
  const [c, cRest] = freedoms.map((freedom) => studentQuantile(level, freedom));
  const spread = cRest * Math.sqrt(2 * rest), deviation = Math.sqrt(mode);
  const x = mode > 0 ? linear / deviation : 0, own = x ** 2 - mode;
  const low = Math.max(0, x - c * deviation) ** 2, high = (x + c * deviation) ** 2;
  return [Math.hypot(Math.max(0, own - low), spread), Math.hypot(high - own, spread)];
}

/** The degrees of freedom of a sum over sides, each known as well as its trials tell (Welch 1947, Satterthwaite 1946). */
function welch(sides: readonly Noise[], part: (side: Noise) => number): number {
  const total = sum(sides.map(part));
  if (!(total > 0)) return Math.min(...sides.map(({ freedom }) => freedom));
  return 1 / sum(sides.map((side) => (part(side) / total) ** 2 / side.freedom));
}

function meanOf(side: Side): Float64Array {
  if (!("graphons" in side)) return side.values;
  const { graphons } = side, mean = new Float64Array(graphons[0]?.values.length ?? 0);
  for (const { values } of graphons) values.forEach((value, cell) => mean[cell] += value / graphons.length);
  return mean;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length !== b.length) {
    throw new InvalidArgumentError(
      `Expected graphons of one grid but found ${a.length} and ${b.length} cells`,
    );
  }
  return a.map((value, cell) => value - b[cell]);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rootOf(square: number): number {
  return Math.sqrt(Math.max(0, square));
}
