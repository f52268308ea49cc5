// Made by `deno task build:wasm` from wasm/assembly/; a test compares.

import { defineKernels, type KernelValues } from "@graphon-limit/runtime";
import { PLAIN_KERNELS, RELAXED_KERNELS } from "./binary.ts";

const kernels = defineKernels([RELAXED_KERNELS, PLAIN_KERNELS], {
  abs_matvec: (
    v: KernelValues<"weights" | "mask" | "maskPitch" | "rows" | "columns" | "r" | "y">,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.columns, v.r, v.y],
  abs_matvec_transposed: (
    v: KernelValues<"weights" | "mask" | "maskPitch" | "rows" | "columns" | "c" | "divisor" | "y" | "add">,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.columns, v.c, v.divisor, v.y, v.add],
  relu: (v: KernelValues<"z" | "out" | "count">) => [v.z, v.out, v.count],
  relu_derivative: (v: KernelValues<"z" | "g" | "out" | "count">) => [v.z, v.g, v.out, v.count],
  smooth_activation: (
    v: KernelValues<"z" | "g" | "dz" | "dg" | "out" | "count" | "kind" | "mode">,
  ) => [v.z, v.g, v.dz, v.dg, v.out, v.count, v.kind, v.mode],
  active_samples: (
    v: KernelValues<"delta" | "classes" | "samples" | "rows" | "list">,
  ) => [v.delta, v.classes, v.samples, v.rows, v.list],
  adam_step: (
    v: KernelValues<
      | "weights"
      | "gradient"
      | "mean"
      | "square"
      | "mask"
      | "rows"
      | "cols"
      | "meanRate"
      | "squareRate"
      | "stepSize"
      | "rootCorrection"
      | "epsilon"
    >,
  ) => [
    v.weights,
    v.gradient,
    v.mean,
    v.square,
    v.mask,
    v.rows,
    v.cols,
    v.meanRate,
    v.squareRate,
    v.stepSize,
    v.rootCorrection,
    v.epsilon,
  ],
  pack_panel: (
    v: KernelValues<"h" | "pitch" | "edges" | "edgeCount" | "samples" | "count" | "left" | "right">,
  ) => [v.h, v.pitch, v.edges, v.edgeCount, v.samples, v.count, v.left, v.right],
  gather_panel: (
    v: KernelValues<"h" | "pitch" | "edges" | "edgeCount" | "samples" | "count" | "panel">,
  ) => [v.h, v.pitch, v.edges, v.edgeCount, v.samples, v.count, v.panel],
  pack_deltas: (
    v: KernelValues<
      | "delta"
      | "pitch"
      | "neuron"
      | "neuronCount"
      | "classes"
      | "samples"
      | "count"
      | "width"
      | "target"
    >,
  ) => [v.delta, v.pitch, v.neuron, v.neuronCount, v.classes, v.samples, v.count, v.width, v.target],
  add_neuron_kernels: (
    v: KernelValues<
      | "left"
      | "right"
      | "products"
      | "edgeCount"
      | "deltas"
      | "deltas2"
      | "neuronCount"
      | "classes"
      | "samples"
      | "count"
      | "samples2"
      | "count2"
      | "kernel"
      | "pitch"
      | "size"
      | "size2"
      | "scale"
      | "symmetric"
      | "full"
    >,
  ) => [
    v.left,
    v.right,
    v.products,
    v.edgeCount,
    v.deltas,
    v.deltas2,
    v.neuronCount,
    v.classes,
    v.samples,
    v.count,
    v.samples2,
    v.count2,
    v.kernel,
    v.pitch,
    v.size,
    v.size2,
    v.scale,
    v.symmetric,
    v.full,
  ],
  add_scaled: (v: KernelValues<"x" | "y" | "scale" | "count">) => [v.x, v.y, v.scale, v.count],
  bit_matmul: (
    v: KernelValues<"mask" | "rows" | "words" | "x" | "width" | "out">,
  ) => [v.mask, v.rows, v.words, v.x, v.width, v.out],
  bit_row_products: (
    v: KernelValues<"left" | "leftRows" | "right" | "rightRows" | "words" | "counts">,
  ) => [v.left, v.leftRows, v.right, v.rightRows, v.words, v.counts],
  column_degree: (
    v: KernelValues<"mask" | "rows" | "words" | "columns" | "degree">,
  ) => [v.mask, v.rows, v.words, v.columns, v.degree],
  see_partners: (
    v: KernelValues<
      | "rows"
      | "count"
      | "width"
      | "partners"
      | "magnitudes"
      | "seen"
      | "copies"
      | "fields"
      | "roundBytes"
      | "answered"
      | "less"
    >,
  ) => [
    v.rows,
    v.count,
    v.width,
    v.partners,
    v.magnitudes,
    v.seen,
    v.copies,
    v.fields,
    v.roundBytes,
    v.answered,
    v.less,
  ],
  sum_edges: (
    v: KernelValues<
      | "rows"
      | "count"
      | "width"
      | "partners"
      | "magnitudes"
      | "first"
      | "copies"
      | "fields"
      | "roundBytes"
      | "rounds"
      | "kind"
      | "answered"
      | "less"
      | "means"
      | "slopes"
      | "sums"
    >,
  ) => [
    v.rows,
    v.count,
    v.width,
    v.partners,
    v.magnitudes,
    v.first,
    v.copies,
    v.fields,
    v.roundBytes,
    v.rounds,
    v.kind,
    v.answered,
    v.less,
    v.means,
    v.slopes,
    v.sums,
  ],
  remove_edges: (
    v: KernelValues<
      | "rows"
      | "count"
      | "width"
      | "kinds"
      | "left"
      | "partners"
      | "magnitudes"
      | "first"
      | "edges"
      | "rounds"
      | "copies"
      | "fields"
      | "roundBytes"
      | "answered"
      | "less"
      | "values"
      | "threshold"
      | "round"
    >,
  ) => [
    v.rows,
    v.count,
    v.width,
    v.kinds,
    v.left,
    v.partners,
    v.magnitudes,
    v.first,
    v.edges,
    v.rounds,
    v.copies,
    v.fields,
    v.roundBytes,
    v.answered,
    v.less,
    v.values,
    v.threshold,
    v.round,
  ],
  density_histogram: (
    v: KernelValues<"mask" | "rows" | "words" | "rowCell" | "columnCell" | "counts" | "cells">,
  ) => [v.mask, v.rows, v.words, v.rowCell, v.columnCell, v.counts, v.cells],
  form_rows: (
    v: KernelValues<"matrix" | "pitch" | "size" | "factors" | "strips">,
  ) => [v.matrix, v.pitch, v.size, v.factors, v.strips],
  turn_rows: (v: KernelValues<"size" | "strips" | "turns" | "end">) => [v.size, v.strips, v.turns, v.end],
  fold_windows: (
    v: KernelValues<
      | "x"
      | "out"
      | "samples"
      | "height"
      | "width"
      | "outHeight"
      | "outWidth"
      | "kernelHeight"
      | "kernelWidth"
      | "strideDown"
      | "strideAcross"
      | "paddingTop"
      | "paddingLeft"
    >,
  ) => [
    v.x,
    v.out,
    v.samples,
    v.height,
    v.width,
    v.outHeight,
    v.outWidth,
    v.kernelHeight,
    v.kernelWidth,
    v.strideDown,
    v.strideAcross,
    v.paddingTop,
    v.paddingLeft,
  ],
  gradient_panel: (
    v: KernelValues<
      | "h"
      | "hColumns"
      | "delta"
      | "deltaColumns"
      | "outputs"
      | "inputs"
      | "count"
      | "positions"
      | "sampleStart"
      | "sampleCount"
      | "panel"
      | "pitch"
    >,
  ) => [
    v.h,
    v.hColumns,
    v.delta,
    v.deltaColumns,
    v.outputs,
    v.inputs,
    v.count,
    v.positions,
    v.sampleStart,
    v.sampleCount,
    v.panel,
    v.pitch,
  ],
  head_mix: (
    v: KernelValues<
      | "weights"
      | "weightColumns"
      | "x"
      | "xColumns"
      | "out"
      | "columns"
      | "channels"
      | "tokens"
      | "scale"
      | "add"
    >,
  ) => [v.weights, v.weightColumns, v.x, v.xColumns, v.out, v.columns, v.channels, v.tokens, v.scale, v.add],
  head_mix_transposed: (
    v: KernelValues<
      | "weights"
      | "weightColumns"
      | "x"
      | "xColumns"
      | "out"
      | "columns"
      | "channels"
      | "tokens"
      | "scale"
      | "add"
    >,
  ) => [v.weights, v.weightColumns, v.x, v.xColumns, v.out, v.columns, v.channels, v.tokens, v.scale, v.add],
  head_scores: (
    v: KernelValues<
      | "left"
      | "leftColumns"
      | "right"
      | "rightColumns"
      | "out"
      | "columns"
      | "channels"
      | "tokens"
      | "scale"
      | "add"
    >,
  ) => [
    v.left,
    v.leftColumns,
    v.right,
    v.rightColumns,
    v.out,
    v.columns,
    v.channels,
    v.tokens,
    v.scale,
    v.add,
  ],
  initialise_weights: (
    v: KernelValues<
      | "fanIn"
      | "weights"
      | "rows"
      | "columns"
      | "firstRow"
      | "seedLow"
      | "seedHigh"
      | "layer"
      | "scale"
      | "uniform"
    >,
  ) => [
    v.fanIn,
    v.weights,
    v.rows,
    v.columns,
    v.firstRow,
    v.seedLow,
    v.seedHigh,
    v.layer,
    v.scale,
    v.uniform,
  ],
  keep_conditional: (
    v: KernelValues<
      | "scale"
      | "mean"
      | "own"
      | "other"
      | "out"
      | "rows"
      | "columns"
      | "threshold"
      | "moment"
      | "power"
      | "signed"
    >,
  ) => [v.scale, v.mean, v.own, v.other, v.out, v.rows, v.columns, v.threshold, v.moment, v.power, v.signed],
  keep_probability: (
    v: KernelValues<"scale" | "out" | "count" | "level" | "moment" | "uniform" | "base" | "factor" | "zero">,
  ) => [v.scale, v.out, v.count, v.level, v.moment, v.uniform, v.base, v.factor, v.zero],
  keep_ties: (
    v: KernelValues<
      | "ties"
      | "tieWords"
      | "start"
      | "words"
      | "mask"
      | "bound"
      | "stretch"
      | "seedLow"
      | "seedHigh"
      | "offset"
    >,
  ) => [v.ties, v.tieWords, v.start, v.words, v.mask, v.bound, v.stretch, v.seedLow, v.seedHigh, v.offset],
  kept_columns: (
    v: KernelValues<"mask" | "words" | "rows" | "list" | "pitch">,
  ) => [v.mask, v.words, v.rows, v.list, v.pitch],
  least_outer: (
    v: KernelValues<"x" | "left" | "right" | "out" | "rows" | "cols">,
  ) => [v.x, v.left, v.right, v.out, v.rows, v.cols],
  log_complement: (v: KernelValues<"x" | "count" | "none">) => [v.x, v.count, v.none],
  mask_from_threshold: (
    v: KernelValues<
      | "scores"
      | "previous"
      | "state"
      | "mask"
      | "ties"
      | "tieWords"
      | "start"
      | "rows"
      | "columns"
    >,
  ) => [v.scores, v.previous, v.state, v.mask, v.ties, v.tieWords, v.start, v.rows, v.columns],
  mask_weights: (
    v: KernelValues<"weights" | "mask" | "maskPitch" | "out" | "rows" | "columns">,
  ) => [v.weights, v.mask, v.maskPitch, v.out, v.rows, v.columns],
  masked_matmul: (
    v: KernelValues<
      | "weights"
      | "mask"
      | "maskPitch"
      | "rows"
      | "inner"
      | "right"
      | "columns"
      | "out"
      | "scale"
      | "add"
    >,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.inner, v.right, v.columns, v.out, v.scale, v.add],
  sparse_matmul: (
    v: KernelValues<
      | "weights"
      | "mask"
      | "maskPitch"
      | "rows"
      | "inner"
      | "right"
      | "columns"
      | "out"
      | "scale"
      | "add"
    >,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.inner, v.right, v.columns, v.out, v.scale, v.add],
  masked_matmul_transposed: (
    v: KernelValues<
      | "weights"
      | "mask"
      | "maskPitch"
      | "rows"
      | "inner"
      | "right"
      | "columns"
      | "out"
      | "scale"
      | "add"
    >,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.inner, v.right, v.columns, v.out, v.scale, v.add],
  sparse_matmul_transposed: (
    v: KernelValues<
      | "weights"
      | "mask"
      | "maskPitch"
      | "rows"
      | "inner"
      | "right"
      | "columns"
      | "out"
      | "scale"
      | "add"
    >,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.inner, v.right, v.columns, v.out, v.scale, v.add],
  max_row_difference: (
    v: KernelValues<"counts" | "references" | "items" | "reference" | "firstItem" | "distances" | "rows">,
  ) => [v.counts, v.references, v.items, v.reference, v.firstItem, v.distances, v.rows],
  multiply_elements: (v: KernelValues<"x" | "y" | "out" | "count">) => [v.x, v.y, v.out, v.count],
  pack_right: (
    v: KernelValues<"source" | "pitch" | "inner" | "columns" | "target">,
  ) => [v.source, v.pitch, v.inner, v.columns, v.target],
  pack_blocks: (
    v: KernelValues<"source" | "inner" | "columns" | "target">,
  ) => [v.source, v.inner, v.columns, v.target],
  random_scores: (
    v: KernelValues<
      | "mask"
      | "maskPitch"
      | "scores"
      | "rows"
      | "columns"
      | "firstRow"
      | "seedLow"
      | "seedHigh"
      | "layer"
      | "pruned"
    >,
  ) => [
    v.mask,
    v.maskPitch,
    v.scores,
    v.rows,
    v.columns,
    v.firstRow,
    v.seedLow,
    v.seedHigh,
    v.layer,
    v.pruned,
  ],
  row_degree: (v: KernelValues<"mask" | "rows" | "words" | "degree">) => [v.mask, v.rows, v.words, v.degree],
  pack_saliency_left: (
    v: KernelValues<"source" | "rows" | "inner" | "target" | "total" | "offset">,
  ) => [v.source, v.rows, v.inner, v.target, v.total, v.offset],
  pack_saliency_right: (
    v: KernelValues<"source" | "rows" | "inner" | "target" | "total" | "offset">,
  ) => [v.source, v.rows, v.inner, v.target, v.total, v.offset],
  saliency: (
    v: KernelValues<
      | "left"
      | "right"
      | "inner"
      | "weights"
      | "mask"
      | "maskPitch"
      | "out"
      | "rows"
      | "columns"
      | "scale"
      | "pruned"
      | "kind"
    >,
  ) => [
    v.left,
    v.right,
    v.inner,
    v.weights,
    v.mask,
    v.maskPitch,
    v.out,
    v.rows,
    v.columns,
    v.scale,
    v.pruned,
    v.kind,
  ],
  sparse_saliency: (
    v: KernelValues<
      | "a"
      | "x"
      | "inner"
      | "weights"
      | "mask"
      | "maskPitch"
      | "out"
      | "rows"
      | "columns"
      | "scale"
      | "pruned"
      | "kind"
    >,
  ) => [
    v.a,
    v.x,
    v.inner,
    v.weights,
    v.mask,
    v.maskPitch,
    v.out,
    v.rows,
    v.columns,
    v.scale,
    v.pruned,
    v.kind,
  ],
  score_gradients: (
    v: KernelValues<"weights" | "mask" | "maskPitch" | "out" | "rows" | "columns" | "pruned" | "kind">,
  ) => [v.weights, v.mask, v.maskPitch, v.out, v.rows, v.columns, v.pruned, v.kind],
  select_histogram: (
    v: KernelValues<"scores" | "total" | "state" | "histogram" | "shift" | "digitBits">,
  ) => [v.scores, v.total, v.state, v.histogram, v.shift, v.digitBits],
  sgd_step: (
    v: KernelValues<
      | "weights"
      | "gradient"
      | "velocity"
      | "mask"
      | "rows"
      | "cols"
      | "learningRate"
      | "momentum"
    >,
  ) => [v.weights, v.gradient, v.velocity, v.mask, v.rows, v.cols, v.learningRate, v.momentum],
  softmax_blocks: (
    v: KernelValues<"x" | "g" | "dx" | "dg" | "out" | "size" | "columns" | "mode">,
  ) => [v.x, v.g, v.dx, v.dg, v.out, v.size, v.columns, v.mode],
  spread_windows: (
    v: KernelValues<
      | "x"
      | "out"
      | "samples"
      | "height"
      | "width"
      | "outHeight"
      | "outWidth"
      | "kernelHeight"
      | "kernelWidth"
      | "strideDown"
      | "strideAcross"
      | "paddingTop"
      | "paddingLeft"
      | "scale"
    >,
  ) => [
    v.x,
    v.out,
    v.samples,
    v.height,
    v.width,
    v.outHeight,
    v.outWidth,
    v.kernelHeight,
    v.kernelWidth,
    v.strideDown,
    v.strideAcross,
    v.paddingTop,
    v.paddingLeft,
    v.scale,
  ],
  standardise: (
    v: KernelValues<"x" | "g" | "dx" | "dg" | "out" | "rows" | "columns" | "epsilon" | "mode">,
  ) => [v.x, v.g, v.dx, v.dg, v.out, v.rows, v.columns, v.epsilon, v.mode],
  sum_windows: (
    v: KernelValues<
      | "x"
      | "out"
      | "samples"
      | "height"
      | "width"
      | "outHeight"
      | "outWidth"
      | "kernelHeight"
      | "kernelWidth"
      | "strideDown"
      | "strideAcross"
      | "paddingTop"
      | "paddingLeft"
      | "scale"
    >,
  ) => [
    v.x,
    v.out,
    v.samples,
    v.height,
    v.width,
    v.outHeight,
    v.outWidth,
    v.kernelHeight,
    v.kernelWidth,
    v.strideDown,
    v.strideAcross,
    v.paddingTop,
    v.paddingLeft,
    v.scale,
  ],
  raise_bounds: (
    v: KernelValues<
      | "rows"
      | "count"
      | "vectors"
      | "bounds"
      | "rounds"
      | "pull"
      | "roots"
      | "kicked"
      | "threshold"
      | "round"
      | "uniform"
      | "none"
      | "steps"
    >,
  ) => [
    v.rows,
    v.count,
    v.vectors,
    v.bounds,
    v.rounds,
    v.pull,
    v.roots,
    v.kicked,
    v.threshold,
    v.round,
    v.uniform,
    v.none,
    v.steps,
  ],
  pull_of_rows: (
    v: KernelValues<"rows" | "count" | "pull" | "rounds" | "partners" | "out" | "stride">,
  ) => [v.rows, v.count, v.pull, v.rounds, v.partners, v.out, v.stride],
  pull_of_columns: (
    v: KernelValues<"columns" | "count" | "pull" | "rounds" | "partners" | "out" | "stride">,
  ) => [v.columns, v.count, v.pull, v.rounds, v.partners, v.out, v.stride],
  synflow_scores: (
    v: KernelValues<
      | "weights"
      | "mask"
      | "maskPitch"
      | "rows"
      | "columns"
      | "c"
      | "r"
      | "divisor"
      | "scores"
    >,
  ) => [v.weights, v.mask, v.maskPitch, v.rows, v.columns, v.c, v.r, v.divisor, v.scores],
  tie_histogram: (
    v: KernelValues<
      | "ties"
      | "words"
      | "counts"
      | "seedLow"
      | "seedHigh"
      | "offset"
      | "found"
      | "shift"
      | "digitBits"
    >,
  ) => [v.ties, v.words, v.counts, v.seedLow, v.seedHigh, v.offset, v.found, v.shift, v.digitBits],
  reflect_row: (
    v: KernelValues<"matrix" | "pitch" | "top" | "m" | "w" | "diagonal" | "below" | "factors">,
  ) => [v.matrix, v.pitch, v.top, v.m, v.w, v.diagonal, v.below, v.factors],
  multiply_triangle: (
    v: KernelValues<"matrix" | "pitch" | "top" | "m" | "parts" | "partials" | "w" | "products" | "room">,
  ) => [v.matrix, v.pitch, v.top, v.m, v.parts, v.partials, v.w, v.products, v.room],
  finish_reflection: (
    v: KernelValues<
      | "matrix"
      | "pitch"
      | "top"
      | "m"
      | "parts"
      | "partials"
      | "w"
      | "products"
      | "factors"
      | "packed"
      | "room"
    >,
  ) => [v.matrix, v.pitch, v.top, v.m, v.parts, v.partials, v.w, v.products, v.factors, v.packed, v.room],
  subtract_panel: (
    v: KernelValues<"matrix" | "pitch" | "rows" | "parts" | "packed" | "room" | "count">,
  ) => [v.matrix, v.pitch, v.rows, v.parts, v.packed, v.room, v.count],
  unfold_windows: (
    v: KernelValues<
      | "x"
      | "out"
      | "samples"
      | "height"
      | "width"
      | "outHeight"
      | "outWidth"
      | "kernelHeight"
      | "kernelWidth"
      | "strideDown"
      | "strideAcross"
      | "paddingTop"
      | "paddingLeft"
    >,
  ) => [
    v.x,
    v.out,
    v.samples,
    v.height,
    v.width,
    v.outHeight,
    v.outWidth,
    v.kernelHeight,
    v.kernelWidth,
    v.strideDown,
    v.strideAcross,
    v.paddingTop,
    v.paddingLeft,
  ],
});

