import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/softmax_blocks.wgsl" with { type: "text" };
import { softmax_blocks as assembly } from "./wasm/signatures.ts";

const MODES = ["value", "derivative", "second"] as const;

/**
 * Softmax down the columns of each block of `size` rows, as of attention's weights over keys; every argument has one shape. With
 * `p` the softmax and `⟨·,·⟩` a sum over a column of a block, `mode` chooses
 *
 * - `value`: `out = p` of the logits x;
 * - `derivative`: x being p, `out = p (g − ⟨p, g⟩)`: what flows back or, with the tangent of the logits for g, forward;
 * - `second`: x being p and dx how p moves, `out = dx (g − ⟨p, g⟩) + p (dg − ⟨p, dg⟩ − ⟨dx, g⟩)`: the tangent of what flows back.
 */
export const softmaxBlocks = defineOp({
  name: "softmax_blocks",
  shader,
  bindings: { x: "f32", g: "f32?", dx: "f32?", dg: "f32?", out: "f32 out" },
  params: { size: "u32" },
  options: { mode: MODES },
  shapes: { x: ["m", "n"], g: ["m", "n"], dx: ["m", "n"], dg: ["m", "n"], out: ["m", "n"] },
  rules: [
    { says: "rows that make whole blocks", holds: ({ x }, { size }) => size > 0 && x.rows % size === 0 },
    { says: "g where mode is derivative or second", holds: ({ g }, { mode }) => mode === "value" || !!g },
    {
      says: "dx and dg where mode is second",
      holds: ({ dx, dg }, { mode }) => mode !== "second" || !!(dx && dg),
    },
  ],
  workgroups: ({ x }, { size }) => [Math.ceil(x.cols / 64), Math.min(x.rows / size, MOST_GROUPS)],
  reference({ x, g, dx, dg, out }, { size, mode }) {
    const { rows, cols } = x;
    for (let first = 0; first < rows; first += size) {
      for (let j = 0; j < cols; j++) {
        const places = Array.from({ length: size }, (_, t) => (first + t) * cols + j);
        const sum = (of: (at: number) => number) => places.reduce((total, at) => total + of(at), 0);
        if (mode === "value") {
          const largest = places.reduce((most, at) => Math.max(most, x.data[at]), -Infinity);
          const total = sum((at) => Math.exp(x.data[at] - largest));
          for (const at of places) out.data[at] = Math.exp(x.data[at] - largest) / total;
          continue;
        }
        const mean = sum((at) => x.data[at] * g!.data[at]);
        if (mode === "derivative") {
          for (const at of places) out.data[at] = x.data[at] * (g!.data[at] - mean);
          continue;
        }
        const change = sum((at) => x.data[at] * dg!.data[at] + dx!.data[at] * g!.data[at]);
        for (const at of places) {
          out.data[at] = dx!.data[at] * (g!.data[at] - mean) + x.data[at] * (dg!.data[at] - change);
        }
      }
    }
  },
  accelerated({ x, g, dx, dg, out }, { size, mode }, { address, launch }) {
    const { rows, cols } = x, strips = Math.ceil(cols / assembly.PART_COLUMNS);
    launch(assembly.softmax_blocks, strips * rows / size, {
      x: address(x),
      g: address(g),
      dx: address(dx),
      dg: address(dg),
      out: address(out),
      size,
      columns: cols,
      mode: MODES.indexOf(mode),
    });
  },
});

/** Most workgroups down the blocks; each takes every so manieth. */
const MOST_GROUPS = 32768;
