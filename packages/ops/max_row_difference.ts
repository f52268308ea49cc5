import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/max_row_difference.wgsl" with { type: "text" };
import { max_row_difference as assembly } from "./wasm/signatures.ts";

/** Distances that one workgroup makes: so many rows of so many columns. */
const GROUP_ROWS = 8, GROUP_COLUMNS = 256;

/**
 * How far m items are apart by their counts with R references: `distances[i, j]` is the largest
 * `|counts[r, i'] − counts[r, j]|` over the references `r` that are neither of the two items, where `i' = firstItem + i`.
 * `counts` is [R, m], `reference` [R, 1] says which item each reference is, `distances` is [items from firstItem on, m].
 */
export const maxRowDifference = defineOp({
  name: "max_row_difference",
  shader,
  bindings: { counts: "u32", reference: "u32", distances: "u32 out" },
  params: { firstItem: "u32" },
  shapes: { counts: ["references", "items"], reference: ["references", 1], distances: ["rows", "items"] },
  rules: [
    {
      says: "distances of items from firstItem on",
      holds: ({ counts, distances }, { firstItem }) =>
        distances.rows === 0 || firstItem + distances.rows <= counts.cols,
    },
  ],
  vec4: ["counts"],
  tuning: ({ counts }, { firstItem }) => ({ vec4: counts.cols % 4 === 0 && firstItem % 4 === 0 }),
  workgroups: ({ counts, distances }) => {
    return [Math.ceil(counts.cols / GROUP_COLUMNS), Math.ceil(distances.rows / GROUP_ROWS)];
  },
  reference({ counts, reference, distances }, { firstItem }) {
    const size = counts.cols;
    // Signed words: differences of unsigned ones are not machine integers to a JavaScript engine.
    const signed = new Int32Array(counts.data.buffer, counts.data.byteOffset, counts.data.length);
    for (let i = 0; i < distances.rows; i++) {
      const largest = new Int32Array(size);
      for (let r = 0; r < counts.rows; r++) {
        const item = reference.data[r];
        if (item === firstItem + i) continue;
        const own = signed[r * size + firstItem + i], before = largest[item];
        for (let j = 0; j < size; j++) {
          largest[j] = Math.max(largest[j], Math.abs(own - signed[r * size + j]));
        }
        if (item < size) largest[item] = before;
      }
      distances.data.set(largest, i * size);
    }
  },
  accelerated({ counts, reference, distances }, { firstItem }, { address, launch }) {
    const parts = Math.ceil(distances.rows / assembly.PART_ROWS) *
      Math.ceil(counts.cols / assembly.PART_COLUMNS);
    launch(assembly.max_row_difference, parts, {
      counts: address(counts),
      references: counts.rows,
      items: counts.cols,
      reference: address(reference),
      firstItem,
      distances: address(distances),
      rows: distances.rows,
    });
  },
});
