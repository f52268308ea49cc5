import { defineOp } from "@graphon-limit/runtime";
import erfShader from "../../shaders/shared/erf.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/keep_conditional.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import type { WeightLaw } from "./keep_probability.ts";
import { normalDensity, normalTail } from "./normal_tail.ts";
import { keep_conditional as assembly } from "./wasm/signatures.ts";

const MOMENTS = ["probability", "first", "second"] as const;

/** The power of the weight in its score. */
const POWERS = ["1", "2", "0"] as const;

/** What else is known of weights whose score is `|w|^power` times a scale (docs/mathematics.md §5). */
export interface ConditionalRule {
  readonly law: WeightLaw;
  /** `1` unless given. */
  readonly power?: typeof POWERS[number];
  /** Whether the sign of `w · scale` counts, for the power 1, or of the scale, for the power 0; false unless given. */
  readonly signed?: boolean;
}

/** Moments of a weight over the values at which it is kept: `P(kept)`, `E[w 1{kept}]` and `E[w² 1{kept}]`. */
export type KeptMoments = readonly [probability: number, first: number, second: number];

/**
 * The probability that a weight is kept whose score is `|w|^power · scale` (`signed`: `w · scale`) given what products with its
 * matrix say of it, or with `moment` `first` and `second` `E[w 1{kept}]` and `E[w² 1{kept}]`. Weights are in units of their
 * deviation. Of the law `normal`, `w ~ N(mean, rows² columns²)`, all of them conditional; of `uniform` the uniform law times
 * what turns the standard normal one into that. Without `mean`, `rows` or `columns`: 0, and 1. A scale of 0 scores 0.
 */
export const keepConditional = defineOp({
  name: "keep_conditional",
  shader: [grid, erfShader, shader],
  bindings: { scale: "f32", mean: "f32?", rows: "f32?", columns: "f32?", out: "f32 out" },
  params: { threshold: "f32" },
  options: {
    law: ["normal", "uniform"],
    moment: MOMENTS,
    power: POWERS,
    signed: [false, true],
  },
  shapes: { scale: ["m", "n"], mean: ["m", "n"], rows: ["m", 1], columns: ["n", 1], out: ["m", "n"] },
  rules: [
    {
      says: "a power of 0 or 1 where the sign counts",
      holds: (_, { power, signed }) => !signed || power !== "2",
    },
  ],
  panelled: ["scale", "mean", "out"],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ scale, mean, rows, columns, out }, { threshold, moment, rowOffset, ...rule }) {
    const index = MOMENTS.indexOf(moment);
    for (let i = 0, at = 0; i < out.rows; i++) {
      const own = rows ? rows.data[rowOffset + i] : 1;
      for (let j = 0; j < out.cols; j++, at++) {
        const deviation = own * (columns ? columns.data[j] : 1);
        const moments = conditionalMoments(scale.data[at], threshold, mean?.data[at] ?? 0, deviation, rule);
        out.data[at] = moments[index];
      }
    }
  },
  accelerated({ scale, mean, rows, columns, out }, settings, { address, launch }) {
    const { threshold, law, moment, power, signed, rowOffset } = settings;
    if (law === "uniform") return false;
    launch(assembly.keep_conditional, Math.ceil(out.rows / assembly.PART_ROWS), {
      scale: address(scale),
      mean: address(mean),
      own: rows ? address(rows) + rowOffset * 4 : 0,
      other: address(columns),
      out: address(out),
      rows: out.rows,
      columns: out.cols,
      threshold,
      moment: MOMENTS.indexOf(moment),
      power: Number(power),
      signed: Number(signed),
    });
  },
});

