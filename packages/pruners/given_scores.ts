import type { Network, Weight } from "@graphon-limit/model";
import { InvalidArgumentError, Matrix, show } from "@graphon-limit/runtime";
import type { Method, Scores } from "./method.ts";
import { hostScores } from "./score_layers.ts";

/** A round's scores as device matrices, and which of them are released with the round. */
export interface GivenScores extends Disposable {
  readonly matrices: readonly Matrix[];
}

/**
 * What a method gave, checked: host arrays are set to −∞ where the weight is gone and uploaded. What the method made is released
 * with the round; what is the network's own stays.
 *
 * @throws {InvalidArgumentError} unless there is a score for every weight
 */
export async function takeScores(
  { device, weights }: Network,
  method: Method,
  scores: Scores,
): Promise<GivenScores> {
  const owned = new Set<Matrix>();
  const release = () => {
    for (const matrix of owned) matrix.dispose();
  };
  for (const matrix of Array.isArray(scores) ? scores : []) {
    if (matrix instanceof Matrix && !weights.some((weight) => weight.matrix === matrix)) owned.add(matrix);
  }
  try {
    assertCounted(weights, method, scores);
    const matrices: Matrix[] = [];
    for (const [layer, given] of scores.entries()) {
      const { rows, cols, mask } = weights[layer];
      if (given instanceof Matrix) matrices.push(given);
      else {
        const known = method.recoverable ? given : await hostScores(given, mask);
        const matrix = device.upload(known, rows, cols);
        owned.add(matrix);
        matrices.push(matrix);
      }
    }
    return { matrices, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}

function assertCounted(weights: readonly Weight[], method: Method, scores: Scores): void {
  if (!Array.isArray(scores) || scores.length !== weights.length) {
    throw new InvalidArgumentError(
      `Expected ${method.name} to return scores for ${weights.length} layers but found ${
        show(Array.isArray(scores) ? scores.length : scores)
      }`,
    );
  }
  scores.forEach((layerScores: Matrix | Float32Array, layer) =>
    assertScores(layerScores, weights[layer], method, layer)
  );
}

/** Throws unless a layer's scores are as many as its weights, in float32. */
function assertScores(
  scores: Matrix | Float32Array,
  { rows, cols }: Weight,
  { name }: Method,
  layer: number,
): void {
  const fits = scores instanceof Matrix
    ? scores.rows === rows && scores.cols === cols && scores.type === "f32"
    : scores instanceof Float32Array && scores.length === rows * cols;
  if (fits) return;
  const found = scores instanceof Matrix
    ? scores.describe()
    : ArrayBuffer.isView(scores)
    ? `${scores.constructor.name} of ${scores.length} elements`
    : show(scores);
  throw new InvalidArgumentError(
    `Expected ${name}'s scores of layer ${layer} to be ${rows}×${cols} f32 but found ${found}`,
  );
}
