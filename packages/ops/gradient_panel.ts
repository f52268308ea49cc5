import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/gradient_panel.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { gradient_panel as assembly } from "./wasm/signatures.ts";

/**
 * The gradients of chosen weights at each sample, where a sample has `positions` columns at all of which a weight is used:
 * `panel[e, x] = Σ_p delta[outputs[e], (x, p)] h[inputs[e], (x, p)]`, for `count` entries of `outputs` and `inputs` [1, …] from
 * `start` on and the `sampleCount` samples of delta from `sampleStart` on; h has as many samples, or so many times fewer, which are gone
 * through again and again. What of `panel` is beyond them is left as it is.
 */
export const gradientPanel = defineOp({
  name: "gradient_panel",
  shader: [grid, shader],
  bindings: { h: "f32", delta: "f32", outputs: "u32", inputs: "u32", panel: "f32 inout" },
  params: { positions: "u32", start: "u32", count: "u32", sampleStart: "u32", sampleCount: "u32" },
  shapes: {
    h: ["inputRows", "inputCols"],
    delta: ["outputRows", "outputCols"],
    outputs: [1, "listed"],
    inputs: [1, "listed"],
    panel: ["rows", "pitch"],
  },
  rules: [
    {
      says: "as many columns of delta as of h, or so many times more, all of whole samples of positions",
      holds: ({ h, delta }, { positions }) =>
        positions > 0 && h.cols % positions === 0 &&
        (h.cols === 0 ? delta.cols === 0 : delta.cols % h.cols === 0),
    },
    {
      says: "outputs and inputs from start on, count of them",
      holds: ({ outputs }, { start, count }) => start + count <= outputs.cols,
    },
    {
      says: "samples of delta from sampleStart on, sampleCount of them",
      holds: ({ delta }, { positions, sampleStart, sampleCount }) =>
        (sampleStart + sampleCount) * positions <= delta.cols,
    },
    {
      says: "a panel of count rows and sampleCount columns or more",
      holds: ({ panel }, { count, sampleCount }) => panel.rows >= count && panel.cols >= sampleCount,
    },
  ],
  workgroups: (_, { count, sampleCount }) => gridOf(count * sampleCount),
  reference({ h, delta, outputs, inputs, panel }, settings) {
    const { positions, start, count, sampleStart, sampleCount } = settings;
    for (let e = 0; e < count; e++) {
      const line = outputs.data[start + e] * delta.cols, line2 = inputs.data[start + e] * h.cols;
      const to = e * panel.cols;
      for (let x = 0; x < sampleCount; x++) {
        const first = (sampleStart + x) * positions, first2 = first % h.cols;
        let sum = 0;
        for (let p = 0; p < positions; p++) sum += delta.data[line + first + p] * h.data[line2 + first2 + p];
        panel.data[to + x] = sum;
      }
    }
  },
  accelerated({ h, delta, outputs, inputs, panel }, settings, { address, launch }) {
    const { positions, start, count, sampleStart, sampleCount } = settings;
    launch(assembly.gradient_panel, Math.ceil(count / assembly.PART_WEIGHTS), {
      h: address(h),
      hColumns: h.cols,
      delta: address(delta),
      deltaColumns: delta.cols,
      outputs: address(outputs) + 4 * start,
      inputs: address(inputs) + 4 * start,
      count,
      positions,
      sampleStart,
      sampleCount,
      panel: address(panel),
      pitch: panel.cols,
    });
  },
});
