import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import shader from "../../shaders/unfold_windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { unfold_windows as assembly } from "./wasm/signatures.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";

/**
 * What is seen in the windows of images, a row for each channel and tap, so that a convolution is a product: x [channels,
 * samples · height · width], `out` [channels · taps, samples · outHeight · outWidth], zero where a window reaches outside.
 */
export const unfoldWindows = defineOp({
  name: "unfold_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", out: "f32 out" },
  params: WINDOW_PARAMS,
  shapes: { x: ["channels", "pixels"], out: ["rows", "places"] },
  rules: [
    { says: windowsSay("x", "out"), holds: ({ x, out }, settings) => areWindowsOf(x, out, settings) },
    {
      says: "a row of out for each channel and tap",
      holds: ({ x, out }, { kernelHeight, kernelWidth }) => out.rows === x.rows * kernelHeight * kernelWidth,
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }, settings) {
    const { kernelHeight, kernelWidth, outHeight, outWidth } = settings, taps = kernelHeight * kernelWidth;
    out.data.fill(0);
    visitWindows(out.cols / (outHeight * outWidth), settings, (place, tap, pixel) => {
      for (let c = 0; c < x.rows; c++) {
        out.data[(c * taps + tap) * out.cols + place] = x.data[c * x.cols + pixel];
      }
    });
  },
  accelerated({ x, out }, { rowOffset: _, firstPanel: __, ...settings }, { address, launch }) {
    const samples = out.cols / (settings.outHeight * settings.outWidth);
    launch(assembly.unfold_windows, out.rows, { x: address(x), out: address(out), samples, ...settings });
  },
});
