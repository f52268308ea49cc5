import { defineOp, type View } from "@graphon-limit/runtime";
import shader from "../../shaders/add_neuron_kernel.wgsl" with { type: "text" };
import { packedLeftBytes, packedRightBytes } from "./packed_products.ts";
import { isSamplePanel } from "./sample_panel.ts";
import { tiledProduct, tileGrid, tileTuning } from "./tiled_product.ts";
import { add_neuron_kernel as assembly, shared_tile as tile } from "./wasm/signatures.ts";

/**
 * Adds a neuron's part of an empirical tangent kernel (docs/mathematics.md §4), over the samples on which it is active:
 *
 *     kernel[x, y] += scale · Σ_i Σ_c δ_i^c(x) δ_i^c(y) · Σ_e h_e(x) h_e(y)
 *
 * `panel` holds what comes in along the edges `e`, its first `edgeCount` rows, at the samples on which the neuron is active, in
 * the order of `samples` (see {@linkcode gatherPanel}). `delta` [neurons, classes · N] is what flows back to the layer, class
 * after class along a row; `i` runs over `neuronCount` neurons from `neuron` on, which must share those edges: one, or all of a
 * layer without a mask. The samples are the entries of `samples` from `sampleStart` on, in rising order.
 *
 * With `panel2`, `delta2` and `samples2`, y runs over those: a kernel between two sets of inputs. Without them the entries
 * with y before x are not touched (see {@linkcode mirrorUpper}); `sample2Start` and `sample2Count` repeat the left ones.
 * With `full`, kernel is [classes · N, classes · N2], and the block of classes c, c' gets `δ_i^c(x) δ_i^c'(y)`.
 */
