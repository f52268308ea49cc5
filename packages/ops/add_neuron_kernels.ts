import { defineOp, type View } from "@graphon-limit/runtime";
import shader from "../../shaders/add_neuron_kernels.wgsl" with { type: "text" };
import { launchNeuronKernels } from "./launch_neuron_kernels.ts";
import { tiledProduct, tileGrid, tileTuning } from "./tiled_product.ts";

/**
 * Adds the parts that some neurons have in an empirical tangent kernel (docs/mathematics.md §4), each over the samples on which it is
 * active:
 *
 *     kernel[x, y] += scale · Σ_i Σ_c δ_i^c(x) δ_i^c(y) · Σ_e h_e(x) h_e(y)
 *
 * `h` [inputs, N] is what comes in, `delta` [neurons, classes · N] what flows back, class after class along a row. Neurons
 * come in `groups` of `each`, from `neuron` on: those of a group share their edges `e`. Group `k` has row `listRow + k` of the
 * lists `edges` (see {@linkcode keptColumns}) and `samples` (see {@linkcode activeSamples}), without them all inputs and all samples;
 * it adds to a kernel of its own, the k-th of those that lie one under another in `kernels`, so that groups need not wait for
 * one another. {@linkcode sumBlocks} makes one of them.
 *
 * With `h2`, `delta2` and `samples2`, y runs over those: a kernel between two sets of inputs. Without them the entries with
 * y before x are not touched (see {@linkcode mirrorUpper}). With `full`, a kernel is [classes · N, classes · N2], and the block of
 * classes c, c' gets `δ_i^c(x) δ_i^c'(y)`.
 */
export const addNeuronKernels = defineOp({
  name: "add_neuron_kernels",
  shader: [
    shader,
    tiledProduct({
      prepare: "own = group.z; let count = left_count_of(own); let count2 = right_count_of(own); " +
        "let edge_count = edge_count_of(group.z);",
      rows: "count",
      cols: "count2",
      sums: [{
        left: "left_quad",
        leftAlongTerms: false,
        placeLeft: "place_left",
        right: "right_quad",
        rightAlongTerms: false,
        placeRight: "place_right",
        count: "edge_count",
      }],
      skips: "skips",
    }),
  ],
  bindings: {
    h: "f32",
    delta: "f32",
    edges: "u32?",
    samples: "u32?",
    h2: "f32?",
    delta2: "f32?",
    samples2: "u32?",
    kernels: "f32 inout",
  },
  params: { scale: "f32", classes: "u32", neuron: "u32", each: "u32", groups: "u32", listRow: "u32" },
  options: { full: [false, true] },
  shapes: {
    h: ["inputs", "N"],
    delta: ["neurons", "columns"],
    edges: ["edgeRows", "edgeWidth"],
    samples: ["sampleRows", "sampleWidth"],
    h2: ["inputs", "N2"],
    delta2: ["neurons", "columns2"],
    samples2: ["sampleRows", "sampleWidth2"],
    kernels: ["rows", "cols"],
  },
  rules: [
    {
      says:
        "both of edges and samples or none, both of h2 and delta2 or none, samples2 where all of these are",
      holds: ({ edges, samples, h2, delta2, samples2 }) =>
        !edges === !samples && !h2 === !delta2 && (!!samples && !!h2) === !!samples2,
    },
    {
      says: "delta and delta2 of as many columns as h and h2 for each class",
      holds: ({ h, delta, h2, delta2 }, { classes }) =>
        delta.cols === classes * h.cols && delta2?.cols === (h2 && classes * h2.cols),
    },
    {
      says: "lists of one column more than what they list, and of rows from listRow on for all groups",
      holds: ({ h, edges, samples, h2, samples2 }, { listRow, groups }) =>
        (!edges || (edges.cols === h.rows + 1 && listRow + groups <= edges.rows)) &&
        (!samples || (samples.cols === h.cols + 1 && listRow + groups <= samples.rows)) &&
        (!samples2 || samples2.cols === (h2?.cols ?? 0) + 1),
    },
    {
      says: "neurons of delta from neuron on, each for all groups",
      holds: ({ delta }, { neuron, each, groups }) => neuron + each * groups <= delta.rows,
    },
    {
      says: "kernels of the columns of h by those of h2, times classes if full, one for each group or more",
      holds: ({ h, h2 = h, kernels }, { classes, groups, full }) => {
        const times = full ? classes : 1, rows = times * h.cols;
        const whole = rows === 0 ? kernels.rows === 0 : kernels.rows % rows === 0;
        return whole && kernels.rows >= groups * rows && kernels.cols === times * h2.cols;
      },
    },
  ],
  tuning({ h, samples, h2 = h }, { groups }, info) {
    // Of the samples listed about half are active: so many tiles have work, and above the diagonal alone half of those.
    const active = samples ? 2 : 1, rows = h.cols / active, cols = h2.cols / active;
    return { ...tileTuning([rows * groups, cols, h.rows], info), tiled: !info.software };
  },
  workgroups({ h, h2 = h }, { groups }, tuning) {
    if (tuning.tiled) return [...tileGrid(h.cols, h2.cols, tuning), groups];
    return [Math.ceil(h2.cols / 64), Math.ceil(h.cols / 8), groups];
  },
  reference(views, settings) {
    const { scale, classes, full } = settings, { h, h2, delta, delta2, kernels } = views;
    const rows = (full ? classes : 1) * h.cols * kernels.cols, symmetric = !h2;
    for (let group = 0; group < settings.groups; group++) {
      const edges = listed(views.edges, settings.listRow + group, h.rows);
      const left = listed(views.samples, settings.listRow + group, h.cols);
      const right = h2 ? listed(views.samples2, settings.listRow + group, h2.cols) : left;
      const panel = gather(h, edges, 0, left);
      const grams = products(panel, h2 ? gather(h2, edges, 0, right) : panel, edges.length, symmetric);
      const neurons = counted(settings.each, settings.neuron + group * settings.each);
      const deltas = range(classes).map((c) => gather(delta, neurons, c * h.cols, left));
      const deltas2 = delta2
        ? range(classes).map((c) => gather(delta2, neurons, c * h2!.cols, right))
        : deltas;
      const target = kernels.data.subarray(group * rows, (group + 1) * rows);
      for (let c = 0; c < classes; c++) {
        for (let c2 = full ? 0 : c; c2 < (full ? classes : c + 1); c2++) {
          const factors = products(deltas[c], deltas2[c2], neurons.length, symmetric);
          const columnOffset = full ? c2 * (h2 ?? h).cols : 0, rowOffset = full ? c * h.cols : 0;
          for (let a = 0; a < left.length; a++) {
            const start = (rowOffset + left[a]) * kernels.cols + columnOffset, from = a * right.length;
            for (let b = symmetric ? a : 0; b < right.length; b++) {
              target[start + right[b]] += scale * factors[from + b] * grams[from + b];
            }
          }
        }
      }
    }
  },
  accelerated: launchNeuronKernels,
});

