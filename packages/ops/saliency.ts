import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/saliency.wgsl" with { type: "text" };
import { blasFor } from "./blas_products.ts";
import { isSparse, packedLeftBytes, packedRightBytes } from "./packed_products.ts";
import { productGrid, productShader, productTuning } from "./product.ts";
import { saliency as assembly, shared_tile as tile } from "./wasm/signatures.ts";

const KINDS = ["gradient", "snip", "grasp", "second", "size"] as const;

/** Those that do not read the weights. */
const WEIGHTLESS: readonly string[] = ["gradient", "size"];

/**
 * The gradient of a layer's weights, or scores made from it, without storing the gradient:
 * `g[i, j] = scale · (Σ_b a[i, b] x[j, b] + Σ_b a2[i, b] x2[j, b])` with `a`, `a2` [m, B] and `x`, `x2` [n, B].
 *
 * `kind` says what `out` [m, n] receives: `gradient` g itself, `snip` |w · g| (Lee, Ajanthan and Torr 2019), `grasp` w · g,
 * with g the Hessian-vector product (Wang, Zhang and Grosse 2020), `second` w² · g, with g of the diagonal of a matrix of second
 * order, `size` |g|. All but the first and the last read `weights`. Where `mask` is zero, `out`
 * gets the float whose bits are `pruned`: 0 for a gradient, {@linkcode NEGATIVE_INFINITY} for a score.
 */
export const saliency = defineOp({
  name: "saliency",
  shader: [
    shader,
    productShader({
      rows: "params.out_rows",
      cols: "params.out_cols",
      sums: ["", "2"].map((pair) => ({
        left: `a${pair}_at`,
        leftAlongTerms: true,
        right: `x${pair}_at`,
        rightAlongTerms: true,
        count: `params.a${pair}_cols`,
        when: `a${pair}`,
      })),
    }),
  ],
  bindings: {
    a: "f32",
    x: "f32",
    a2: "f32?",
    x2: "f32?",
    weights: "f32?",
    mask: "bits?",
    out: "f32 out",
  },
  params: { scale: "f32", pruned: "u32" },
  options: { kind: KINDS },
  shapes: {
    a: ["m", "b"],
    x: ["n", "b"],
    a2: ["m", "b2"],
    x2: ["n", "b2"],
    weights: ["m", "n"],
    mask: ["m", "n"],
    out: ["m", "n"],
  },
  rules: [
    {
      says: "weights where kind is snip, grasp or second",
      holds: ({ weights }, { kind }) => WEIGHTLESS.includes(kind) || !!weights,
    },
    { says: "both a2 and x2 or neither", holds: ({ a2, x2 }) => !a2 === !x2 },
  ],
  panelled: ["weights", "mask", "out"],
  vec4: ["a", "x", "a2", "x2", "weights", "out"],
  tuning: ({ a, a2, out }, _, info) =>
    productTuning(
      [out.rows, out.cols, a.cols + (a2?.cols ?? 0)],
      [a.cols, a2?.cols ?? 0, out.cols].every((cols) => cols % 4 === 0),
      info,
    ),
  workgroups: ({ out }, _, tuning) => productGrid(out.rows, out.cols, tuning),
  reference({ a, x, a2, x2, weights, mask, out }, { kind, scale, pruned, rowOffset }) {
    const masked = new Float32Array(Uint32Array.of(pruned).buffer)[0];
    for (let i = 0; i < out.rows; i++) {
      for (let j = 0; j < out.cols; j++) {
        const index = i * out.cols + j;
        if (mask && !((mask.data[i * mask.wordsPerRow + (j >>> 5)] >>> (j & 31)) & 1)) {
          out.data[index] = masked;
          continue;
        }
        let sum = dot(a.data, (rowOffset + i) * a.cols, x.data, j * x.cols, a.cols);
        if (a2 && x2) sum += dot(a2.data, (rowOffset + i) * a2.cols, x2.data, j * x2.cols, a2.cols);
        const gradient = scale * sum;
        if (kind === "size") out.data[index] = Math.abs(gradient);
        else if (kind === "gradient" || !weights) out.data[index] = gradient;
        else if (kind === "snip") out.data[index] = Math.abs(weights.data[index] * gradient);
        else if (kind === "grasp") out.data[index] = weights.data[index] * gradient;
        else out.data[index] = weights.data[index] ** 2 * gradient;
      }
    }
  },
  accelerated({ a, x, a2, x2, weights, mask, out }, { kind, scale, pruned, rowOffset }, kernels) {
    const { address, allocate, launch } = kernels;
    const { rows, cols } = out, inner = a.cols + (a2?.cols ?? 0);
    const scored = {
      weights: address(weights),
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      out: address(out),
      rows,
      columns: cols,
      pruned,
      kind: KINDS.indexOf(kind),
    };
    const blas = blasFor(kernels, [rows, cols, inner], mask);
    if (blas) {
      for (const [left, right] of [[a, x], [a2, x2]] as const) {
        if (!left || !right) continue;
        blas({
          ...{ rows, cols, inner: left.cols, scale, accumulate: left === a2 },
          left: address(left) + rowOffset * left.cols * 4,
          right: address(right),
          rightTransposed: true,
          out: address(out),
        });
      }
      // The product is the gradient, and without a mask that is all there is to do.
      if (scored.kind === 0 && !mask) return;
      launch(assembly.score_gradients, Math.ceil(rows / assembly.SCORED_ROWS), scored);
      return;
    }
    if (!a2 && a.cols % 4 === 0 && isSparse(mask)) {
      const factors = { a: address(a) + rowOffset * a.cols * 4, x: address(x), inner: a.cols };
      launch(assembly.sparse_saliency, Math.ceil(rows / assembly.SPARSE_ROWS), {
        ...factors,
        ...scored,
        scale,
      });
      return;
    }
    const left = allocate(packedLeftBytes(inner, rows)), right = allocate(packedRightBytes(inner, cols));
    const leftParts = Math.ceil(rows / (assembly.PACKED_BLOCKS * tile.TILE_ROWS));
    const rightParts = Math.ceil(cols / (assembly.PACKED_BLOCKS * tile.TILE_COLUMNS));
    for (const [pair, pair2, offset] of [[a, x, 0], [a2, x2, a.cols]] as const) {
      if (!pair || !pair2) continue;
      const terms = { inner: pair.cols, total: inner, offset };
      const source = address(pair) + rowOffset * pair.cols * 4, source2 = address(pair2);
      launch(assembly.pack_saliency_left, leftParts, { source, rows, target: left, ...terms });
      launch(assembly.pack_saliency_right, rightParts, {
        source: source2,
        rows: cols,
        target: right,
        ...terms,
      });
    }
    launch(assembly.saliency, Math.ceil(rows / assembly.PART_ROWS), { left, right, inner, ...scored, scale });
  },
});

/** The bits of −∞: what {@linkcode saliency} gives a weight that is gone already, below every score. */
export const NEGATIVE_INFINITY = 0xff800000;

/** Four partial sums, so that an addition need not wait for the last. */
function dot(a: Float32Array, aStart: number, x: Float32Array, xStart: number, length: number): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, b = 0;
  for (; b + 4 <= length; b += 4) {
    s0 += a[aStart + b] * x[xStart + b];
    s1 += a[aStart + b + 1] * x[xStart + b + 1];
    s2 += a[aStart + b + 2] * x[xStart + b + 2];
    s3 += a[aStart + b + 3] * x[xStart + b + 3];
  }
  for (; b < length; b++) s0 += a[aStart + b] * x[xStart + b];
  return s0 + s1 + (s2 + s3);
}