/** `wasm/assembly/abs_matvec.ts`. */
export const abs_matvec = {
  /** Rows that a part takes. */
  PART_ROWS: 32,
  /** `y = (|W| ⊙ M) r` for some rows; `mask` is 0 where every weight is kept. */
  abs_matvec: kernels.abs_matvec,
} as const;

/** `wasm/assembly/abs_matvec_transposed.ts`. */
export const abs_matvec_transposed = {
  /** Columns that a part takes: a multiple of 32. */
  PART_COLUMNS: 128,
  /** `y = (|W| ⊙ M)ᵀ c / divisor`, or that added, for some columns. */
  abs_matvec_transposed: kernels.abs_matvec_transposed,
} as const;

/** `wasm/assembly/activation.ts`. */
export const activation = {
  /** Elements that a part of {@link relu} or {@link relu_derivative} takes: a multiple of four. */
  RELU_ELEMENTS: 32768,
  /** Elements that a part of {@link smooth_activation} takes: a multiple of four. */
  SMOOTH_ELEMENTS: 8192,
  /** ReLU of part of `count` numbers. */
  relu: kernels.relu,
  /** `g` where `z` is above zero, zero elsewhere: what flows back through ReLU. */
  relu_derivative: kernels.relu_derivative,
  /**
   * The op `activation` of tanh, erf or GELU, `kind` 0, 1 and 2, for part of `count` numbers; `mode` 0 is φ, 1 φ' g, 2 φ'' dz g +
   * φ' dg.
   */
  smooth_activation: kernels.smooth_activation,
} as const;

