import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/sum_places.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Sums over samples, place by place, what flows back through {@linkcode addPlaces} to its places: `out[t, i] = Σ_b x[i, (b, t)]`, x
 * [channels, samples · tokens], `out` [tokens, channels].
 */
export const sumPlaces = defineOp({
  name: "sum_places",
  shader: [grid, shader],
  bindings: { x: "f32", out: "f32 out" },
  shapes: { x: ["channels", "columns"], out: ["tokens", "channels"] },
  rules: [{ says: "an x of whole samples of tokens", holds: ({ x, out }) => x.cols % out.rows === 0 }],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }) {
    for (let t = 0; t < out.rows; t++) {
      for (let i = 0; i < out.cols; i++) {
        let sum = 0;
        for (let j = t; j < x.cols; j += out.rows) sum += x.data[i * x.cols + j];
        out.data[t * out.cols + i] = sum;
      }
    }
  },
});
