import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/scale_histogram.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Adds to `counts` how many elements of `x` [m, n] have each magnitude, by the upper bits of |x| as a float32 without the
 * lowest `shift`: bins of like relative width over the whole range, without knowing it beforehand. With a shift of 15 there
 * are 65,536 of them, 256 to each power of two. `counts` is [1, {@linkcode scaleBins}].
 */
export const scaleHistogram = defineOp({
  name: "scale_histogram",
  shader: [grid, shader],
  bindings: { x: "f32", counts: "u32 inout" },
  params: { shift: "u32" },
  shapes: { x: ["m", "n"], counts: [1, "bins"] },
  rules: [
    {
      says: "counts of 2^(31 − shift) bins",
      holds: ({ counts }, { shift }) => counts.cols === scaleBins(shift),
    },
  ],
  panelled: ["x"],
  atomics: ["counts"],
  workgroups: ({ x }) => gridOf(x.rows * x.cols),
  reference({ x, counts }, { shift }) {
    const bits = new Uint32Array(x.data.buffer, x.data.byteOffset, x.data.length);
    for (let i = 0; i < bits.length; i++) counts.data[(bits[i] & 0x7fffffff) >>> shift]++;
  },
});

/** The number of bins at a shift. */
export function scaleBins(shift: number): number {
  return 2 ** (31 - shift);
}

/** The magnitude in the middle of a bin; 0 for the first, which holds zero. */
export function scaleOfBin(bin: number, shift: number): number {
  if (bin === 0) return 0;
  return new Float32Array(Uint32Array.of(((bin << shift) | (1 << (shift - 1))) >>> 0).buffer)[0];
}