/** `wasm/assembly/active_samples.ts`. */
export const active_samples = {
  /** Neurons that a part takes. */
  PART_ROWS: 4,
  /** Lists the samples at which `delta` [rows, classes · samples] has anything but zeros: their number first. */
  active_samples: kernels.active_samples,
} as const;

/** `wasm/assembly/adam_step.ts`. */
export const adam_step = {
  /** A step of Adam on rows of `[rows, cols]`; `mask` is 0 where every weight is kept. */
  adam_step: kernels.adam_step,
} as const;

/** `wasm/assembly/add_neuron_kernels.ts`. */
export const add_neuron_kernels = {
  /** Edges, or neurons, that a part of a packing kernel takes. */
  PACKED_ROWS: 64,
  /** Samples of the left side that a part of {@link add_neuron_kernels} takes: a multiple of a tile's rows. */
  PART_ROWS: 24,
  /**
   * Packs `h` at some edges and samples, both of them listed, as the left side by four samples and as the right one by eight; 0 for
   * neither. Past the last sample are zeros.
   */
  pack_panel: kernels.pack_panel,
  /** The same side by side, as a BLAS takes it: `panel[e, a] = h[edges[e], samples[a]]`. */
  gather_panel: kernels.gather_panel,
  /**
   * Packs what flows back to some neurons, at chosen samples, by `width` samples (four or eight): `target[c, block, i, a] =
   * delta[neuron + i, c · size + samples[block · width + a]]`, zero past the last sample.
   */
  pack_deltas: kernels.pack_deltas,
  /**
   * Adds a group of neurons' part of a tangent kernel, at some samples of the left side: the sums over `edgeCount` edges of the
   * packed panels, or what `products` [count, count2] has of them, times those over `neuronCount` neurons of the packed deltas.
   * `symmetric` keeps to samples of the right side that do not come before; with `full` each pair of classes has its own block
   * of `size` rows and `size2` columns.
   */
  add_neuron_kernels: kernels.add_neuron_kernels,
} as const;

