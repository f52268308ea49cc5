import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { EigenSystem } from "./symmetric_eigen.ts";

/**
 * Eigenvalues below this share of the largest are taken for zero where one divides by them: a kernel in float32 knows no better.
 */
const ROUNDING = 1e-7;

/**
 * What a kernel predicts of training by gradient flow on squared loss (docs/mathematics.md §4; Lee et al. 2019): `df/dt = −η Θ (f − ŷ)`, so
 *
 *     f_t = ŷ + e^{−ηΘt} (f_0 − ŷ)        f_t(x*) = f_0(x*) + Θ_*X Θ_XX^{-1} (I − e^{−ηΘt}) (ŷ − f_0)
 *
 * Along each eigenvector the residual decays on its own, as `e^{−ηλ_k t}`. Times are learning rate times time, `ηt`. Targets and
 * outputs are [N, C], row-major; the kernel goes with every one of the C outputs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { KernelDynamics, symmetricEigen } from "@graphon-limit/ntk";
 *
 * const dynamics = new KernelDynamics(symmetricEigen([2, 0, 0, 1], 2), [1, 1]);
 * assert.ok(Math.abs(dynamics.outputsAt(1)[0] - (1 - Math.exp(-2))) < 1e-12);
 * assert.ok(dynamics.lossAt(3) < dynamics.lossAt(1));
 * ```
 */
export class KernelDynamics {
  readonly #system: EigenSystem;
  readonly #targets: Float64Array;
  /** `v_kᵀ (f_0 − ŷ)`, [N, C]. */
  readonly #modes: Float64Array;
  readonly #outputs: number;

  /**
   * @param kernel the whole eigensystem of Θ_XX (see `symmetricEigen`)
   * @param targets ŷ [N, C]
   * @param initial f_0 [N, C]; zero unless given
   */
  constructor(kernel: EigenSystem, targets: ArrayLike<number>, initial?: ArrayLike<number>) {
    const size = kernel.values.length;
    this.#outputs = outputsOf(targets, size);
    if (initial && initial.length !== targets.length) {
      throw new InvalidArgumentError(
        `Expected ${targets.length} initial outputs, one per target, but found ${initial.length}`,
      );
    }
    this.#system = kernel;
    this.#targets = Float64Array.from(targets);
    const residual = this.#targets.map((target, i) => (initial?.[i] ?? 0) - target);
    this.#modes = intoModes(kernel, residual, this.#outputs);
  }

  /** `f_t` [N, C] on the training samples. */
  outputsAt(time: number): Float64Array {
    const { values } = this.#system;
    const result = fromModes(this.#system, this.#modes, this.#outputs, (k) => decay(values[k], time));
    return result.map((residual, i) => this.#targets[i] + residual);
  }

  /** The residual's length along each eigenvector, over all outputs: `e^{−ηλ_k t} ‖v_kᵀ (f_0 − ŷ)‖`. */
  modeResidualsAt(time: number): Float64Array {
    return this.#system.values.map((value, k) => {
      let square = 0;
      for (let c = 0; c < this.#outputs; c++) square += this.#modes[k * this.#outputs + c] ** 2;
      return decay(value, time) * Math.sqrt(square);
    });
  }

  /** The loss curve: `‖f_t − ŷ‖² / (N · C)`, the mean squared error, at a time. */
  lossAt(time: number): number {
    const square = this.modeResidualsAt(time).reduce((sum, residual) => sum + residual * residual, 0);
    return square / this.#targets.length;
  }

  /**
   * Outputs on other samples.
   *
   * @param cross Θ_*X [M, N]
   * @param time may be infinite: training to the end
   * @param initial f_0 on those samples [M, C]; zero unless given
   */
  predictAt(cross: ArrayLike<number>, time: number, initial?: ArrayLike<number>): Float64Array {
    const { values } = this.#system, size = values.length, outputs = this.#outputs;
    const samples = size === 0 ? 0 : cross.length / size;
    if (!Number.isInteger(samples) || (initial && initial.length !== samples * outputs)) {
      throw new InvalidArgumentError(
        `Expected rows of ${size} kernel entries and ${outputs} initial outputs for each but found ${cross.length}` +
          (initial ? ` and ${initial.length}` : ""),
      );
    }
    // −Θ^{-1} (I − e^{−ηΘt}) (f_0 − ŷ), without dividing by what is zero.
    const weights = fromModes(this.#system, this.#modes, outputs, (k) => {
      if (time === Infinity) return values[k] > ROUNDING * values[0] ? -1 / values[k] : 0;
      return values[k] > 0 ? Math.expm1(-values[k] * time) / values[k] : -time;
    });
    const result = initial ? Float64Array.from(initial) : new Float64Array(samples * outputs);
    for (let i = 0; i < samples; i++) {
      for (let j = 0; j < size; j++) {
        const entry = cross[i * size + j];
        for (let c = 0; c < outputs; c++) result[i * outputs + c] += entry * weights[j * outputs + c];
      }
    }
    return result;
  }
}

