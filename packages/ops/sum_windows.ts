import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import shader from "../../shaders/sum_windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";
import { sum_windows as assembly } from "./wasm/signatures.ts";

/**
 * Sums over the windows of images, times `scale`: pooling by averages where that is one over the pixels of a window. x [channels,
 * samples · height · width], `out` [channels, samples · outHeight · outWidth].
 */
export const sumWindows = defineOp({
  name: "sum_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", out: "f32 out" },
  params: { ...WINDOW_PARAMS, scale: "f32" },
  shapes: { x: ["channels", "pixels"], out: ["channels", "places"] },
  rules: [
    { says: windowsSay("x", "out"), holds: ({ x, out }, settings) => areWindowsOf(x, out, settings) },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }, settings) {
    const { outHeight, outWidth, scale } = settings, sums = new Float64Array(out.data.length);
    visitWindows(out.cols / (outHeight * outWidth), settings, (place, _tap, pixel) => {
      for (let c = 0; c < x.rows; c++) sums[c * out.cols + place] += x.data[c * x.cols + pixel];
    });
    sums.forEach((sum, at) => out.data[at] = scale * sum);
  },
  accelerated({ x, out }, { rowOffset: _, firstPanel: __, ...settings }, { address, launch }) {
    const samples = out.cols / (settings.outHeight * settings.outWidth);
    launch(assembly.sum_windows, out.rows, { x: address(x), out: address(out), samples, ...settings });
  },
});
