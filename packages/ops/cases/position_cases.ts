import { normalMatrix, output } from "./op_case.ts";
import type { CasesAtWidth, SampleCase } from "./sample_case.ts";
import { BATCH, counting, positive } from "./sample_matrices.ts";

/** Images, and windows over them: 3 × 3 at every pixel, and 2 × 2 side by side. */
const SIDE = 14, IMAGES = 4, PIXELS = IMAGES * SIDE * SIDE, HALF = SIDE >> 1, PLACES = IMAGES * HALF * HALF;
const image = { height: SIDE, width: SIDE };
const kernel = { kernelHeight: 3, kernelWidth: 3, strideDown: 1, strideAcross: 1 };
const SAME = { ...image, ...kernel, outHeight: SIDE, outWidth: SIDE, paddingTop: 1, paddingLeft: 1 };
const pairs = { kernelHeight: 2, kernelWidth: 2, strideDown: 2, strideAcross: 2 };
const POOLED = { ...image, ...pairs, outHeight: HALF, outWidth: HALF, paddingTop: 0, paddingLeft: 0 };

/** Heads of attention, tokens of a sample, samples. */
const HEADS = 4, TOKENS = 16, SEQUENCES = 8, COLUMNS = SEQUENCES * TOKENS;
const heads = { heads: HEADS, tokens: TOKENS, scale: 0.25, accumulate: 0 };

/** A case between images of so many channels and what is seen in their windows. */
function seen(n: number, rest: Omit<SampleCase, "size">): SampleCase[] {
  return [{ size: `${n} channels of ${IMAGES} images ${SIDE}×${SIDE}`, ...rest }];
}

/** A case of every way of running an op on a matrix [n, batch] and others of its shape: g, dx and dg. */
function modes(x: (n: number) => SampleCase["args"][string], settings: SampleCase["settings"]): CasesAtWidth {
  return (n) => {
    const of = (seed: number) => normalMatrix(seed, n, BATCH);
    const args = { x: x(n), out: output(n, BATCH) };
    return [
      { size: `${n}×${BATCH}`, args, settings: { ...settings, mode: "value" } },
      {
        size: `${n}×${BATCH}, derivative`,
        args: { ...args, g: of(2) },
        settings: { ...settings, mode: "derivative" },
      },
      {
        size: `${n}×${BATCH}, second`,
        args: { ...args, g: of(2), dx: of(3), dg: of(4) },
        settings: { ...settings, mode: "second" },
      },
    ];
  };
}

/** Channels that heads share, next to a number. */
function shared(n: number): number {
  return Math.ceil(n / HEADS) * HEADS;
}

/** Cases of the ops on signals that have positions, by their names. */
export const positionCases: Readonly<Record<string, CasesAtWidth>> = {
  add_places: (n) => [{
    size: `${TOKENS} tokens, ${n}×${COLUMNS}`,
    args: { places: normalMatrix(1, TOKENS, n), y: normalMatrix(2, n, COLUMNS) },
  }],
  divide_blocks: (n) =>
    ["sum", "rootMeanSquare"].map((kind) => ({
      size: `${n}×${BATCH} ${kind}`,
      args: { x: positive(n, BATCH), g: normalMatrix(2, n, BATCH), out: output(n, BATCH) },
      settings: { size: n, kind },
    })),
  fold_windows: (n) =>
    seen(n, {
      args: { x: normalMatrix(1, 9 * n, PIXELS), out: output(n, PIXELS) },
      settings: SAME,
    }),
  gradient_panel: (n) => [{
    size: `${n} weights, ${SEQUENCES} samples, ${TOKENS} positions`,
    args: {
      h: normalMatrix(1, n, COLUMNS),
      delta: normalMatrix(2, n, COLUMNS),
      outputs: counting(1, n, n),
      inputs: counting(1, n, Math.ceil(n / 2)),
      panel: normalMatrix(3, n, SEQUENCES),
    },
    settings: { positions: TOKENS, start: 0, count: n, sampleStart: 0, sampleCount: SEQUENCES },
    flops: 2 * n * COLUMNS,
  }],
  head_mix: (n) =>
    [false, true].map((transposed) => ({
      size: `${shared(n)}×${COLUMNS}, ${HEADS} heads, ${TOKENS} tokens${transposed ? ", transposed" : ""}`,
      args: {
        weights: positive(HEADS * TOKENS, COLUMNS),
        x: normalMatrix(2, shared(n), COLUMNS),
        out: output(shared(n), COLUMNS),
      },
      settings: { ...heads, transposed },
      flops: 2 * shared(n) * COLUMNS * TOKENS,
    })),
  head_scores: (n) => [{
    size: `${shared(n)}×${COLUMNS}, ${HEADS} heads, ${TOKENS} tokens`,
    args: {
      left: normalMatrix(1, shared(n), COLUMNS),
      right: normalMatrix(2, shared(n), COLUMNS),
      out: output(HEADS * TOKENS, COLUMNS),
    },
    settings: heads,
    flops: 2 * shared(n) * COLUMNS * TOKENS,
  }],
  max_windows: (n) =>
    seen(n, { args: { x: normalMatrix(1, n, PIXELS), taps: output(n, PLACES, "u32") }, settings: POOLED }),
  pick_windows: (n) =>
    seen(n, {
      args: { x: normalMatrix(1, n, PIXELS), taps: counting(n, PLACES, 4), out: output(n, PLACES) },
      settings: POOLED,
    }),
  return_windows: (n) =>
    seen(n, {
      args: { x: normalMatrix(1, n, PLACES), taps: counting(n, PLACES, 4), out: output(n, PIXELS) },
      settings: POOLED,
    }),
  row_dot: (n) => [{
    size: `${n}×${n}`,
    args: { a: normalMatrix(1, n, n), x: normalMatrix(2, n, n), y: output(n, 1) },
  }],
  scale_rows: (n) => [{
    size: `${n}×${n}`,
    args: { column: normalMatrix(1, n, 1), x: normalMatrix(2, n, n), out: output(n, n) },
    settings: { scale: 1, accumulate: 0 },
  }],
  softmax_blocks: (n) => {
    const size = 16, rows = Math.ceil(n / size) * size;
    return modes(() => positive(rows, BATCH), { size })(rows);
  },
  spread_windows: (n) =>
    seen(n, {
      args: { x: normalMatrix(1, n, PLACES), out: output(n, PIXELS) },
      settings: { ...POOLED, scale: 0.25 },
    }),
  standardise: modes((n) => normalMatrix(1, n, BATCH), { epsilon: 1e-5 }),
  sum_places: (n) => [{
    size: `${TOKENS} tokens, ${n}×${COLUMNS}`,
    args: { x: normalMatrix(2, n, COLUMNS), out: output(TOKENS, n) },
  }],
  sum_windows: (n) =>
    seen(n, {
      args: { x: normalMatrix(1, n, PIXELS), out: output(n, PLACES) },
      settings: { ...POOLED, scale: 0.25 },
    }),
  transpose_blocks: (n) => [{
    size: `${n} of ${BATCH}×${TOKENS}`,
    args: { x: normalMatrix(1, n, BATCH * TOKENS), out: output(n * TOKENS, BATCH) },
    settings: { blockRows: BATCH, blockCols: TOKENS },
  }],
  unfold_windows: (n) =>
    seen(n, {
      args: { x: normalMatrix(1, n, PIXELS), out: output(9 * n, PIXELS) },
      settings: SAME,
    }),
};