export const addNeuronKernel = defineOp({
  name: "add_neuron_kernel",
  shader: [
    shader,
    tiledProduct({
      rows: "params.sample_count",
      cols: "params.sample2_count",
      sums: [{
        left: "left_quad",
        leftAlongTerms: false,
        right: "right_quad",
        rightAlongTerms: false,
        count: "params.edge_count",
      }],
      skips: "skips",
    }),
  ],
  bindings: {
    panel: "f32",
    delta: "f32",
    samples: "u32",
    panel2: "f32?",
    delta2: "f32?",
    samples2: "u32?",
    kernel: "f32 inout",
  },
  params: {
    scale: "f32",
    classes: "u32",
    neuron: "u32",
    neuronCount: "u32",
    edgeCount: "u32",
    sampleStart: "u32",
    sampleCount: "u32",
    sample2Start: "u32",
    sample2Count: "u32",
  },
  options: { full: [false, true] },
  shapes: {
    panel: ["edges", "pitch"],
    delta: ["neurons", "columns"],
    samples: [1, "listed"],
    panel2: ["edges2", "pitch2"],
    delta2: ["neurons", "columns2"],
    samples2: [1, "listed2"],
    kernel: ["rows", "cols"],
  },
  rules: [
    {
      says: "all of panel2, delta2 and samples2 or none",
      holds: ({ panel2, delta2, samples2 }) => !panel2 === !delta2 && !panel2 === !samples2,
    },
    {
      says: "the same samples on both sides where there is no panel2",
      holds: ({ panel2 }, { sampleStart, sampleCount, sample2Start, sample2Count }) =>
        !!panel2 || (sampleStart === sample2Start && sampleCount === sample2Count),
    },
    {
      says: "panels of edgeCount rows or more and a multiple of 8 columns, their samples or more",
      holds: ({ panel, panel2 }, { edgeCount, sampleCount, sample2Count }) =>
        isSamplePanel(panel, edgeCount, sampleCount) &&
        isSamplePanel(panel2 ?? panel, edgeCount, sample2Count),
    },
    {
      says: "samples and samples2 from their starts on, as many as are counted",
      holds: ({ samples, samples2 = samples }, { sampleStart, sampleCount, sample2Start, sample2Count }) =>
        sampleStart + sampleCount <= samples.cols && sample2Start + sample2Count <= samples2.cols,
    },
    {
      says: "neurons of delta from neuron on, neuronCount of them",
      holds: ({ delta }, { neuron, neuronCount }) => neuron + neuronCount <= delta.rows,
    },
    {
      says: "a kernel of the columns of delta by those of delta2, each divided by classes unless full",
      holds: ({ delta, delta2 = delta, kernel }, { classes, full }) => {
        const divisor = full ? 1 : classes;
        return kernel.rows * divisor === delta.cols && kernel.cols * divisor === delta2.cols;
      },
    },
  ],
  vec4: ["panel", "panel2"],
  tuning: (_, { sampleCount, sample2Count, edgeCount }, info) => ({
    ...tileTuning([sampleCount, sample2Count, edgeCount], info),
    tiled: !info.software,
    vec4: true,
  }),
  workgroups: (_, { sampleCount, sample2Count }, tuning) => {
    if (tuning.tiled) return tileGrid(sampleCount, sample2Count, tuning);
    return [Math.ceil(sample2Count / 64), Math.ceil(sampleCount / 8)];
  },
  reference({ panel, delta, samples, panel2, delta2, samples2, kernel }, settings) {
    const { scale, classes, neuron, neuronCount, edgeCount, full } = settings;
    const symmetric = !panel2;
    const left = samples.data.subarray(settings.sampleStart, settings.sampleStart + settings.sampleCount);
    const right = samples2
      ? samples2.data.subarray(settings.sample2Start, settings.sample2Start + settings.sample2Count)
      : left;
    const size = delta.cols / classes, size2 = (delta2 ?? delta).cols / classes;
    const grams = products(
      { data: panel.data, pitch: panel.cols, count: left.length },
      { data: (panel2 ?? panel).data, pitch: (panel2 ?? panel).cols, count: right.length },
      edgeCount,
      symmetric,
    );

    const neurons = Uint32Array.from({ length: neuronCount }, (_, i) => neuron + i);
    const deltas = Array.from(
      { length: classes },
      (_, c) => gather(delta.data, neurons, delta.cols, c * size, left),
    );
    const deltas2 = delta2
      ? Array.from({ length: classes }, (_, c) => gather(delta2.data, neurons, delta2.cols, c * size2, right))
      : deltas;
    for (let c = 0; c < classes; c++) {
      for (let c2 = full ? 0 : c; c2 < (full ? classes : c + 1); c2++) {
        const factors = products(deltas[c], deltas2[c2], neuronCount, symmetric);
        const columnOffset = full ? c2 * size2 : 0, rowOffset = full ? c * size : 0;
        for (let a = 0; a < left.length; a++) {
          const start = (rowOffset + left[a]) * kernel.cols + columnOffset, from = a * right.length;
          for (let b = symmetric ? a : 0; b < right.length; b++) {
            kernel.data[start + right[b]] += scale * factors[from + b] * grams[from + b];
          }
        }
      }
    }
  },
  accelerated({ panel, delta, samples, panel2, delta2, samples2, kernel }, settings, kernels) {
    const { scale, classes, neuron, neuronCount, edgeCount, full } = settings;
    const { address, allocate, launch } = kernels, symmetric = !panel2;
    const rows = settings.sampleCount, cols = settings.sample2Count;
    if (rows === 0 || cols === 0) return;
    const left = allocate(packedLeftBytes(edgeCount, rows)),
      right = allocate(packedRightBytes(edgeCount, cols));
    const deltas = allocate(classes * packedLeftBytes(neuronCount, rows));
    const deltas2 = allocate(classes * packedRightBytes(neuronCount, cols));
    const chosen = address(samples) + 4 * settings.sampleStart;
    const chosen2 = address(samples2 ?? samples) + 4 * settings.sample2Start;

    const pack = (from: View, columns: number, targets: { left: number; right: number }) => {
      const source = { source: address(from), pitch: from.cols, inner: edgeCount, columns };
      launch(assembly.pack_panel, Math.ceil(edgeCount / assembly.PACKED_ROWS), { ...source, ...targets });
    };
    pack(panel, rows, { left, right: symmetric ? right : 0 });
    if (panel2) pack(panel2, cols, { left: 0, right });

    const packDeltas = (
      from: View,
      side: { samples: number; count: number; width: number; target: number },
    ) => {
      const source = { delta: address(from), pitch: from.cols, neuron, neuronCount, classes };
      launch(assembly.pack_deltas, Math.ceil(neuronCount / assembly.PACKED_ROWS), { ...source, ...side });
    };
    packDeltas(delta, { samples: chosen, count: rows, width: tile.TILE_ROWS, target: deltas });
    packDeltas(delta2 ?? delta, { samples: chosen2, count: cols, width: tile.TILE_COLUMNS, target: deltas2 });

    launch(assembly.add_neuron_kernel, Math.ceil(rows / assembly.PART_ROWS), {
      ...{ left, right, edgeCount, deltas, deltas2, neuronCount, classes },
      ...{ samples: chosen, count: rows, samples2: chosen2, count2: cols },
      kernel: address(kernel),
      pitch: kernel.cols,
      size: delta.cols / classes,
      size2: (delta2 ?? delta).cols / classes,
      ...{ scale, symmetric: Number(symmetric), full: Number(full) },
    });
  },
});

