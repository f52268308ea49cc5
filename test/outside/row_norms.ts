// An op of one's own, a shader and its plain twin: the Euclidean norm of every row.
import { defineOp } from "@graphon-limit/runtime";

/** `y[i] = √(Σ_j x[i, j]²)`. `x` is [rows, cols], `y` [rows, 1]. */
export const rowNorms = defineOp({
  name: "row_norms",
  shader: `
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let row = id.x;
      if (row >= params.x_rows) { return; }
      var sum = 0.0;
      for (var j = 0u; j < params.x_cols; j++) {
        let value = x[row * params.x_cols + j];
        sum += value * value;
      }
      y[params.row_offset + row] = sqrt(sum);
    }`,
  bindings: { x: "f32", y: "f32 out" },
  shapes: { x: ["m", "n"], y: ["m", 1] },
  panelled: ["x"],
  workgroups: ({ x }) => [Math.ceil(x.rows / 64)],
  reference({ x, y }, { rowOffset }) {
    for (let i = 0; i < x.rows; i++) {
      let sum = 0;
      for (const value of x.data.subarray(i * x.cols, (i + 1) * x.cols)) sum += value ** 2;
      y.data[rowOffset + i] = Math.sqrt(sum);
    }
  },
});
