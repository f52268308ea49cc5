import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/max_windows.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";

/** The tap that a window has which is outside the image altogether. */
export const NO_TAP = 0xffffffff;

/**
 * Which tap of each window of images is over the largest pixel, the first of equals: x [channels, samples · height · width], `taps`
 * [channels, samples · outHeight · outWidth]. Pooling by maxima takes what is there ({@linkcode pickWindows}).
 */
export const maxWindows = defineOp({
  name: "max_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", taps: "u32 out" },
  params: WINDOW_PARAMS,
  shapes: { x: ["channels", "pixels"], taps: ["channels", "places"] },
  rules: [
    { says: windowsSay("x", "taps"), holds: ({ x, taps }, settings) => areWindowsOf(x, taps, settings) },
  ],
  workgroups: ({ taps }) => gridOf(taps.rows * taps.cols),
  reference({ x, taps }, settings) {
    const { outHeight, outWidth } = settings, largest = new Float32Array(taps.data.length);
    taps.data.fill(NO_TAP);
    visitWindows(taps.cols / (outHeight * outWidth), settings, (place, tap, pixel) => {
      for (let c = 0; c < x.rows; c++) {
        const at = c * taps.cols + place, value = x.data[c * x.cols + pixel];
        if (taps.data[at] !== NO_TAP && !(value > largest[at])) continue;
        largest[at] = value;
        taps.data[at] = tap;
      }
    });
  },
});