/** `wasm/assembly/add_scaled.ts`. */
export const add_scaled = {
  /** Elements that a part takes: a multiple of four. */
  PART_ELEMENTS: 32768,
  /** `y += scale · x`. */
  add_scaled: kernels.add_scaled,
} as const;

/** `wasm/assembly/bit_matmul.ts`. */
export const bit_matmul = {
  /** Rows that a part takes. */
  PART_ROWS: 32,
  /** Sums of the rows of `x` [n, width] that some rows of a mask of `words` words keep, each in float64 and in order. */
  bit_matmul: kernels.bit_matmul,
} as const;

/** `wasm/assembly/bit_row_products.ts`. */
export const bit_row_products = {
  /** Products that a part makes: so many rows of the left with so many of the right. */
  PART_LEFT: 16,
  PART_RIGHT: 64,
  /** Adds the ones that rows of two masks of `words` words a row share; see the op `bit_row_products`. */
  bit_row_products: kernels.bit_row_products,
} as const;

/** `wasm/assembly/column_degree.ts`. */
export const column_degree = {
  /** Mask words, a cache line of them, that a part takes. */
  PART_WORDS: 16,
  /** Adds the ones in the columns of some words of every row. */
  column_degree: kernels.column_degree,
} as const;

/** `wasm/assembly/copied_edges.ts`. */
export const copied_edges = {
  /** The partners of some neurons as their edges show them to the neurons themselves, whether an edge is left or not. */
  see_partners: kernels.see_partners,
  /**
   * `Σ (ω, if the edge is left, less the mean of its partner) · (the partner as the edge shows it)` of some neurons' copies of one kind. What no
   * copy has left is nearly what the neuron itself sees of it: copies differ in proportion to their fields.
   *
   * @param first the first copy in which each edge is left
   * @param copies what the partners' copies are
   * @param fields of each of `rounds` rounds, `roundBytes` apart: those of the neurons themselves
   * @param kind where those of this kind of copies are from there on
   * @param means the mean of each partner, in float64
   * @param slopes room for a number in float64 for each neuron and round
   */
  sum_edges: kernels.sum_edges,
  /**
   * Removes edges of some neurons and their copies whose scores are no more than a threshold, and puts those that are left in any first.
   *
   * @param values the copies' own other values, kind by kind
   * @param rounds in how many of them each neuron had an edge, of which this is number `round`
   */
  remove_edges: kernels.remove_edges,
} as const;

