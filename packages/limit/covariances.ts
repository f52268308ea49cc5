import { Matrix as HostMatrix } from "ml-matrix";
import type { Activation } from "@graphon-limit/model";
import { dualActivation } from "@graphon-limit/ops";
import type { Device, Matrix } from "@graphon-limit/runtime";
import { type Covariance, gram } from "./matrices.ts";

/** Covariances over a batch, layer by layer, of an infinitely wide network (docs/mathematics.md §5). */
export interface Covariances {
  /** `inputs`: XᵀX/d. */
  readonly inputs: Covariance;
  /** Of the pre-activations of each hidden layer and, last, of each output. */
  readonly preActivation: readonly Covariance[];
  /** `E[φ(z) φ(z)ᵀ]` and `E[φ'(z) φ'(z)ᵀ]` of each hidden layer. */
  readonly value: readonly Covariance[];
  readonly slope: readonly Covariance[];
}

/** `Λ^(1) = σ_w² XᵀX/d`, `Λ^(l+1) = σ_w² E_φ[Λ^(l)]`. */
export async function covariancesOf(
  inputs: Matrix,
  hidden: number,
  variance: number,
  activation: Activation,
): Promise<Covariances> {
  const { device, rows, cols } = inputs;
  const x = await device.read(inputs), first = gram(x, x, cols, 1 / rows);
  const preActivation = [HostMatrix.mul(first, variance)], value: Covariance[] = [], slope: Covariance[] = [];
  for (let layer = 0; layer < hidden; layer++) {
    const dual = await duals(device, preActivation[layer], activation);
    value.push(dual.value);
    slope.push(dual.slope);
    preActivation.push(HostMatrix.mul(dual.value, variance));
  }
  return { inputs: first, preActivation, value, slope };
}

async function duals(
  device: Device,
  law: Covariance,
  fn: Activation,
): Promise<{ value: Covariance; slope: Covariance }> {
  const samples = law.rows, pairs = samples * samples;
  using covariance = device.upload(Float32Array.from(law.to1DArray()), 1, pairs);
  using variance = device.upload(Float32Array.from(law.diagonal()), 1, samples);
  using nodes = fn === "tanh" ? tanhNodes(device, Math.sqrt(Math.max(...law.diagonal()))) : undefined;
  using value = device.matrix(1, pairs);
  using slope = device.matrix(1, pairs);
  const args = { covariance, variance, nodes, value, slope };
  device.run(dualActivation, args, { firstRow: 0, firstColumn: 0, fn });
  const [values, slopes] = (await Promise.all([device.read(value), device.read(slope)]))
    .map((elements) => HostMatrix.from1DArray(samples, samples, [...elements]));
  return { value: values, slope: slopes };
}

/** The midpoint rule over ±5.5 deviations of the standard normal law, finer where tanh is steep. */
function tanhNodes(device: Device, deviation: number): Matrix {
  const count = Math.min(Math.max(Math.ceil(26 * deviation), 20), 160), step = 11 / count;
  const places = Float64Array.from({ length: count }, (_, i) => (i + 0.5) * step - 5.5);
  const densities = places.map((place) => Math.exp(-place * place / 2));
  const total = densities.reduce((sum, density) => sum + density);
  return device.upload(Float32Array.of(...places, ...densities.map((density) => density / total)), 2, count);
}
