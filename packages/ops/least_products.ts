import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/least_products.wgsl" with { type: "text" };

/** What the least of nothing is: the largest float32. */
const LARGEST = 3.4028234663852886e38;

/**
 * `out[i, j] = min_t left[i, t] · right[j, t]`, left [m, T], right [n, T], out [m, n]: what a weight of SynFlow has to
 * outlast, over all rounds, given the trajectories of the two neurons it joins (docs/mathematics.md §5). Without rounds, the largest
 * float32.
 */
export const leastProducts = defineOp({
  name: "least_products",
  shader,
  bindings: { left: "f32", right: "f32", out: "f32 out" },
  shapes: { left: ["m", "rounds"], right: ["n", "rounds"], out: ["m", "n"] },
  panelled: ["out"],
  workgroups: ({ out }) => [Math.ceil(out.cols / 32), Math.ceil(out.rows / 8)],
  reference({ left, right, out }, { rowOffset }) {
    const rounds = left.cols;
    for (let i = 0; i < out.rows; i++) {
      const row = (rowOffset + i) * rounds;
      for (let j = 0; j < out.cols; j++) {
        let least = LARGEST;
        for (let t = 0; t < rounds; t++) {
          least = Math.min(least, left.data[row + t] * right.data[j * rounds + t]);
        }
        out.data[i * out.cols + j] = least;
      }
    }
  },
});
