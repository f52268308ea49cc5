import type { Device, Matrix } from "@graphon-limit/runtime";
import type { RevealedMatrix, Side } from "./revealed_matrix.ts";

/**
 * What is known of the weights between some of the neurons, in units of their deviation: `w_ij ~ N(⟨left_i, right_j⟩,
 * (outputs_i inputs_j)²)`.
 */
export interface KnownWeights extends Disposable {
  /** [outputs, directions] and [inputs, directions]. */
  readonly left: Matrix;
  readonly right: Matrix;
  /** [outputs, 1] and [inputs, 1]. */
  readonly outputs: Matrix;
  readonly inputs: Matrix;
  /** Whether nothing is left to chance: the deviations are 0. */
  readonly certain: boolean;
}

/** What a revealed matrix tells of the weights between its first `outputs` and `inputs` neurons. */
export async function knownWeights(
  matrix: RevealedMatrix,
  deviation: number,
  outputs: number,
  inputs: number,
): Promise<KnownWeights> {
  const { device } = matrix, { means, frames } = matrix.known();
  using _means = means;
  const sides: Record<Side, number> = { outputs, inputs };
  const shares = (side: Side) => leftOpen(device, frames[side].blocks, sides[side]);
  const made = await Promise.all([
    sideBySide(means.pairs.map(([left]) => left), outputs, 1 / deviation),
    sideBySide(means.pairs.map(([, right]) => right), inputs, 1),
    shares("outputs"),
    shares("inputs"),
  ]);
  const [left, right, own, other] = made;
  return {
    ...{ left, right, outputs: own, inputs: other, certain: false },
    [Symbol.dispose]: () => made.forEach((each) => each.dispose()),
  };
}

/** The same of weights that were drawn [outputs, inputs], between all of the outputs and the first `inputs` neurons. */
export async function weightsThemselves(
  weights: Matrix,
  deviation: number,
  inputs: number,
): Promise<KnownWeights> {
  const { device, rows, cols } = weights, values = await device.read(weights);
  const transposed = Float32Array.from(
    { length: inputs * rows },
    (_, at) => values[at % rows * cols + Math.floor(at / rows)] / deviation,
  );
  const unit = Float32Array.from({ length: rows * rows }, (_, at) => Number(at % (rows + 1) === 0));
  const made = {
    left: device.upload(unit, rows, rows),
    right: device.upload(transposed, inputs, rows),
    outputs: device.upload(new Float32Array(rows), rows, 1),
    inputs: device.upload(new Float32Array(inputs).fill(1), inputs, 1),
  };
  return {
    ...made,
    certain: true,
    [Symbol.dispose]: () => Object.values(made).forEach((each) => each.dispose()),
  };
}

/** The first rows of matrices, one beside the other. */
async function sideBySide(matrices: readonly Matrix[], rows: number, scale: number): Promise<Matrix> {
  const [{ device }] = matrices, cols = matrices.reduce((sum, matrix) => sum + matrix.cols, 0);
  const values = new Float32Array(rows * cols);
  const read = await firstRows(device, matrices, rows);
  let first = 0;
  for (const [index, matrix] of matrices.entries()) {
    read[index].forEach((value, at) =>
      values[Math.floor(at / matrix.cols) * cols + first + at % matrix.cols] = scale * value
    );
    first += matrix.cols;
  }
  return device.upload(values, rows, cols);
}

/** `√(1 − |U_j|²)` of the first rows of a frame. */
async function leftOpen(device: Device, blocks: readonly Matrix[], rows: number): Promise<Matrix> {
  const left = new Float64Array(rows).fill(1);
  const read = await firstRows(device, blocks, rows);
  for (const [index, { cols }] of blocks.entries()) {
    read[index].forEach((value, at) => left[Math.floor(at / cols)] -= value ** 2);
  }
  return device.upload(Float32Array.from(left, (share) => Math.sqrt(Math.max(share, 0))), rows, 1);
}

/** The first rows of each matrix, waited for together. */
function firstRows(device: Device, matrices: readonly Matrix[], rows: number): Promise<Float32Array[]> {
  return Promise.all(matrices.map((matrix) => device.read(matrix, [0, rows])));
}