/** What an element of {@linkcode keepConditional} is, in float64, for all moments. */
export function conditionalMoments(
  scale: number,
  threshold: number,
  mean: number,
  deviation: number,
  { law, power = "1", signed = false }: ConditionalRule,
): KeptMoments {
  const upper = law === "uniform" ? uniformAbove : normalAbove;
  const whole = () => upper(-Infinity, mean, deviation);
  if (scale === 0 || power === "0") {
    return (signed || scale === 0 ? scale : Math.abs(scale)) > threshold ? whole() : NOTHING;
  }
  const ratio = threshold / Math.abs(scale);
  if (signed) {
    const sign = Math.sign(scale), [probability, first, second] = upper(ratio, sign * mean, deviation);
    return [probability, sign * first, second];
  }
  if (threshold < 0) return whole();
  const level = power === "2" ? Math.sqrt(ratio) : ratio;
  const above = upper(level, mean, deviation), below = upper(level, -mean, deviation);
  return [above[0] + below[0], above[1] - below[1], above[2] + below[2]];
}

const NOTHING: KeptMoments = [0, 0, 0];

/** Least deviation of a weight that the products leave unknown: what is less is rounding. */
const LEAST_DEVIATION = 1e-6;

/** Over the values above a level, `E[1]`, `E[w]`, `E[w²]` of `N(mean, deviation²)`. */
function normalAbove(level: number, mean: number, deviation: number): KeptMoments {
  const spread = Math.max(deviation, LEAST_DEVIATION), x = (level - mean) / spread;
  const square = mean * mean + spread * spread;
  if (x < -12) return [1, mean, square];
  if (x > 12) return NOTHING;
  const tail = normalTail(Math.abs(x)) / 2, probability = x < 0 ? 1 - tail : tail;
  const density = spread * normalDensity(x) / 2;
  return [
    probability,
    mean * probability + density,
    square * probability + density * (2 * mean + x * spread),
  ];
}

/** Gauss and Legendre's rule of 16 nodes, the half of it above 0. */
const NODES = [
  ...[0.095012509838, 0.281603550779, 0.458016777657, 0.617876244403],
  ...[0.755404408355, 0.865631202388, 0.944575023073, 0.989400934992],
];
const WEIGHTS = [
  ...[0.18945061046, 0.1826034150449, 0.169156519395, 0.149595988817],
  ...[0.124628971256, 0.0951585116825, 0.0622535239386, 0.0271524594118],
];

/** The edge of the uniform law of variance 1. */
const EDGE = Math.sqrt(3);

/**
 * The same of the uniform law, in place of the normal one, times the same likelihood: on ±√3 the density is in proportion to
 * `e^(−λ w²/2 + η w)`, `λ = 1/deviation² − 1`, `η = mean/deviation²`.
 */
function uniformAbove(level: number, mean: number, deviation: number): KeptMoments {
  const variance = Math.max(deviation, LEAST_DEVIATION) ** 2;
  const curvature = Math.max(1 / variance - 1, 1e-12), centre = mean / variance / curvature;
  const reach = 6 / Math.sqrt(curvature);
  const low = clamp(Math.min(centre, EDGE) - reach), high = clamp(Math.max(centre, -EDGE) + reach);
  const highest = clamp(centre), shift = curvature * highest * (highest - 2 * centre) / 2;
  const integral = (from: number): [number, number, number] => {
    const half = (high - from) / 2, middle = (high + from) / 2, sums: [number, number, number] = [0, 0, 0];
    if (!(half > 0)) return sums;
    for (let node = 0; node < 16; node++) {
      const w = middle + half * (node < 8 ? NODES[node] : -NODES[node - 8]);
      const share = half * WEIGHTS[node % 8] * Math.exp(shift - curvature * w * (w - 2 * centre) / 2);
      sums[0] += share;
      sums[1] += share * w;
      sums[2] += share * w * w;
    }
    return sums;
  };
  const whole = integral(low)[0], [zeroth, first, second] = integral(Math.max(level, low));
  return [zeroth / whole, first / whole, second / whole];
}

function clamp(w: number): number {
  return Math.min(Math.max(w, -EDGE), EDGE);
}
