import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/activation.wgsl" with { type: "text" };
import erfShader from "../../shaders/shared/erf.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import tanhShader from "../../shaders/shared/tanh.wgsl" with { type: "text" };
import { erf } from "./erf.ts";
import { gridOf } from "./grid.ts";
import { activation as assembly } from "./wasm/signatures.ts";

interface ActivationFunction {
  readonly value: (z: number) => number;
  readonly slope: (z: number) => number;
  readonly curvature: (z: number) => number;
}

const tanhSlope = (z: number) => 4 / (Math.exp(z) + Math.exp(-z)) ** 2;
const erfSlope = (z: number) => 2 / Math.sqrt(Math.PI) * Math.exp(-z * z);
// Beyond ±30 the slope is zero in float32, and infinity times zero must not arise.
const bounded = (z: number) => Math.min(Math.max(z, -30), 30);
const normalDensity = (z: number) => Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
const normalShare = (z: number) => (1 + erf(z / Math.SQRT2)) / 2;

/**
 * The activations φ in float64 with φ' and φ''. ReLU's derivatives at its corner are 0; GELU is the exact one, `z P(N < z)` for a
 * normal N (Hendrycks and Gimpel 2016).
 */
export const ACTIVATION_FUNCTIONS = {
  relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0), curvature: () => 0 },
  erf: { value: erf, slope: erfSlope, curvature: (z) => -2 * bounded(z) * erfSlope(z) },
  tanh: { value: Math.tanh, slope: tanhSlope, curvature: (z) => -2 * Math.tanh(z) * tanhSlope(z) },
  linear: { value: (z) => z, slope: () => 1, curvature: () => 0 },
  gelu: {
    value: (z) => z * normalShare(z),
    slope: (z) => normalShare(z) + bounded(z) * normalDensity(z),
    curvature: (z) => (2 - bounded(z) ** 2) * normalDensity(z),
  },
} as const satisfies Record<string, ActivationFunction>;

/** The name of an activation. */
export type ActivationName = keyof typeof ACTIVATION_FUNCTIONS;

/** The smooth ones, as the kernel numbers them. */
const SMOOTH: readonly ActivationName[] = ["tanh", "erf", "gelu"];

const MODES = ["value", "derivative", "second"] as const;

/**
 * An activation of pre-activations, element by element, every argument of one shape. `mode` chooses
 *
 * - `value`: `out = φ(z)`;
 * - `derivative`: `out = φ'(z) · g`: what flows back through φ, or, with the tangent of `z` for `g`, forward;
 * - `second`: `out = φ''(z) · dz · g + φ'(z) · dg`: the tangent of what flows back.
 */
export const activation = defineOp({
  name: "activation",
  shader: [grid, erfShader, tanhShader, shader],
  bindings: { z: "f32", g: "f32?", dz: "f32?", dg: "f32?", out: "f32 out" },
  options: { fn: ["relu", "erf", "tanh", "linear", "gelu"], mode: MODES },
  shapes: { z: ["m", "n"], g: ["m", "n"], dz: ["m", "n"], dg: ["m", "n"], out: ["m", "n"] },
  rules: [
    { says: "g where mode is derivative or second", holds: ({ g }, { mode }) => mode === "value" || !!g },
    {
      says: "dz and dg where mode is second",
      holds: ({ dz, dg }, { mode }) => mode !== "second" || !!(dz && dg),
    },
  ],
  panelled: ["z", "g", "dz", "dg", "out"],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ z, g, dz, dg, out }, { fn, mode }) {
    const { value, slope, curvature } = ACTIVATION_FUNCTIONS[fn];
    for (let i = 0; i < z.data.length; i++) {
      const at = z.data[i];
      if (mode === "value") out.data[i] = value(at);
      else if (mode === "derivative") out.data[i] = slope(at) * g!.data[i];
      else out.data[i] = curvature(at) * dz!.data[i] * g!.data[i] + slope(at) * dg!.data[i];
    }
  },
  accelerated({ z, g, dz, dg, out }, { fn, mode }, { address, launch }) {
    if (fn === "linear") return false;
    const count = z.rows * z.cols;
    if (fn !== "relu") {
      launch(assembly.smooth_activation, Math.ceil(count / assembly.SMOOTH_ELEMENTS), {
        z: address(z),
        g: address(g),
        dz: address(dz),
        dg: address(dg),
        out: address(out),
        count,
        kind: SMOOTH.indexOf(fn),
        mode: MODES.indexOf(mode),
      });
      return;
    }
    const parts = Math.ceil(count / assembly.RELU_ELEMENTS);
    const ends = { z: address(z), out: address(out), count };
    if (mode === "value") launch(assembly.relu, parts, ends);
    // Of the piecewise linear, φ'' is zero.
    else launch(assembly.relu_derivative, parts, { ...ends, g: address(mode === "second" ? dg : g) });
  },
});
