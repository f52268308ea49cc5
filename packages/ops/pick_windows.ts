import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/pick_windows.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import windows from "../../shaders/shared/windows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areWindowsOf, visitWindows, WINDOW_PARAMS, windowsSay } from "./windows.ts";

/**
 * What is under one tap of each window: x [channels, samples · height · width], `taps` [channels, places] as
 * {@linkcode maxWindows} finds them, of as many samples or of fewer, which then are gone through again and again; `out` [channels,
 * samples · outHeight · outWidth].
 */
export const pickWindows = defineOp({
  name: "pick_windows",
  shader: [grid, windows, shader],
  bindings: { x: "f32", taps: "u32", out: "f32 out" },
  params: WINDOW_PARAMS,
  shapes: { x: ["channels", "pixels"], taps: ["channels", "chosen"], out: ["channels", "places"] },
  rules: [
    { says: windowsSay("x", "out"), holds: ({ x, out }, settings) => areWindowsOf(x, out, settings) },
    { says: tapsSay("out"), holds: ({ taps, out }, settings) => areTapsOf(taps.cols, out.cols, settings) },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, taps, out }, settings) {
    const { outHeight, outWidth } = settings;
    out.data.fill(0);
    visitWindows(out.cols / (outHeight * outWidth), settings, (place, tap, pixel) => {
      for (let c = 0; c < x.rows; c++) {
        if (taps.data[c * taps.cols + place % taps.cols] !== tap) continue;
        out.data[c * out.cols + place] = x.data[c * x.cols + pixel];
      }
    });
  },
});

/** Whether there is a tap for each place of whole samples, which the others repeat. */
export function areTapsOf(
  taps: number,
  places: number,
  { outHeight, outWidth }: { readonly outHeight: number; readonly outWidth: number },
): boolean {
  return taps % (outHeight * outWidth) === 0 && (taps === 0 ? places === 0 : places % taps === 0);
}

/** What {@linkcode areTapsOf} asks, in the words of an error. */
export function tapsSay(places: string): string {
  return `taps of whole samples, which those of ${places} repeat`;
}