/** `wasm/assembly/density_histogram.ts`. */
export const density_histogram = {
  /** Rows that a part takes. */
  PART_ROWS: 64,
  /** Adds the ones of some rows of a mask to `counts` by cell; see the op `density_histogram`. */
  density_histogram: kernels.density_histogram,
} as const;

/** `wasm/assembly/eigenvector_rows.ts`. */
export const eigenvector_rows = {
  /** Columns of a strip. */
  STRIP_COLUMNS: 8,
  /** A strip of H_2 H_3 …, from what `reflect_row` left in `matrix` and `factors`. */
  form_rows: kernels.form_rows,
  /**
   * Turns rows of a strip. `turns` holds sweeps one after another: the row from which a sweep goes up, how many pairs it turns,
   * and for each the cosine c and the sine s: rows i and i + 1 become c r_i − s r_{i+1} and s r_i + c r_{i+1}.
   */
  turn_rows: kernels.turn_rows,
} as const;

/** `wasm/assembly/fold_windows.ts`. */
export const fold_windows = {
  /** The sums of what stands for each pixel of one channel in all windows: a row of the op's output, a part. */
  fold_windows: kernels.fold_windows,
} as const;

/** `wasm/assembly/gradient_panel.ts`. */
export const gradient_panel = {
  /** Weights that a part takes. */
  PART_WEIGHTS: 16,
  /** The gradients of some weights at each sample, summed over positions. */
  gradient_panel: kernels.gradient_panel,
} as const;