/** What a row of a list has; without one, the first `all` numbers. */
function listed(list: View<Uint32Array> | undefined, row: number, all: number): Uint32Array {
  if (!list) return counted(all);
  const start = row * list.cols + 1;
  return list.data.subarray(start, start + list.data[start - 1]);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function counted(count: number, first = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => first + i);
}

/** Rows of `count` numbers. */
interface Panel {
  readonly data: Float32Array;
  readonly count: number;
}

/** Columns `offset + samples` of chosen rows of a matrix. */
function gather(
  { data, cols }: View<Float32Array>,
  rows: Uint32Array,
  offset: number,
  samples: Uint32Array,
): Panel {
  const panel = new Float32Array(rows.length * samples.length);
  for (let r = 0, at = 0; r < rows.length; r++) {
    const start = rows[r] * cols + offset;
    for (let s = 0; s < samples.length; s++) panel[at++] = data[start + samples[s]];
  }
  return { data: panel, count: samples.length };
}

/** `leftᵀ right` over `inner` rows; where the two are one, no more than the tiles that touch the upper half. */
function products(leftPanel: Panel, rightPanel: Panel, inner: number, symmetric: boolean): Float64Array {
  const { data: left, count: rows } = leftPanel, { data: right, count: cols } = rightPanel;
  const out = new Float64Array(rows * cols);
  // Two by four sums at a time stay in registers.
  for (let a = 0; a < rows; a += 2) {
    const lastA = Math.min(a + 1, rows - 1);
    for (let b = symmetric ? a & ~3 : 0; b < cols; b += 4) {
      if (b + 4 > cols) {
        for (let column = b; column < cols; column++) {
          let sum = 0, sum2 = 0;
          for (let e = 0; e < inner; e++) {
            sum += left[e * rows + a] * right[e * cols + column];
            sum2 += left[e * rows + lastA] * right[e * cols + column];
          }
          out[a * cols + column] = sum;
          out[lastA * cols + column] = sum2;
        }
        break;
      }
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
      for (let e = 0, l = a, m = lastA, r = b; e < inner; e++, l += rows, m += rows, r += cols) {
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
