import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/add_places.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Adds to each token what belongs to its place: `y[i, (b, t)] += places[t, i]`, places [tokens, channels], y [channels, samples ·
 * tokens]; with `absolute` and a `divisor` [1, 1] `|places[t, i]| / divisor`, as SynFlow's normalised sums take it.
 */
export const addPlaces = defineOp({
  name: "add_places",
  shader: [grid, shader],
  bindings: { places: "f32", divisor: "f32?", y: "f32 inout" },
  options: { absolute: [false, true] },
  shapes: { places: ["tokens", "channels"], divisor: [1, 1], y: ["channels", "columns"] },
  rules: [{ says: "a y of whole samples of tokens", holds: ({ places, y }) => y.cols % places.rows === 0 }],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ places, divisor, y }, { absolute }) {
    for (let i = 0; i < y.rows; i++) {
      for (let j = 0; j < y.cols; j++) {
        const value = places.data[j % places.rows * places.cols + i] / (divisor?.data[0] ?? 1);
        y.data[i * y.cols + j] += absolute ? Math.abs(value) : value;
      }
    }
  },
});
