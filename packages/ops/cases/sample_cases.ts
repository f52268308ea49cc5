import { NEGATIVE_INFINITY } from "../saliency.ts";
import { normalMatrix, output, randomBits } from "./op_case.ts";
import { positionCases } from "./position_cases.ts";
import { type CasesAtWidth, onSquare } from "./sample_case.ts";
import {
  BATCH,
  batch,
  CLASSES,
  counting,
  DENSITY,
  FEATURES_PER_POSITION,
  GRID,
  half,
  lists,
  mask,
  NEURONS,
  PAIR_ROWS,
  pairs,
  positive,
  REFERENCE_ROWS,
  SINGULAR_BLOCK,
  square,
  zeros,
} from "./sample_matrices.ts";
import { selectionCases } from "./selection_cases.ts";

const seeds = { seedLow: 1, seedHigh: 2, layer: 1 };

/** The product of an n×n layer, or its transpose, with a batch: masked, and with every weight. */
const product: CasesAtWidth = (n) =>
  [mask(n), undefined].map((masked) =>
    onSquare(n, `· ${n}×${BATCH}${masked ? ", masked" : ""}`, {
      args: { weights: square(n), mask: masked, x: batch(n), out: output(n, BATCH) },
      settings: { scale: 1, accumulate: 0 },
      flops: 2 * n * n * BATCH,
    })
  );

