import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/divide_blocks.wgsl" with { type: "text" };
import { LONGEST } from "./grid.ts";

/**
 * A matrix over a size of each column of each block of `size` rows of another of its shape: `out = g / |x|`, `kind` `sum` for the sum of
 * what is there, `rootMeanSquare` for the root of the mean of its squares; zero where that is zero. SynFlow's signal is divided so where a
 * network normalises.
 */
export const divideBlocks = defineOp({
  name: "divide_blocks",
  shader,
  bindings: { x: "f32", g: "f32", out: "f32 out" },
  params: { size: "u32" },
  options: { kind: ["sum", "rootMeanSquare"] },
  shapes: { x: ["m", "n"], g: ["m", "n"], out: ["m", "n"] },
  rules: [{
    says: "rows that make whole blocks",
    holds: ({ x }, { size }) => size > 0 && x.rows % size === 0,
  }],
  // Each takes every so manieth block.
  workgroups: ({ x }, { size }) => [Math.ceil(x.cols / 64), Math.min(x.rows / size, LONGEST)],
  reference({ x, g, out }, { size, kind }) {
    for (let first = 0; first < x.rows; first += size) {
      for (let j = 0; j < x.cols; j++) {
        const places = Array.from({ length: size }, (_, i) => (first + i) * x.cols + j);
        const total = places.reduce((sum, at) => sum + x.data[at] * (kind === "sum" ? 1 : x.data[at]), 0);
        const divisor = kind === "sum" ? total : Math.sqrt(total / size);
        for (const at of places) out.data[at] = divisor === 0 ? 0 : g.data[at] / divisor;
      }
    }
  },
});
