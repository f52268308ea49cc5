import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/standardise.wgsl" with { type: "text" };
import { standardise as assembly } from "./wasm/signatures.ts";

const MODES = ["value", "derivative", "second"] as const;

/**
 * Columns less their mean, over their deviation: `x̂ = (x − μ) / σ`, `σ² = mean (x − μ)² + epsilon`, which layer normalisation scales
 * and shifts (Ba, Kiros and Hinton 2016). Every argument has one shape. With `J` the derivative of a column, which is symmetric,
 * `mode` chooses
 *
 * - `value`: `out = x̂`;
 * - `derivative`: `out = J g = (g − mean g − x̂ mean(x̂ g)) / σ`: what flows back or, with the tangent of x for g, forward;
 * - `second`: `out = J dg + J̇ g`, J̇ along dx: the tangent of what flows back.
 */
export const standardise = defineOp({
  name: "standardise",
  shader,
  bindings: { x: "f32", g: "f32?", dx: "f32?", dg: "f32?", out: "f32 out" },
  params: { epsilon: "f32" },
  options: { mode: MODES },
  shapes: { x: ["m", "n"], g: ["m", "n"], dx: ["m", "n"], dg: ["m", "n"], out: ["m", "n"] },
  rules: [
    { says: "g where mode is derivative or second", holds: ({ g }, { mode }) => mode === "value" || !!g },
    {
      says: "dx and dg where mode is second",
      holds: ({ dx, dg }, { mode }) => mode !== "second" || !!(dx && dg),
    },
  ],
  workgroups: ({ x }) => [Math.ceil(x.cols / 64)],
  reference({ x, g, dx, dg, out }, { epsilon, mode }) {
    const { rows, cols } = x;
    const columnOf = (data: Float32Array, j: number) =>
      Float64Array.from({ length: rows }, (_, i) => data[i * cols + j]);
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / rows;
    for (let j = 0; j < cols; j++) {
      const column = columnOf(x.data, j), centre = mean(column);
      const rest = column.map((value) => value - centre);
      const inverse = 1 / Math.sqrt(mean(rest.map((value) => value * value)) + epsilon);
      const normal = rest.map((value) => value * inverse);
      const product = (a: Float64Array, b: Float64Array) => mean(a.map((value, i) => value * b[i]));
      /** `J v`. */
      const along = (v: Float64Array) => {
        const shift = mean(v), share = product(normal, v);
        return v.map((value, i) => inverse * (value - shift - share * normal[i]));
      };
      let result = normal;
      if (mode !== "value") {
        const gradient = columnOf(g!.data, j);
        result = along(gradient);
        if (mode === "second") {
          const change = columnOf(dx!.data, j),
            moved = along(change),
            straight = along(columnOf(dg!.data, j));
          const share = product(normal, gradient), turn = product(moved, gradient);
          const growth = inverse * product(normal, change);
          result = result.map((value, i) =>
            straight[i] - growth * value - inverse * (turn * normal[i] + share * moved[i])
          );
        }
      }
      for (let i = 0; i < rows; i++) out.data[i * cols + j] = result[i];
    }
  },
  accelerated({ x, g, dx, dg, out }, { epsilon, mode }, { address, launch }) {
    const { rows, cols } = x;
    launch(assembly.standardise, Math.ceil(cols / assembly.PART_COLUMNS), {
      x: address(x),
      g: address(g),
      dx: address(dx),
      dg: address(dg),
      out: address(out),
      rows,
      columns: cols,
      epsilon,
      mode: MODES.indexOf(mode),
    });
  },
});
