import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/masked_matmul_transposed.wgsl" with { type: "text" };
import { blasFor, denseWeights } from "./blas_products.ts";
import { isSparse, packedBlocks, packedRight } from "./packed_products.ts";
import { productGrid, productShader, productTuning } from "./product.ts";
import { masked_matmul_transposed as assembly } from "./wasm/signatures.ts";

/**
 * The product of transposed masked weights with what flows backward: `out = scale · (weights ⊙ mask)ᵀ · x`, or that added
 * to what `out` holds when `accumulate` is 1. `weights` and `mask` are [m, k], `x` is [m, n], `out` is [k, n]. Row panels
 * of the weights are taken one after another, each adding its share of the sum.
 */
export const maskedMatmulTransposed = defineOp({
  name: "masked_matmul_transposed",
  shader: [
    shader,
    productShader({
      rows: "params.weights_cols",
      cols: "params.x_cols",
      sums: [{
        left: "weights_at",
        leftAlongTerms: false,
        right: "x_at",
        rightAlongTerms: false,
        count: "params.weights_rows",
      }],
    }),
  ],
  bindings: { weights: "f32", mask: "bits?", x: "f32", out: "f32 inout" },
  params: { scale: "f32", accumulate: "u32" },
  shapes: { weights: ["m", "k"], mask: ["m", "k"], x: ["m", "n"], out: ["k", "n"] },
  panelled: ["weights", "mask"],
  vec4: ["weights", "x", "out"],
  tuning: ({ weights, x }, _, info) =>
    productTuning([weights.cols, x.cols, weights.rows], weights.cols % 4 === 0 && x.cols % 4 === 0, info),
  workgroups: ({ weights, x }, _, tuning) => productGrid(weights.cols, x.cols, tuning),
  reference({ weights, mask, x, out }, { scale, accumulate, rowOffset, firstPanel }) {
    const rows = weights.rows, cols = x.cols, inner = weights.cols;
    const adds = accumulate === 1 || !firstPanel;
    const sums = new Float64Array(cols), column = new Float32Array(rows);
    for (let i = 0; i < inner; i++) {
      for (let l = 0; l < rows; l++) {
        const kept = !mask || (mask.data[l * mask.wordsPerRow + (i >>> 5)] >>> (i & 31)) & 1;
        column[l] = kept ? weights.data[l * inner + i] : 0;
      }
      sums.fill(0);
      let l = 0;
      // Four terms at a time: each sum is loaded and stored a quarter as often.
      for (; l + 4 <= rows; l += 4) {
        const w0 = column[l], w1 = column[l + 1], w2 = column[l + 2], w3 = column[l + 3];
        const x0 = (rowOffset + l) * cols, x1 = x0 + cols, x2 = x1 + cols, x3 = x2 + cols;
        for (let j = 0; j < cols; j++) {
          sums[j] += w0 * x.data[x0 + j] + w1 * x.data[x1 + j] + w2 * x.data[x2 + j] + w3 * x.data[x3 + j];
        }
      }
      for (; l < rows; l++) {
        for (let j = 0; j < cols; j++) sums[j] += column[l] * x.data[(rowOffset + l) * cols + j];
      }
      const start = i * cols;
      for (let j = 0; j < cols; j++) out.data[start + j] = scale * sums[j] + (adds ? out.data[start + j] : 0);
    }
  },
  accelerated({ weights, mask, x, out }, { scale, accumulate, rowOffset, firstPanel }, kernels) {
    const [rows, inner, cols] = [weights.cols, weights.rows, x.cols], { address, launch } = kernels;
    const accumulates = accumulate === 1 || !firstPanel;
    const blas = blasFor(kernels, [rows, cols, inner], mask);
    if (blas) {
      const left = denseWeights(kernels, weights, mask), right = address(x) + rowOffset * cols * 4;
      const [leftTransposed, target] = [true, address(out)];
      blas({ rows, cols, inner, left, leftTransposed, right, out: target, scale, accumulate: accumulates });
      return;
    }
    const sparse = cols > 8 && isSparse(mask);
    const [kernel, partRows] = sparse
      ? [assembly.sparse_matmul_transposed, assembly.SPARSE_ROWS]
      : [assembly.masked_matmul_transposed, assembly.PART_ROWS];
    const right = (sparse ? packedBlocks : packedRight)(kernels, x, inner, cols, rowOffset);
    launch(kernel, Math.ceil(rows / partRows), {
      weights: address(weights),
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      rows,
      inner,
      right,
      columns: cols,
      out: address(out),
      scale,
      add: Number(accumulates),
    });
  },
});