/** Cases of every op of the catalogue, by its name: to be looked up and not read, and so as long as the catalogue is. */
export const sampleCases: Readonly<Record<string, CasesAtWidth>> = {
  ...positionCases,
  ...selectionCases,
  abs_matvec: (n) => [
    onSquare(n, "", {
      args: { weights: square(n), mask: mask(n), r: positive(n, 1), y: output(n, 1) },
    }),
  ],
  abs_matvec_transposed: (n) => [
    onSquare(n, "", {
      args: {
        weights: square(n),
        mask: mask(n),
        c: positive(n, 1),
        divisor: positive(1, 1),
        y: output(n, 1),
      },
    }),
  ],
  activation: (n) => [
    ...["relu", "erf", "tanh"].map((fn) => ({
      size: `${n}×${BATCH} ${fn}`,
      args: { z: batch(n), out: output(n, BATCH) },
      settings: { fn, mode: "value" },
    })),
    {
      size: `${n}×${BATCH} relu, derivative`,
      args: { z: batch(n), g: batch(n, 4), out: output(n, BATCH) },
      settings: { fn: "relu", mode: "derivative" },
    },
  ],
  active_samples: (n) => [{
    size: `${n} neurons at ${n} samples`,
    args: { delta: half(n), list: zeros(n, n + 1) },
    settings: { first: 0, classes: 1 },
  }],
  adam_step: (n) => [
    onSquare(n, "", {
      args: {
        weights: square(n),
        gradient: normalMatrix(2, n, n),
        mean: normalMatrix(3, n, n),
        square: positive(n, n),
        mask: mask(n),
      },
      settings: { meanRate: 0.1, squareRate: 0.001, stepSize: 1e-6, rootCorrection: 1, epsilon: 1e-8 },
    }),
  ],
  add_column: (n) => [
    onSquare(n, "", { args: { column: normalMatrix(2, n, 1), y: square(n) } }),
  ],
  add_neuron_kernels: (n) => {
    const active = n >> 1, edges = Math.round(DENSITY * n);
    return [{
      size: `${n}×${n}, ${NEURONS} neurons, ${active} samples, ${edges} edges`,
      args: {
        h: square(n),
        delta: normalMatrix(4, NEURONS, n),
        edges: lists(NEURONS, edges, n),
        samples: lists(NEURONS, active, n),
        kernels: normalMatrix(1, NEURONS * n, n),
      },
      settings: { scale: 1e-3, classes: 1, neuron: 0, each: 1, groups: NEURONS, listRow: 0 },
      flops: NEURONS * active * active * edges,
    }];
  },
  add_pair_dot: (n) => [{
    size: `${GRID}×${PAIR_ROWS * n}`,
    args: { a: pairs(n, 1), b: pairs(n, 2), kernel: square(n) },
    settings: { scale: 1e-3, firstRow: 0, firstColumn: 0 },
    bytes: 2 * 4 * GRID * PAIR_ROWS * n,
  }],
  add_scaled: (n) => [onSquare(n, "", { args: { x: square(n), y: square(n) }, settings: { scale: 1e-6 } })],
  bit_matmul: (n) => [
    onSquare(n, `· ${n}×${SINGULAR_BLOCK}`, {
      args: { mask: mask(n), x: normalMatrix(3, n, SINGULAR_BLOCK), out: output(n, SINGULAR_BLOCK) },
      flops: DENSITY * n * n * SINGULAR_BLOCK,
    }),
  ],
  bit_row_products: (n) => [
    onSquare(n, `· ${n}×${REFERENCE_ROWS}`, {
      args: {
        left: mask(n),
        right: randomBits(5, REFERENCE_ROWS, n, DENSITY),
        counts: zeros(n, REFERENCE_ROWS),
      },
    }),
  ],
  column_degree: (n) => [onSquare(n, "", { args: { mask: mask(n), degree: zeros(1, n) } })],
  correct_predictions: (n) => [{
    size: `${CLASSES}×${n}`,
    args: { outputs: normalMatrix(1, CLASSES, n), labels: counting(1, n, CLASSES), correct: output(1, n) },
  }],
  degree_cells: (n) => [{
    size: `${n} into ${GRID}`,
    args: { degree: counting(n, 1, n), cells: output(n, 1, "u32") },
    settings: { intervals: GRID },
  }],
  density_histogram: (n) => [
    onSquare(n, `into ${GRID}×${GRID}`, {
      args: {
        mask: mask(n),
        rowCell: counting(n, 1, GRID),
        columnCell: counting(1, n, GRID),
        counts: zeros(GRID, GRID),
      },
    }),
  ],
  dual_activation: (n) =>
    ["relu", "erf"].map((fn) => ({
      size: `${GRID}×${PAIR_ROWS * n} ${fn}`,
      args: {
        covariance: { ...pairs(n, 1), data: pairs(n, 1).data.map((value) => Math.tanh(value)) },
        variance: { rows: GRID, cols: n, data: new Float32Array(GRID * n).fill(1) },
        value: output(GRID, PAIR_ROWS * n),
        slope: output(GRID, PAIR_ROWS * n),
      },
      settings: { firstRow: 0, firstColumn: 0, fn },
    })),
  fill: (n) => [onSquare(n, "", { args: { x: output(n, n) }, settings: { value: 1 } })],
  gather_columns: (n) => [{
    size: `${n}×${BATCH} of ${n}×${n}`,
    args: {
      x: square(n),
      columns: counting(1, BATCH, n),
      out: output(n, BATCH),
      labels: counting(1, n, CLASSES),
      outLabels: output(1, BATCH, "u32"),
    },
    settings: { start: 0 },
    bytes: 2 * 4 * n * BATCH,
  }],
  initialise_weights: (n) =>
    [["normal", false], ["uniform", false], ["normal", true]].map(([distribution, byRow]) =>
      onSquare(n, `${distribution}${byRow ? ", by fan-in" : ""}`, {
        args: { fanIn: byRow ? counting(n, 1, n) : undefined, weights: output(n, n) },
        settings: { ...seeds, scale: 1, distribution },
      })
    ),
  keep_conditional: (n) =>
    (["normal", "uniform"] as const).map((law) =>
      onSquare(n, law, {
        args: {
          scale: square(n),
          mean: square(n),
          rows: positive(n, 1),
          columns: positive(n, 1),
          out: output(n, n),
        },
        settings: { threshold: 1, law },
      })
    ),
  keep_probability: (n) =>
    ["probability", "first", "second"].map((moment) =>
      onSquare(n, moment, {
        args: { scale: square(n), out: output(n, n) },
        settings: { threshold: 1, moment },
      })
    ),
  kept_columns: (
    n,
  ) => [onSquare(n, "", { args: { mask: mask(n), list: zeros(n, n + 1) }, settings: { first: 0 } })],
  least_outer: (n) => [
    onSquare(n, "", {
      args: { x: square(n), left: positive(n, 1), right: positive(n, 1), out: output(n, n) },
    }),
  ],
  least_products: (n) => [
    onSquare(n, `over ${BATCH}`, {
      args: { left: positive(n, BATCH), right: positive(n, BATCH), out: output(n, n) },
      flops: 2 * n * n * BATCH,
    }),
  ],
  log_complement: (n) => [onSquare(n, "", { args: { x: positive(n, n) } })],
  magnitude_scores: (n) => [
    onSquare(n, "", {
      args: { weights: square(n), mask: mask(n), scores: output(n, n) },
      settings: { pruned: NEGATIVE_INFINITY },
    }),
  ],
  mask_weights: (n) => [onSquare(n, "", { args: { weights: square(n), mask: mask(n), out: output(n, n) } })],
  masked_matmul: product,
  masked_matmul_transposed: product,
  max_row_difference: (n) => [
    {
      size: `${PAIR_ROWS}×${n} pairs of ${REFERENCE_ROWS}`,
      args: {
        counts: counting(REFERENCE_ROWS, n, n),
        reference: counting(REFERENCE_ROWS, 1, n),
        distances: output(PAIR_ROWS, n, "u32"),
      },
      settings: { firstItem: 0 },
    },
  ],
  mirror_upper: (n) => [onSquare(n, "", { args: { x: square(n) }, settings: { block: n } })],
  multiply_elements: (n) => [onSquare(n, "", { args: { x: square(n), y: square(n) } })],
  normalise: (n) => [{ size: `${n}`, args: { x: positive(n, 1), scale: output(1, 1) } }],
  pair_products: (n) => [{
    size: `${FEATURES_PER_POSITION * GRID} features, ${PAIR_ROWS * n} pairs`,
    args: { x: normalMatrix(1, FEATURES_PER_POSITION * GRID, n), out: output(GRID, PAIR_ROWS * n) },
    settings: { firstRow: 0, firstColumn: 0 },
    flops: 2 * FEATURES_PER_POSITION * GRID * PAIR_ROWS * n,
  }],
  random_scores: (n) => [
    onSquare(n, "", {
      args: { mask: mask(n), scores: output(n, n) },
      settings: { ...seeds, pruned: NEGATIVE_INFINITY },
    }),
  ],
  record_sum: (n) => [{
    size: `1×${n}`,
    args: { x: normalMatrix(1, 1, n), record: normalMatrix(2, 1, 50) },
    settings: { slot: 7, scale: 1 / n, accumulate: 0 },
  }],
  reduce: (n) => [onSquare(n, "", { args: { x: square(n), y: output(1, 1) }, settings: { kind: "sum" } })],
  reduce_rows: (n) => [
    onSquare(n, "", { args: { x: square(n), y: output(n, 1) }, settings: { initial: 0, kind: "sum" } }),
  ],
  repeat_columns: (n) => [{
    size: `${n}×${BATCH}, ${CLASSES} times`,
    args: { x: batch(n), out: output(n, CLASSES * BATCH) },
  }],
  row_degree: (n) => [onSquare(n, "", { args: { mask: mask(n), degree: output(n, 1, "u32") } })],
  saliency: (n) => {
    const args = { a: batch(n), x: batch(n, 4), mask: mask(n), out: output(n, n) };
    const settings = { scale: 1, pruned: NEGATIVE_INFINITY };
    return [
      onSquare(n, `over ${BATCH}, snip`, {
        args: { ...args, weights: square(n) },
        settings: { ...settings, kind: "snip" },
        flops: 2 * n * n * BATCH,
      }),
      onSquare(n, `over ${BATCH}, grasp`, {
        args: { ...args, weights: square(n), a2: batch(n, 5), x2: batch(n, 6) },
        settings: { ...settings, kind: "grasp" },
        flops: 4 * n * n * BATCH,
      }),
    ];
  },
  sample_mask: (n) => [
    onSquare(n, `from ${GRID}×${GRID}`, {
      args: {
        probabilities: { rows: GRID, cols: GRID, data: new Float32Array(GRID * GRID).fill(DENSITY) },
        mask: output(n, n, "bits"),
      },
      settings: { ...seeds, totalRows: n },
    }),
  ],
  scale_histogram: (n) => [
    onSquare(n, "", { args: { x: square(n), counts: zeros(1, 65536) }, settings: { shift: 15 } }),
  ],
  sgd_step: (n) => [
    onSquare(n, "", {
      args: {
        weights: square(n),
        gradient: normalMatrix(2, n, n),
        velocity: normalMatrix(3, n, n),
        mask: mask(n),
      },
      settings: { learningRate: 1e-6, momentum: 0.9 },
    }),
  ],
  softmax_cross_entropy: (n) => [{
    size: `${CLASSES}×${n}`,
    args: {
      logits: normalMatrix(1, CLASSES, n),
      labels: counting(1, n, CLASSES),
      loss: output(1, n),
      gradient: output(CLASSES, n),
    },
    settings: { temperature: 1, count: n },
  }],
  squared_error: (n) => [{
    size: `${CLASSES}×${n}`,
    args: {
      outputs: normalMatrix(1, CLASSES, n),
      labels: counting(1, n, CLASSES),
      loss: output(1, n),
      gradient: output(CLASSES, n),
    },
    settings: { count: n },
  }],
  sum_blocks: (n) => [{
    size: `${NEURONS} times ${n}×${n}`,
    args: { x: normalMatrix(1, NEURONS * n, n), out: output(n, n) },
  }],
  synflow_scores: (n) => [
    onSquare(n, "", {
      args: {
        weights: square(n),
        mask: mask(n),
        c: positive(n, 1),
        r: positive(n, 1),
        divisor: positive(1, 1),
        scores: output(n, n),
      },
    }),
  ],
};
