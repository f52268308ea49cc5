import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/max_row_difference.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/**
 * How far rows of counts [m, R] are apart: `distances[i, j]` is the largest `|counts[i', r] − counts[j, r]|` over the
 * columns `r`, where `i' = firstRow + i`, save those that stand for one of the two rows themselves: `place[i]` is the
 * column that stands for row `i`, or R where none does. `place` is [m, 1], `distances` [rows from firstRow on, m].
 */
export const maxRowDifference = defineOp({
  name: "max_row_difference",
  shader: [grid, shader],
  bindings: { counts: "u32", place: "u32", distances: "u32 out" },
  params: { firstRow: "u32" },
  workgroups: (shapes, settings) => {
    assertShapes(shapes, settings.firstRow);
    return gridOf(shapes.distances.rows * shapes.distances.cols);
  },
  reference(views, { firstRow }) {
    assertShapes(views, firstRow);
    const { counts, place, distances } = views, size = counts.cols;
    for (let i = 0; i < distances.rows; i++) {
      const own = counts.data.subarray((firstRow + i) * size, (firstRow + i + 1) * size);
      for (let j = 0; j < distances.cols; j++) {
        const start = j * size, skipOwn = place.data[firstRow + i], skip = place.data[j];
        let largest = 0;
        for (let r = 0; r < size; r++) {
          const difference = Math.abs(own[r] - counts.data[start + r]);
          if (difference > largest && r !== skipOwn && r !== skip) largest = difference;
        }
        distances.data[i * distances.cols + j] = largest;
      }
    }
  },
});

function assertShapes(
  { counts, place, distances }: Record<"counts" | "place" | "distances", Shape>,
  firstRow: number,
): void {
  assertShape("max_row_difference", "place", place, counts.rows, 1);
  const rows = Math.min(distances.rows, Math.max(counts.rows - firstRow, 0));
  assertShape("max_row_difference", "distances", distances, rows, counts.rows);
}
