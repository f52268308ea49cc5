import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import shader from "../../shaders/spread_windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";
import { spread_windows as assembly } from "./wasm/signatures.ts";

/**
 * The transpose of {@linkcode sumWindows}, what flows back through it: each pixel of `out` [channels, samples · height · width]
 * gets the sum of x [channels, samples · outHeight · outWidth] over the windows that it is in, times `scale`.
 */
export const spreadWindows = defineOp({
  name: "spread_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", out: "f32 out" },
  params: { ...WINDOW_PARAMS, scale: "f32" },
  shapes: { x: ["channels", "places"], out: ["channels", "pixels"] },
  rules: [
    { says: windowsSay("out", "x"), holds: ({ x, out }, settings) => areWindowsOf(out, x, settings) },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }, settings) {
    const { height, width, scale } = settings, sums = new Float64Array(out.data.length);
    visitWindows(out.cols / (height * width), settings, (place, _tap, pixel) => {
      for (let c = 0; c < out.rows; c++) sums[c * out.cols + pixel] += x.data[c * x.cols + place];
    });
    sums.forEach((sum, at) => out.data[at] = scale * sum);
  },
  accelerated({ x, out }, { rowOffset: _, firstPanel: __, ...settings }, { address, launch }) {
    const samples = out.cols / (settings.height * settings.width);
    launch(assembly.spread_windows, out.rows, { x: address(x), out: address(out), samples, ...settings });
  },
});