/** `wasm/assembly/head_mix.ts`. */
export const head_mix = {
  /** Samples of a head that a part takes. */
  PART_SAMPLES: 8,
  /** `out[(h, c), (b, s)] = scale · Σ_t weights[(h, t), (b, s)] x[(h, c), (b, t)]`, or that added, for some samples of a head. */
  head_mix: kernels.head_mix,
  /** `out[(h, c), (b, t)] = scale · Σ_s weights[(h, t), (b, s)] x[(h, c), (b, s)]`, or that added, for some samples of a head. */
  head_mix_transposed: kernels.head_mix_transposed,
} as const;

/** `wasm/assembly/head_scores.ts`. */
export const head_scores = {
  /** Samples of a head that a part takes. */
  PART_SAMPLES: 8,
  /** `out[(h, t), (b, s)] = scale · Σ_c left[(h, c), (b, s)] right[(h, c), (b, t)]`, or that added, for some samples of a head. */
  head_scores: kernels.head_scores,
} as const;

/** `wasm/assembly/initialise_weights.ts`. */
export const initialise_weights = {
  /** Rows that a part takes. */
  PART_ROWS: 8,
  /**
   * Random weights, some rows: `scale` times standard normal numbers, or uniform ones on [−scale, scale). Where `fanIn` is
   * given, a count for each row, the row's scale is divided by its root, and is 0 where the count is.
   */
  initialise_weights: kernels.initialise_weights,
} as const;

/** `wasm/assembly/keep_conditional.ts`. */
export const keep_conditional = {
  /** Rows that a part takes. */
  PART_ROWS: 8,
  /** Some rows of `keep_conditional` for the normal law; `mean`, `own` (of rows) and `other` (of columns) may be none. */
  keep_conditional: kernels.keep_conditional,
} as const;

/** `wasm/assembly/keep_probability.ts`. */
export const keep_probability = {
  /** Elements that a part takes: a multiple of four. */
  PART_ELEMENTS: 16384,
  /** `base + factor · ` what is beyond `level / |scale|`, `zero` where the scale is zero, of part of `count` scales. */
  keep_probability: kernels.keep_probability,
} as const;

/** `wasm/assembly/keep_ties.ts`. */
export const keep_ties = {
  /** Words of a mask that a part changes. */
  PART_WORDS: 16384,
  /** Adds to some words of a mask the ties that are kept, up to a bound; see the op `keep_ties`. The mask begins at word `start` of `ties`. */
  keep_ties: kernels.keep_ties,
} as const;

/** `wasm/assembly/kept_columns.ts`. */
export const kept_columns = {
  /** Rows that a part takes. */
  PART_ROWS: 16,
  /** Lists the columns kept in some rows of a mask: their number first; rows of the list are `pitch` bytes apart. */
  kept_columns: kernels.kept_columns,
} as const;

/** `wasm/assembly/least_outer.ts`. */
export const least_outer = {
  /** Rows that a part takes. */
  PART_ROWS: 16,
  /** `out = min(x, left · rightᵀ)` for part of the rows, `left` from the panel's first row on; `x` 0 for the product itself. */
  least_outer: kernels.least_outer,
} as const;

/** `wasm/assembly/log_complement.ts`. */
export const log_complement = {
  /** Elements that a part takes: a multiple of four. */
  PART_ELEMENTS: 16384,
  /** `x = ln(1 − x)` of part of `count` chances. */
  log_complement: kernels.log_complement,
} as const;

/** `wasm/assembly/mask_from_threshold.ts`. */
export const mask_from_threshold = {
  /** Mask words that a part makes, about: whole rows. */
  PART_WORDS: 4096,
  /**
   * Rows of the mask of scores above the threshold in `state`, and of `previous` where it is not 0. Where `ties` is not 0, the same
   * words of the scores at the threshold go there, from word `start` on, as far as there are so many.
   */
  mask_from_threshold: kernels.mask_from_threshold,
} as const;

/** `wasm/assembly/mask_weights.ts`. */
export const mask_weights = {
  /** Rows that a part takes. */
  PART_ROWS: 16,
  /** `out = weights ⊙ mask`, [rows, columns]: what a product that knows no masks multiplies with. */
  mask_weights: kernels.mask_weights,
} as const;

