import type { Activation } from "@graphon-limit/model";
import { activation, initialiseWeights, maskedMatmul } from "@graphon-limit/ops";
import { deriveSeed, type Device, type Matrix, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { type Covariance, root } from "./matrices.ts";

/** What random matrices are drawn for, so that no two are alike. */
const DRAW = {
  preActivation: 0,
  signal: 1,
  tangent: 2,
  signalTangent: 3,
  output: 4,
  outputTangent: 5,
} as const;

/** Draws normal types of one repetition. */
export class TypeSampler {
  constructor(readonly device: Device, readonly count: number, readonly seed: Seed) {}

  /** Adds to `out` [types, samples] rows drawn from N(0, covariance), or overwrites it. */
  addNormal(
    purpose: keyof typeof DRAW,
    layer: number,
    covariance: Covariance,
    out: Matrix,
    accumulate = 0,
  ): void {
    const samples = covariance.rows;
    using numbers = this.device.matrix(this.count, samples);
    const [seedLow, seedHigh] = deriveSeed(this.seed, DRAW[purpose]);
    this.device.run(initialiseWeights, { weights: numbers }, {
      seedLow,
      seedHigh,
      layer,
      scale: 1,
      distribution: "normal",
    });
    multiplyRows(numbers, root(covariance), out, 1, accumulate);
  }

  /** [types, samples], rows drawn from N(0, covariance). */
  normal(purpose: keyof typeof DRAW, layer: number, covariance: Covariance): Matrix {
    const out = this.device.matrix(this.count, covariance.rows);
    this.addNormal(purpose, layer, covariance, out);
    return out;
  }

  /** `rows` draws from N(0, covariance) on the host, row-major. */
  hostNormal(purpose: keyof typeof DRAW, rows: number, covariance: Covariance): Float64Array {
    const random = new RandomSequence(deriveSeed(this.seed, DRAW[purpose])), factor = root(covariance);
    const samples = covariance.rows, result = new Float64Array(rows * samples);
    for (let row = 0; row < rows; row++) {
      const numbers = Array.from({ length: samples }, () => random.normal());
      for (let b = 0; b < samples; b++) {
        let sum = 0;
        for (let k = 0; k < samples; k++) sum += factor.get(b, k) * numbers[k];
        result[row * samples + b] = sum;
      }
    }
    return result;
  }
}

/** Every row of `rows` multiplied by a matrix over the samples: `out = scale · rows · transformᵀ`, or added to it. */
export function multiplyRows(
  rows: Matrix,
  transform: Covariance,
  out: Matrix,
  scale: number,
  accumulate: number,
): void {
  const { device } = rows;
  using x = device.upload(
    Float32Array.from(transform.transpose().to1DArray()),
    transform.columns,
    transform.rows,
  );
  device.run(maskedMatmul, { weights: rows, x, out }, { scale, accumulate });
}

/** φ(z). */
export function activate(z: Matrix, fn: Activation): Matrix {
  const out = z.device.matrix(z.rows, z.cols);
  z.device.run(activation, { z, out }, { fn });
  return out;
}

/** φ'(z) ⊙ g. */
export function timesSlope(z: Matrix, g: Matrix, fn: Activation): Matrix {
  const out = z.device.matrix(z.rows, z.cols);
  z.device.run(activation, { z, g, out }, { fn, mode: "derivative" });
  return out;
}
