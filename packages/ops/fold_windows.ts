import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/fold_windows.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { fold_windows as assembly } from "./wasm/signatures.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";

/**
 * The transpose of {@linkcode unfoldWindows}, what flows back through it: each pixel of `out` [channels, samples · height ·
 * width] gets the sum of what stands for it in all windows of x [channels · taps, samples · outHeight · outWidth].
 */
export const foldWindows = defineOp({
  name: "fold_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", out: "f32 out" },
  params: WINDOW_PARAMS,
  shapes: { x: ["rows", "places"], out: ["channels", "pixels"] },
  rules: [
    { says: windowsSay("out", "x"), holds: ({ x, out }, settings) => areWindowsOf(out, x, settings) },
    {
      says: "a row of x for each channel and tap",
      holds: ({ x, out }, { kernelHeight, kernelWidth }) => x.rows === out.rows * kernelHeight * kernelWidth,
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }, settings) {
    const { kernelHeight, kernelWidth, height, width } = settings, taps = kernelHeight * kernelWidth;
    const sums = new Float64Array(out.data.length);
    visitWindows(out.cols / (height * width), settings, (place, tap, pixel) => {
      for (let c = 0; c < out.rows; c++) {
        sums[c * out.cols + pixel] += x.data[(c * taps + tap) * x.cols + place];
      }
    });
    out.data.set(sums);
  },
  accelerated({ x, out }, { rowOffset: _, firstPanel: __, ...settings }, { address, launch }) {
    const samples = out.cols / (settings.height * settings.width);
    launch(assembly.fold_windows, out.rows, { x: address(x), out: address(out), samples, ...settings });
  },
});
