import { StepGraphon } from "@graphon-limit/graphon";
import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";

/** The graphons of a network on a device, by layer of weights. */
export interface GraphonLayers extends Disposable {
  /** Widths of the grids: `K_0` of the inputs, then each layer's. */
  readonly grids: readonly number[];
  /** What signals are averaged over, `V^(l)` or `W^(l)`, [K_l, K_{l−1}]. */
  readonly signal: readonly Matrix[];
  /** What gradients count, or undefined where that is the same. `variance` has a row of ones, [1, K_{l−1}]. */
  readonly gradient: readonly (Matrix | undefined)[];
}

/**
 * Checks that the graphons follow one another and fit `features` inputs, and brings them to the device.
 *
 * @throws {InvalidArgumentError} saying which one does not
 */
export function placeGraphons(
  device: Device,
  graphons: readonly StepGraphon[],
  secondMoments: readonly StepGraphon[] | undefined,
  gradients: "masked" | "variance",
  features: number,
): GraphonLayers {
  assertChain(graphons, features);
  secondMoments?.forEach((moment, layer) => {
    const graphon = graphons[layer];
    if (graphon?.rows !== moment.rows || graphon.cols !== moment.cols) {
      throw new InvalidArgumentError(
        `Expected the second moments of layer ${layer} to be ${graphon?.rows ?? 0}×${
          graphon?.cols ?? 0
        }, as its graphon, ` +
          `but found ${moment.rows}×${moment.cols}`,
      );
    }
  });
  if (secondMoments && secondMoments.length !== graphons.length) {
    throw new InvalidArgumentError(
      `Expected second moments of ${graphons.length} layers but found ${secondMoments.length}`,
    );
  }
  const upload = ({ rows, cols, values }: StepGraphon) =>
    device.upload(Float32Array.from(values), rows, cols);
  const signal = (secondMoments ?? graphons).map(upload);
  const gradient = graphons.map((graphon) => {
    if (gradients === "variance") return upload(StepGraphon.constant(1, 1, graphon.cols));
    return secondMoments ? upload(graphon) : undefined;
  });
  return {
    grids: [graphons[0].cols, ...graphons.map(({ rows }) => rows)],
    signal,
    gradient,
    [Symbol.dispose]() {
      for (const matrix of [...signal, ...gradient]) matrix?.dispose();
    },
  };
}

function assertChain(graphons: readonly StepGraphon[], features: number): void {
  if (graphons.length === 0) {
    throw new InvalidArgumentError("Expected the graphons of at least one layer but found none");
  }
  graphons.forEach(({ rows, cols }, layer) => {
    if (rows === 0 || cols === 0) {
      throw new InvalidArgumentError(
        `Expected the graphon of layer ${layer} to have cells but found ${rows}×${cols}`,
      );
    }
    if (layer > 0 && cols !== graphons[layer - 1].rows) {
      throw new InvalidArgumentError(
        `Expected the graphon of layer ${layer} to have ${
          graphons[layer - 1].rows
        } columns, the rows of the one before, ` +
          `but found ${rows}×${cols}`,
      );
    }
  });
  const grid = graphons[0].cols;
  if (features % grid !== 0) {
    throw new InvalidArgumentError(
      `Expected the graphon of layer 0 to have columns that divide the ${features} features evenly but found ${grid}`,
    );
  }
}
