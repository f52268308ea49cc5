import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/return_windows.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areTapsOf, tapsSay } from "./pick_windows.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";

/**
 * The transpose of {@linkcode pickWindows}, what flows back through it: each pixel of `out` [channels, samples · height · width]
 * gets the sum of x [channels, samples · outHeight · outWidth] over the windows that picked it.
 */
export const returnWindows = defineOp({
  name: "return_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", taps: "u32", out: "f32 out" },
  params: WINDOW_PARAMS,
  shapes: { x: ["channels", "places"], taps: ["channels", "chosen"], out: ["channels", "pixels"] },
  rules: [
    { says: windowsSay("out", "x"), holds: ({ x, out }, settings) => areWindowsOf(out, x, settings) },
    { says: tapsSay("x"), holds: ({ taps, x }, settings) => areTapsOf(taps.cols, x.cols, settings) },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, taps, out }, settings) {
    const { height, width } = settings, sums = new Float64Array(out.data.length);
    visitWindows(out.cols / (height * width), settings, (place, tap, pixel) => {
      for (let c = 0; c < out.rows; c++) {
        if (taps.data[c * taps.cols + place % taps.cols] !== tap) continue;
        sums[c * out.cols + pixel] += x.data[c * x.cols + place];
      }
    });
    out.data.set(sums);
  },
});