/** `e^{−λt}`; a mode without an eigenvalue above zero stays, however long: below zero are rounding errors. */
function decay(value: number, time: number): number {
  return value > 0 ? Math.exp(-value * time) : 1;
}

/**
 * Kernel–target alignment `⟨Θ, YYᵀ⟩ / (‖Θ‖ ‖YYᵀ‖)`, Frobenius (Cristianini et al. 2001), between −1 and 1; of one output
 * `yᵀΘy / (‖Θ‖ ‖y‖²)`.
 *
 * @param kernel [N, N] row-major
 * @param targets [N, C] row-major
 */
export function kernelTargetAlignment(kernel: ArrayLike<number>, targets: ArrayLike<number>): number {
  const size = Math.round(Math.sqrt(kernel.length));
  if (size * size !== kernel.length) {
    throw new InvalidArgumentError(`Expected a square kernel but found ${kernel.length} entries`);
  }
  const outputs = outputsOf(targets, size);
  let product = 0, kernelSquare = 0, targetSquare = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let target = 0;
      for (let c = 0; c < outputs; c++) target += targets[i * outputs + c] * targets[j * outputs + c];
      product += kernel[i * size + j] * target;
      kernelSquare += kernel[i * size + j] ** 2;
      targetSquare += target * target;
    }
  }
  return product / Math.sqrt(kernelSquare * targetSquare);
}

/**
 * The generalisation term `Σ_c y_cᵀ Θ^{-1} y_c` (Arora et al. 2019).
 *
 * @param kernel the whole eigensystem of Θ
 * @param targets [N, C] row-major
 * @param ridge added to each eigenvalue; with none, eigenvalues that are zero to float32's rounding are left out
 */
export function generalisationTerm(kernel: EigenSystem, targets: ArrayLike<number>, ridge = 0): number {
  const { values } = kernel, outputs = outputsOf(targets, values.length);
  const modes = intoModes(kernel, Float64Array.from(targets), outputs);
  let term = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k] + ridge;
    if (!(value > ROUNDING * values[0])) continue;
    for (let c = 0; c < outputs; c++) term += modes[k * outputs + c] ** 2 / value;
  }
  return term;
}

function outputsOf(targets: ArrayLike<number>, size: number): number {
  const outputs = size === 0 ? 0 : targets.length / size;
  if (!Number.isInteger(outputs) || outputs < 1) {
    throw new InvalidArgumentError(
      `Expected as many targets for each of ${size} samples but found ${targets.length} in all`,
    );
  }
  return outputs;
}

/** Components [N, C] along the eigenvectors. */
function intoModes({ values, vectors }: EigenSystem, columns: Float64Array, outputs: number): Float64Array {
  const size = values.length, modes = new Float64Array(columns.length);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      const component = vectors[k * size + i];
      for (let c = 0; c < outputs; c++) modes[k * outputs + c] += component * columns[i * outputs + c];
    }
  }
  return modes;
}

/** The columns [N, C] with components `factor(k)` times the modes. */
function fromModes(
  { values, vectors }: EigenSystem,
  modes: Float64Array,
  outputs: number,
  factor: (k: number) => number,
): Float64Array {
  const size = values.length, columns = new Float64Array(modes.length);
  for (let k = 0; k < size; k++) {
    const scale = factor(k);
    for (let i = 0; i < size; i++) {
      const component = scale * vectors[k * size + i];
      for (let c = 0; c < outputs; c++) columns[i * outputs + c] += component * modes[k * outputs + c];
    }
  }
  return columns;
}
