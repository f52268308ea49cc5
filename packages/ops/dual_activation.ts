import { defineOp } from "@graphon-limit/runtime";
import arc from "../../shaders/shared/arc.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import pairs from "../../shaders/shared/pairs.wgsl" with { type: "text" };
import tanh from "../../shaders/shared/tanh.wgsl" with { type: "text" };
import shader from "../../shaders/dual_activation.wgsl" with { type: "text" };
import { ACTIVATION_FUNCTIONS, type ActivationName } from "./activation.ts";
import { gridOf } from "./grid.ts";
import { isPairCount, pairOf } from "./pairs.ts";

/**
 * Dual activations (docs/mathematics.md §4): `value = E[φ(a) φ(b)]` and `slope = E[φ'(a) φ'(b)]` of jointly normal (a, b) without mean,
 * position by position and pair by pair. `covariance`, `value` and `slope` are [positions, pairs], `variance` [positions,
 * samples]. The pairs are those of rows `firstRow` … with all samples from `firstColumn` on; with `diagonal` each sample with
 * itself, `covariance` being its variance.
 *
 * ReLU by the arc-cosine formulas (Cho and Saul 2009), erf by Williams (1997), tanh by quadrature at `nodes` [2, nodes]:
 * places in the first row, weights in the second, of a rule for the standard normal law in each of two dimensions. A ReLU of
 * variance 0 has slope 0, as its derivative at the corner is.
 */
export const dualActivation = defineOp({
  name: "dual_activation",
  shader: [grid, pairs, arc, tanh, shader],
  bindings: {
    covariance: "f32",
    variance: "f32?",
    nodes: "f32?",
    value: "f32 out",
    slope: "f32 out",
  },
  params: { firstRow: "u32", firstColumn: "u32" },
  options: { fn: ["relu", "erf", "tanh", "linear"], diagonal: [false, true] },
  shapes: {
    covariance: ["positions", "pairs"],
    variance: ["positions", "samples"],
    nodes: [2, "nodes"],
    value: ["positions", "pairs"],
    slope: ["positions", "pairs"],
  },
  rules: [
    { says: "either variance or diagonal", holds: ({ variance }, { diagonal }) => !variance === diagonal },
    { says: "nodes where fn is tanh", holds: ({ nodes }, { fn }) => fn !== "tanh" || !!nodes },
    {
      says: "a column of covariance for each pair of samples",
      holds: ({ covariance, variance }, range) =>
        !variance || isPairCount(covariance.cols, variance.cols, range),
    },
  ],
  workgroups: ({ value }) => gridOf(value.rows * value.cols),
  reference({ covariance, variance, nodes, value, slope }, settings) {
    const dual = settings.fn === "tanh" ? tanhDual(nodes!.data) : DUALS[settings.fn];
    for (let u = 0; u < value.rows; u++) {
      for (let p = 0; p < value.cols; p++) {
        const at = u * value.cols + p;
        let aa = covariance.data[at], bb = aa, ab = aa;
        if (variance) {
          const [i, j] = pairOf(p, variance.cols, settings);
          aa = variance.data[u * variance.cols + i];
          bb = variance.data[u * variance.cols + j];
          // Rounding must not part a sample from itself: near correlation 1 the slope moves with the root of the error.
          if (i === j) ab = aa;
        }
        const pair = dual(aa, bb, ab);
        value.data[at] = pair[0];
        slope.data[at] = pair[1];
      }
    }
  },
});

/**
 * By how much float32 variances and covariances of collinear samples, sums that are rounded each for itself, may put a correlation off 1.
 * The angle moves with the root, a thousand times as far: nothing is made of it below this, and all from twice this on.
 */
const ROUNDING = 2e-6;

/** Nearer to ±1 than twice that, what is beyond it counts twice, so that nothing jumps. */
function correlation(ab: number, scale: number): number {
  const c = ab / scale, rest = 1 - Math.abs(c);
  return rest < 2 * ROUNDING ? Math.sign(c) * (1 - 2 * Math.max(rest - ROUNDING, 0)) : c;
}

/** `[E φφ, E φ'φ']` of variances and a covariance. */
type Dual = (aa: number, bb: number, ab: number) => [number, number];

const DUALS: Record<Exclude<ActivationName, "tanh" | "gelu">, Dual> = {
  relu(aa, bb, ab) {
    const scale = Math.sqrt(aa) * Math.sqrt(bb);
    if (!(scale > 0)) return [0, 0];
    const c = correlation(ab, scale);
    const rest = Math.PI - Math.acos(c);
    return [scale * (Math.sqrt((1 - c) * (1 + c)) + c * rest) / (2 * Math.PI), rest / (2 * Math.PI)];
  },
  erf(aa, bb, ab) {
    const determinant = 1 + 2 * (aa + bb) + 4 * Math.max(aa * bb - ab * ab, 0);
    const t = 2 * ab / Math.sqrt((1 + 2 * aa) * (1 + 2 * bb));
    return [2 / Math.PI * Math.asin(Math.min(Math.max(t, -1), 1)), 4 / Math.PI / Math.sqrt(determinant)];
  },
  linear: (_aa, _bb, ab) => [ab, 1],
};

/** Both made of two independent normal numbers, neither before the other: `a = √aa (α z + β z')`, `b = √bb (α z − β z')`. */
function tanhDual(nodes: Float32Array): Dual {
  const count = nodes.length / 2, { value, slope } = ACTIVATION_FUNCTIONS.tanh;
  return (aa, bb, ab) => {
    const a = Math.sqrt(aa), b = Math.sqrt(bb);
    const c = a * b > 0 ? Math.min(Math.max(ab / (a * b), -1), 1) : 0;
    const alpha = Math.sqrt((1 + c) / 2), beta = Math.sqrt((1 - c) / 2);
    let values = 0, slopes = 0;
    for (let q = 0; q < count; q++) {
      for (let r = 0; r < count; r++) {
        const weight = nodes[count + q] * nodes[count + r];
        const left = a * (alpha * nodes[q] + beta * nodes[r]),
          right = b * (alpha * nodes[q] - beta * nodes[r]);
        values += weight * value(left) * value(right);
        slopes += weight * slope(left) * slope(right);
      }
    }
    return [values, slopes];
  };
}
