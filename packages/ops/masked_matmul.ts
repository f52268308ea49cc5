import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/masked_matmul.wgsl" with { type: "text" };
import { blasFor, denseWeights } from "./blas_products.ts";
import { isSparse, packedBlocks, packedRight } from "./packed_products.ts";
import { productGrid, productShader, productTuning } from "./product.ts";
import { masked_matmul as assembly } from "./wasm/signatures.ts";

/**
 * The product of masked weights with activations: `out = scale · (weights ⊙ mask) · x`, or that added to what `out` holds
 * when `accumulate` is 1. `weights` and `mask` are [m, k], `x` is [k, n], `out` is [m, n]; without a mask every weight
 * counts. Mask bits are applied as the weights are loaded and never unpacked into memory.
 */
export const maskedMatmul = defineOp({
  name: "masked_matmul",
  shader: [
    shader,
    productShader({
      rows: "params.weights_rows",
      cols: "params.x_cols",
      sums: [{
        left: "weights_at",
        leftAlongTerms: true,
        right: "x_at",
        rightAlongTerms: false,
        count: "params.weights_cols",
      }],
    }),
  ],
  bindings: { weights: "f32", mask: "bits?", x: "f32", out: "f32 inout" },
  params: { scale: "f32", accumulate: "u32" },
  shapes: { weights: ["m", "k"], mask: ["m", "k"], x: ["k", "n"], out: ["m", "n"] },
  panelled: ["weights", "mask"],
  vec4: ["weights", "x", "out"],
  tuning: ({ weights, x }, _, info) =>
    productTuning([weights.rows, x.cols, weights.cols], weights.cols % 4 === 0 && x.cols % 4 === 0, info),
  workgroups: ({ weights, x }, _, tuning) => productGrid(weights.rows, x.cols, tuning),
  reference({ weights, mask, x, out }, { scale, accumulate, rowOffset }) {
    const inner = weights.cols, cols = x.cols;
    const sums = new Float64Array(cols), row = new Float32Array(Math.ceil(inner / 4) * 4);
    for (let i = 0; i < weights.rows; i++) {
      row.set(weights.data.subarray(i * inner, (i + 1) * inner));
      for (let l = 0; mask && l < inner; l++) {
        if (!((mask.data[i * mask.wordsPerRow + (l >>> 5)] >>> (l & 31)) & 1)) row[l] = 0;
      }
      sums.fill(0);
      let l = 0;
      // Four terms at a time: each sum is loaded and stored a quarter as often.
      for (; l + 4 <= inner; l += 4) {
        const w0 = row[l], w1 = row[l + 1], w2 = row[l + 2], w3 = row[l + 3];
        const x0 = l * cols, x1 = x0 + cols, x2 = x1 + cols, x3 = x2 + cols;
        for (let j = 0; j < cols; j++) {
          sums[j] += w0 * x.data[x0 + j] + w1 * x.data[x1 + j] + w2 * x.data[x2 + j] + w3 * x.data[x3 + j];
        }
      }
      for (; l < inner; l++) {
        for (let j = 0; j < cols; j++) sums[j] += row[l] * x.data[l * cols + j];
      }
      const start = (rowOffset + i) * cols;
      for (let j = 0; j < cols; j++) {
        out.data[start + j] = scale * sums[j] + (accumulate ? out.data[start + j] : 0);
      }
    }
  },
  accelerated({ weights, mask, x, out }, { scale, accumulate, rowOffset }, kernels) {
    const [rows, inner, cols] = [weights.rows, weights.cols, x.cols], { address, launch } = kernels;
    const target = address(out) + rowOffset * cols * 4;
    const blas = blasFor(kernels, [rows, cols, inner], mask);
    if (blas) {
      const left = denseWeights(kernels, weights, mask), right = address(x);
      blas({ rows, cols, inner, left, right, out: target, scale, accumulate: accumulate === 1 });
      return;
    }
    const sparse = cols > 8 && isSparse(mask);
    const [kernel, partRows] = sparse
      ? [assembly.sparse_matmul, assembly.SPARSE_ROWS]
      : [assembly.masked_matmul, assembly.PART_ROWS];
    const right = (sparse ? packedBlocks : packedRight)(kernels, x, inner, cols);
    launch(kernel, Math.ceil(rows / partRows), {
      weights: address(weights),
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      rows,
      inner,
      right,
      columns: cols,
      out: target,
      scale,
      add: accumulate,
    });
  },
});
