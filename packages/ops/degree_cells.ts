import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/degree_cells.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Sorts n nodes by descending degree, ties by index, and cuts them into intervals: the `cells` of the node in place `i` is
 * `⌊i · intervals / n⌋`. Both are of one shape, a row or a column.
 */
export const degreeCells = defineOp({
  name: "degree_cells",
  shader: [grid, shader],
  bindings: { degree: "u32", cells: "u32 out" },
  params: { intervals: "u32" },
  shapes: { degree: ["m", "n"], cells: ["m", "n"] },
  rules: [
    {
      says: "nodes times intervals below 2^32",
      holds: ({ degree }, { intervals }) => degree.rows * degree.cols * intervals <= 2 ** 32,
    },
  ],
  workgroups: ({ degree }) => gridOf(degree.rows * degree.cols),
  reference({ degree, cells }, { intervals }) {
    // How many have a larger degree, then how many of the same came before.
    const nodes = degree.data.length, places = new Map<number, number>();
    for (const value of degree.data) places.set(value, (places.get(value) ?? 0) + 1);
    let before = 0;
    for (const value of [...places.keys()].sort((a, b) => b - a)) {
      const count = places.get(value)!;
      places.set(value, before);
      before += count;
    }
    for (let node = 0; node < nodes; node++) {
      const place = places.get(degree.data[node])!;
      places.set(degree.data[node], place + 1);
      cells.data[node] = Math.floor(place * intervals / nodes);
    }
  },
});