/** `wasm/assembly/masked_matmul.ts`. */
export const masked_matmul = {
  /** Rows of the product that a part of {@link masked_matmul} makes: a multiple of a tile's. */
  PART_ROWS: 48,
  /** Rows of the product that a part of {@link sparse_matmul} makes. */
  SPARSE_ROWS: 16,
  /**
   * Some rows of `out = scale · (weights ⊙ mask) · right`, or that added: weights [rows, inner], right packed by
   * {@link pack_right}, out [rows, columns].
   */
  masked_matmul: kernels.masked_matmul,
  /**
   * Some rows of `out = scale · (weights ⊙ mask) · right`, or that added: weights [rows, inner], right packed by
   * {@link pack_blocks}, out [rows, columns].
   */
  sparse_matmul: kernels.sparse_matmul,
} as const;

/** `wasm/assembly/masked_matmul_transposed.ts`. */
export const masked_matmul_transposed = {
  /** Rows of the product that a part of {@link masked_matmul_transposed} makes: a strip of packed columns. */
  PART_ROWS: 96,
  /** Rows of the product that a part of {@link sparse_matmul_transposed} makes: those of two words of a mask's row. */
  SPARSE_ROWS: 64,
  /**
   * Some rows of `out = scale · (weights ⊙ mask)ᵀ · right`, or that added: weights [inner, rows], right packed by
   * {@link pack_right}, out [rows, columns].
   */
  masked_matmul_transposed: kernels.masked_matmul_transposed,
  /**
   * Some rows of `out = scale · (weights ⊙ mask)ᵀ · right`, or that added: weights [inner, rows], right packed by
   * {@link pack_blocks}, out [rows, columns].
   */
  sparse_matmul_transposed: kernels.sparse_matmul_transposed,
} as const;

/** `wasm/assembly/max_row_difference.ts`. */
export const max_row_difference = {
  /** Distances that a part makes: so many rows of so many columns. */
  PART_ROWS: 32,
  PART_COLUMNS: 512,
  /** How far items are apart by their counts with references; see the op `max_row_difference`. */
  max_row_difference: kernels.max_row_difference,
} as const;

/** `wasm/assembly/multiply_elements.ts`. */
export const multiply_elements = {
  /** Elements that a part takes: a multiple of four. */
  PART_ELEMENTS: 32768,
  /** `out = x ⊙ y`. */
  multiply_elements: kernels.multiply_elements,
} as const;

/** `wasm/assembly/packed_products.ts`. */
export const packed_products = {
  /** Rows that a part packs. */
  PACKED_ROWS: 64,
  /** Packs the right side of a product, `source` [inner, columns], by tiles: some rows. */
  pack_right: kernels.pack_right,
  /** Packs `source` [inner, columns] by blocks of 32 columns, `target[block, l, j]`, zero past the last: some rows. */
  pack_blocks: kernels.pack_blocks,
} as const;

/** `wasm/assembly/random_scores.ts`. */
export const random_scores = {
  /** Rows that a part takes. */
  PART_ROWS: 8,
  /** Uniform scores in [0, 1), some rows; the float with the bits `pruned` where there is a mask and it is zero. */
  random_scores: kernels.random_scores,
} as const;

/** `wasm/assembly/row_degree.ts`. */
export const row_degree = {
  /** Rows that a part takes. */
  PART_ROWS: 64,
  /** Ones in some rows of a mask of `words` words a row. */
  row_degree: kernels.row_degree,
} as const;

/** `wasm/assembly/saliency.ts`. */
export const saliency = {
  /** Blocks of rows, or tiles of columns, that a part of a packing kernel takes. */
  PACKED_BLOCKS: 8,
  /** Rows that a part of {@link saliency} takes: a multiple of a tile's. */
  PART_ROWS: 24,
  /** Rows that a part of {@link sparse_saliency} takes. */
  SPARSE_ROWS: 16,
  /** Rows that a part of {@link score_gradients} takes. */
  SCORED_ROWS: 16,
  /**
   * Packs rows of `source` [rows, inner] four by four into `target[block, l, i]`, whose blocks have `total` terms, from term
   * `offset` on: two matrices lie one after the other.
   */
  pack_saliency_left: kernels.pack_saliency_left,
  /** The same, eight by eight. */
  pack_saliency_right: kernels.pack_saliency_right,
  /** Some rows of the op `saliency`: out, weights and mask [rows, columns], both sides packed, `inner` terms a sum. */
  saliency: kernels.saliency,
  /**
   * Some rows of the op `saliency` for one pair of factors, `a` [rows, inner] and `x` [columns, inner]; `inner` is a multiple of
   * four, weights (0 for the gradient), mask and out are [rows, columns].
   */
  sparse_saliency: kernels.sparse_saliency,
  /** What the op `saliency` makes of gradients that lie in `out` [rows, columns] already, in their place. */
  score_gradients: kernels.score_gradients,
} as const;

/** `wasm/assembly/select_histogram.ts`. */
export const select_histogram = {
  /** Scores that a part reads. */
  PART_SCORES: 262144,
  /** Bins of the selection's histogram; one more counts NaN. */
  SELECT_BINS: 2048,
  /** One pass of the radix selection over part of `total` scores; see the op `select_histogram`. */
  select_histogram: kernels.select_histogram,
} as const;

/** `wasm/assembly/sgd_step.ts`. */
export const sgd_step = {
  /** A step of gradient descent on rows of `[rows, cols]`, with momentum where `velocity` is not 0. */
  sgd_step: kernels.sgd_step,
} as const;

/** `wasm/assembly/softmax_blocks.ts`. */
export const softmax_blocks = {
  /** Columns of a block that a part takes: a multiple of four. */
  PART_COLUMNS: 256,
  /** The op `softmax_blocks` for some columns of a block, four at a time; `mode` 0 is p, 1 what flows back, 2 how that moves. */
  softmax_blocks: kernels.softmax_blocks,
} as const;

/** `wasm/assembly/spread_windows.ts`. */
export const spread_windows = {
  /** The sums over the windows that each pixel of one channel is in, times a scale: a row of the op's output, a part. */
  spread_windows: kernels.spread_windows,
} as const;

