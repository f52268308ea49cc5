import { Matrix as HostMatrix } from "ml-matrix";
import type { Activation } from "@graphon-limit/model";
import { activation, maskedMatmulTransposed } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { reactions } from "./backward_reaction.ts";
import type { Covariances } from "./covariances.ts";
import type { GaussianTypes } from "./gaussian_types.ts";
import { type Covariance, gram, hadamard, pseudoInverse } from "./matrices.ts";
import type { LayerTypes } from "./neuron_types.ts";
import { gradientTangent } from "./outputs.ts";
import { multiplyRows, timesSlope, type TypeSampler } from "./sample_types.ts";

/** Directions of a sampled covariance below this share of its largest are rounding. */
const RANK_TOLERANCE = 1e-5;

/** The tangents of both passes along the gradient, in units of `n s²` times those of {@linkcode GaussianTypes}. */
export interface TangentTypes extends Disposable {
  readonly layers: readonly LayerTypes[];
}

/**
 * Samples the tangents of GraSP. Along V = δhᵀ, and with the reaction of each product's matrix on itself kept,
 *
 *     ż^(l) = ε A^(l) δ^(l) + ξ^(l),  A^(l+1) = E_φ[Λ^(l)] + σ_w² E_φ'[Λ^(l)] ∘ A^(l)  (the tangent kernel),
 *     ġ^(l) = ε E^(l) h^(l) + η^(l),  E^(l) = D^(l+1) + σ_w² M^(l+1),  D = E[δδᵀ],  M Λ = E[δ̇ zᵀ] over ε,
 *
 * ε = 1/√n (1 for the outputs' ż, whose δ is not small), ξ and η normal with the covariances of what they are made of, ξ independent of everything before it and η joint
 * with g. The terms with ε are what a finite width adds: next to what is left at n = ∞ they are of the order of 10 T/√n, so
 * that at any width in use, the temperature T being 200, they are most of the score.
 *
 * @param epsilon 1/√n
 * @param firstKernel what the first layer's V adds, relative to a hidden layer's: d/n in the standard parametrization
 */
export async function sampleTangentTypes(
  sampler: TypeSampler,
  types: GaussianTypes,
  covariances: Covariances,
  { variance, activation: fn, temperature, epsilon, firstKernel }: {
    variance: number;
    activation: Activation;
    temperature: number;
    epsilon: number;
    firstKernel: number;
  },
): Promise<TangentTypes> {
  const { device, count } = sampler, { value, slope } = covariances;
  const { preActivations, activations, signals, deltas, output } = types;
  const hidden = slope.length, samples = activations[0].cols, classes = deltas[hidden].rows;
  const kernels = [HostMatrix.mul(covariances.inputs, firstKernel)];
  for (let layer = 0; layer < hidden; layer++) {
    const reaction = HostMatrix.mul(hadamard(slope[layer], kernels[layer]), variance);
    kernels.push(HostMatrix.add(value[layer], reaction));
  }

  const slopes: Matrix[] = [], activationTangents: Matrix[] = [];
  let carried: Covariance = HostMatrix.zeros(samples, samples);
  for (let layer = 0; layer < hidden; layer++) {
    const dz = device.matrix(count, samples);
    multiplyRows(deltas[layer], kernels[layer], dz, epsilon, 0);
    if (layer > 0) sampler.addNormal("tangent", layer, carried, dz, 1);
    const dh = timesSlope(preActivations[layer], dz, fn);
    slopes.push(dz);
    activationTangents.push(dh);
    carried = await secondMoment(dh, dh, variance / count);
  }

  const moved = sampler.hostNormal("outputTangent", classes, carried);
  for (let c = 0; c < classes; c++) {
    for (let b = 0; b < samples; b++) {
      let sum = moved[c * samples + b];
      for (let k = 0; k < samples; k++) sum += kernels[hidden].get(b, k) * output.gradient[c * samples + k];
      moved[c * samples + b] = sum;
    }
  }
  const outputTangent = gradientTangent(output, moved, samples, temperature);

  const coefficients = await reactions(types, covariances, kernels, variance, fn);
  const deltaTangents = [device.upload(Float32Array.from(outputTangent), classes, samples)];
  let law = {
    both: gram(outputTangent, outputTangent, samples, variance),
    cross: gram(outputTangent, output.gradient, samples, variance),
    own: gram(output.gradient, output.gradient, samples, variance),
  };
  for (let layer = hidden - 1; layer >= 0; layer--) {
    using dg = device.matrix(count, samples);
    const regression = law.cross.mmul(pseudoInverse(law.own, RANK_TOLERANCE));
    multiplyRows(signals[layer], regression, dg, 1, 0);
    const rest = HostMatrix.sub(law.both, regression.mmul(law.cross.transpose()));
    sampler.addNormal("signalTangent", layer, rest, dg, 1);
    multiplyRows(activations[layer + 1], coefficients[layer], dg, epsilon, 1);
    const out = device.matrix(count, samples);
    const args = { z: preActivations[layer], g: signals[layer], dz: slopes[layer], dg, out };
    device.run(activation, args, { fn, mode: "second" });
    deltaTangents.unshift(out);
    if (layer === 0) break;
    law = {
      both: await secondMoment(out, out, variance / count),
      cross: await secondMoment(out, deltas[layer], variance / count),
      own: await secondMoment(deltas[layer], deltas[layer], variance / count),
    };
  }
  for (const matrix of slopes) matrix.dispose();
  const layers = deltaTangents.map((tangent, layer): LayerTypes => ({
    first: { output: tangent, input: activations[layer] },
    ...(layer > 0 ? { second: { output: deltas[layer], input: activationTangents[layer - 1] } } : {}),
  }));
  return {
    layers,
    [Symbol.dispose]() {
      for (const matrix of [...activationTangents, ...deltaTangents]) matrix.dispose();
    },
  };
}

/** `scale · leftᵀ right` of [types, samples] matrices. */
async function secondMoment(left: Matrix, right: Matrix, scale: number): Promise<Covariance> {
  const { device, cols } = left;
  using out = device.matrix(cols, cols);
  device.run(maskedMatmulTransposed, { weights: left, x: right, out }, { scale, accumulate: 0 });
  return HostMatrix.from1DArray(cols, cols, [...await device.read(out)]);
}
