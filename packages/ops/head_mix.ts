import { defineOp, type View } from "@graphon-limit/runtime";
import shader from "../../shaders/head_mix.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areHeadsOf, HEAD_PARAMS, HEADS_SAY, visitHeads } from "./heads.ts";
import { head_mix as assembly } from "./wasm/signatures.ts";

/**
 * Sums over the tokens of each sample by weights, head by head, as attention takes of values; or, with `transposed`, what each token
 * gave to such sums. weights [heads · tokens, samples · tokens], x and `out` [channels, samples · tokens]:
 *
 * - `out[(h, c), (b, s)] = scale · Σ_t weights[(h, t), (b, s)] x[(h, c), (b, t)]`, or that added;
 * - transposed, `out[(h, c), (b, t)] = scale · Σ_s weights[(h, t), (b, s)] x[(h, c), (b, s)]`.
 *
 * The side of fewer samples is gone through again and again.
 */
export const headMix = defineOp({
  name: "head_mix",
  shader: [grid, shader],
  bindings: { weights: "f32", x: "f32", out: "f32 inout" },
  params: HEAD_PARAMS,
  options: { transposed: [false, true] },
  shapes: { weights: ["rows", "weightCols"], x: ["channels", "xCols"], out: ["channels", "cols"] },
  rules: [
    {
      says: HEADS_SAY,
      holds: ({ weights, x, out }, settings) =>
        areHeadsOf({ channels: [x, out], weights: [weights], out }, settings),
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ weights, x, out }, settings) {
    const { tokens, scale, accumulate, transposed } = settings;
    visitHeads(out, settings, (first, channels, row, column) => {
      for (let c = first; c < first + channels; c++) {
        for (let s = 0; s < tokens; s++) {
          let sum = 0;
          for (let t = 0; t < tokens; t++) {
            sum += transposed
              ? at(weights, row + s, column + t) * at(x, c, column + t)
              : at(weights, row + t, column + s) * at(x, c, column + t);
          }
          const to = c * out.cols + column + s;
          out.data[to] = scale * sum + (accumulate ? out.data[to] : 0);
        }
      }
    });
  },
  accelerated({ weights, x, out }, settings, { address, launch }) {
    const { heads, tokens, scale, accumulate, transposed } = settings, samples = out.cols / tokens;
    const kernel = transposed ? assembly.head_mix_transposed : assembly.head_mix;
    launch(kernel, heads * Math.ceil(samples / assembly.PART_SAMPLES), {
      weights: address(weights),
      weightColumns: weights.cols,
      x: address(x),
      xColumns: x.cols,
      out: address(out),
      columns: out.cols,
      channels: out.rows / heads,
      tokens,
      scale,
      add: accumulate,
    });
  },
});

function at({ data, cols }: View, row: number, column: number): number {
  return data[row * cols + column % cols];
}