/** `wasm/assembly/standardise.ts`. */
export const standardise = {
  /** Columns that a part takes: a multiple of four. */
  PART_COLUMNS: 64,
  /** The op `standardise` for some columns, four at a time; `mode` 0 is x̂, 1 J g, 2 J dg + J̇ g. */
  standardise: kernels.standardise,
} as const;

/** `wasm/assembly/sum_windows.ts`. */
export const sum_windows = {
  /** Sums over the windows of the images of one channel, times a scale: a row of the op's output, a part. */
  sum_windows: kernels.sum_windows,
} as const;

/** `wasm/assembly/survival_bounds.ts`. */
export const survival_bounds = {
  /**
   * Raises the bounds of some rows of pairs after a round.
   *
   * @param vectors r of the inputs' copies and c of the outputs', `count` times `COPIES` numbers in float64, and the fields of
   * the inputs and the outputs on the other side, `count` numbers each
   * @param none a size that no weight has, and `steps` how often a bound is brought nearer
   */
  raise_bounds: kernels.raise_bounds,
  /** Adds `pull · partner` of some rows' pairs to `out` [outputs, rounds], in float32: each to the round that its bound is of. */
  pull_of_rows: kernels.pull_of_rows,
  /** The same to `out` [inputs, rounds], of some columns' pairs. */
  pull_of_columns: kernels.pull_of_columns,
} as const;

/** `wasm/assembly/synflow_scores.ts`. */
export const synflow_scores = {
  /** Rows that a part takes. */
  PART_ROWS: 32,
  /** `|w_ij| M_ij c_i r_j / divisor` for some rows. */
  synflow_scores: kernels.synflow_scores,
} as const;

/** `wasm/assembly/tie_histogram.ts`. */
export const tie_histogram = {
  /** Words of ties that a part reads. */
  PART_WORDS: 16384,
  /**
   * A pass of the selection among ties over some words: of those whose hash begins as `found` does it counts the digit at `shift`, or,
   * where it has no bits, the stretch; see the op `tie_histogram`.
   */
  tie_histogram: kernels.tie_histogram,
} as const;

/** `wasm/assembly/tridiagonal_form.ts`. */
export const tridiagonal_form = {
  /** Bytes of four numbers of a reflection's u and as many of its w. */
  PAIR_BYTES: 64,
  /**
   * Brings row m up to date by the reflections of its panel, and makes reflection m of it: `diagonal[m]`, what is left beside the
   * diagonal in `below[m]`, and τ in `factors[m]`. One part does it.
   */
  reflect_row: kernels.reflect_row,
  /**
   * A part's share of A u, u being row m and A the block above it as it was before the panel: `partials[part, 0 … m − 1]`, from
   * some of its rows and their mirror image; and of the products of u with the w and the vector of each of the panel's earlier
   * reflections: `products[part, reflection, 2]`, with room for `room` of these.
   */
  multiply_triangle: kernels.multiply_triangle,
  /** Makes w of reflection m from the parts' shares: τ (A u) less what the panel's earlier reflections change of it. One part does it. */
  finish_reflection: kernels.finish_reflection,
  /**
   * Subtracts a panel of `count` reflections from some of the first `rows` rows of the triangle.
   *
   * @param packed as {@link finish_reflection} leaves it, with room for `room` reflections
   */
  subtract_panel: kernels.subtract_panel,
} as const;

/** `wasm/assembly/unfold_windows.ts`. */
export const unfold_windows = {
  /** What is seen in the windows of images under one tap of one channel: a row of the op's output, a part. */
  unfold_windows: kernels.unfold_windows,
} as const;

/** `wasm/assembly/shared/copies.ts`. */
export const shared_copies = {
  /** Copies of a neuron, and the weight that the first has in addition; the next has 1 more. */
  COPIES: 9,
  LEAST_EXTRA: -3,
  /** Bytes of a neuron's copies, in float64. */
  COPIES_BYTES: 72,
} as const;

/** `wasm/assembly/shared/kept_weights.ts`. */
export const shared_kept_weights = {
  /** Columns of the right side that stand together: eight vectors of sums, and one broadcast weight. */
  BLOCK_COLUMNS: 32,
  /** Bytes of a row of such a block. */
  BLOCK_ROW: 128,
  /** Bytes of an entry of a list: where in a block the term's row begins, and the weight. */
  ENTRY: 8,
} as const;

/** `wasm/assembly/shared/optimiser_parts.ts`. */
export const shared_optimiser_parts = {
  /** Elements that a part of an optimiser's kernel takes, about. */
  PART_ELEMENTS: 32768,
} as const;

/** `wasm/assembly/shared/pack.ts`. */
export const shared_pack = {
  /** Columns a piece of {@link packColumns} takes: a multiple of the bits in a mask's word. */
  STRIP_COLUMNS: 96,
} as const;

/** `wasm/assembly/shared/products.ts`. */
export const shared_products = {
  /** Terms of the sums taken at a time: four packed rows of so many stay in the first cache. */
  INNER_BLOCK: 512,
  /** Columns of the right side taken at a time: so many, packed, stay in the second cache. */
  COLUMN_BLOCK: 128,
} as const;

/** `wasm/assembly/shared/tile.ts`. */
export const shared_tile = {
  /** Rows of a tile: what the left side is packed by. */
  TILE_ROWS: 4,
  /** Columns of a tile: what the right side is packed by. */
  TILE_COLUMNS: 8,
  /** Bytes of a tile of sums, rows one after another. */
  TILE_BYTES: 128,
  /** Bytes of a packed block of rows, or of a tile of columns, for each term of its sums. */
  LEFT_BYTES: 16,
} as const;