/** Rows of `count` numbers, `pitch` apart. */
interface Panel {
  readonly data: Float32Array;
  readonly pitch: number;
  readonly count: number;
}

/** Columns `offset + samples` of chosen rows of a matrix. */
function gather(
  data: Float32Array,
  rows: Uint32Array,
  cols: number,
  offset: number,
  samples: Uint32Array,
): Panel {
  const panel = new Float32Array(rows.length * samples.length);
  for (let r = 0, at = 0; r < rows.length; r++) {
    const start = rows[r] * cols + offset;
    for (let s = 0; s < samples.length; s++) panel[at++] = data[start + samples[s]];
  }
  return { data: panel, pitch: samples.length, count: samples.length };
}

/** `leftᵀ right` over `inner` rows; where the two are one, no more than the tiles that touch the upper half. */
function products(leftPanel: Panel, rightPanel: Panel, inner: number, symmetric: boolean): Float64Array {
  const { data: left, pitch, count: rows } = leftPanel,
    { data: right, pitch: pitch2, count: cols } = rightPanel;
  const out = new Float64Array(rows * cols);
  // Two by four sums at a time stay in registers.
  for (let a = 0; a < rows; a += 2) {
    const lastA = Math.min(a + 1, rows - 1);
    for (let b = symmetric ? a & ~3 : 0; b < cols; b += 4) {
      if (b + 4 > cols) {
        for (let column = b; column < cols; column++) {
          let sum = 0, sum2 = 0;
          for (let e = 0; e < inner; e++) {
            sum += left[e * pitch + a] * right[e * pitch2 + column];
            sum2 += left[e * pitch + lastA] * right[e * pitch2 + column];
          }
          out[a * cols + column] = sum;
          out[lastA * cols + column] = sum2;
        }
        break;
      }
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
      for (let e = 0, l = a, m = lastA, r = b; e < inner; e++, l += pitch, m += pitch, r += pitch2) {
        const x = left[l], y = left[m];
        const r0 = right[r], r1 = right[r + 1], r2 = right[r + 2], r3 = right[r + 3];
        s0 += x * r0;
        s1 += x * r1;
        s2 += x * r2;
        s3 += x * r3;
        t0 += y * r0;
        t1 += y * r1;
        t2 += y * r2;
        t3 += y * r3;
      }
      const first = a * cols + b, second = lastA * cols + b;
      out[first] = s0;
      out[first + 1] = s1;
      out[first + 2] = s2;
      out[first + 3] = s3;
      out[second] = t0;
      out[second + 1] = t1;
      out[second + 2] = t2;
      out[second + 3] = t3;
    }
  }
  return out;
}
