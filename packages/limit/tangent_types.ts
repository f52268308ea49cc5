import { Matrix as HostMatrix } from "ml-matrix";
import { Resources } from "@graphon-limit/model";
import { activation, maskedMatmulTransposed } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { reactions } from "./backward_reaction.ts";
import type { Covariances } from "./covariances.ts";
import type { GaussianSettings, GaussianTypes } from "./gaussian_types.ts";
import { type Covariance, gram, hadamard, pseudoInverse } from "./matrices.ts";
import { gradientTangent } from "./outputs.ts";
import { multiplyRows, timesSlope, type TypeSampler } from "./sample_types.ts";

/** Directions of a sampled covariance below this share of its largest are rounding. */
const RANK_TOLERANCE = 1e-5;

/** The tangents of both passes along the gradient, in units of `n s²` times those of {@linkcode GaussianTypes}. */
export interface TangentTypes extends Disposable {
  /** ḣ of each hidden layer. */
  readonly activationTangents: readonly Matrix[];
  /** δ̇ of each hidden layer, and of the outputs. */
  readonly deltaTangents: readonly Matrix[];
}

/** What {@linkcode sampleTangentTypes} must know of the network and its loss. */
export interface TangentSettings extends Omit<GaussianSettings, "classes" | "outputs"> {
  /** 1/√n. */
  readonly epsilon: number;
  /** What the first layer's V adds, relative to a hidden layer's: d/n in the standard parametrization. */
  readonly firstKernel: number;
}

/** Steps that {@linkcode sampleTangentTypes} takes. */
export function tangentSteps(hidden: number): number {
  return 2 * hidden;
}

/**
 * Samples how signals move along the gradient, which GraSP asks for. Along V = δhᵀ, and with the reaction of each product's matrix
 * on itself kept,
 *
 *     ż^(l) = ε A^(l) δ^(l) + ξ^(l),  A^(l+1) = E_φ[Λ^(l)] + σ_w² E_φ'[Λ^(l)] ∘ A^(l)  (the tangent kernel),
 *     ġ^(l) = ε E^(l) h^(l) + η^(l),  E^(l) = D^(l+1) + σ_w² M^(l+1),  D = E[δδᵀ],  M Λ = E[δ̇ zᵀ] over ε,
 *
 * ε = 1/√n (1 for the outputs' ż, whose δ is not small), ξ and η normal with the covariances of what they are made of, ξ
 * independent of everything before it and η joint with g. The terms with ε are what a finite width adds: next to what is left at n = ∞ they are of the order of 10 T/√n, so
 * that at any width in use, the temperature T being 200, they are most of the score.
 */
export async function sampleTangentTypes(
  sampler: TypeSampler,
  types: GaussianTypes,
  covariances: Covariances,
  { variance, activation: fn, temperature, epsilon, firstKernel }: TangentSettings,
  step: () => Promise<void>,
): Promise<TangentTypes> {
  using made = new Resources();
  using passing = new Resources();
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
    const dz = passing.add(device.matrix(count, samples));
    multiplyRows(deltas[layer], kernels[layer], dz, epsilon, 0);
    if (layer > 0) sampler.addNormal("tangent", layer, carried, dz, 1);
    const dh = made.add(timesSlope(preActivations[layer], dz, fn));
    slopes.push(dz);
    activationTangents.push(dh);
    carried = await secondMoment(dh, dh, variance / count);
    await step();
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
  const deltaTangents = [made.add(device.upload(Float32Array.from(outputTangent), classes, samples))];
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
    const out = made.add(device.matrix(count, samples));
    const args = { z: preActivations[layer], g: signals[layer], dz: slopes[layer], dg, out };
    device.run(activation, args, { fn, mode: "second" });
    deltaTangents.unshift(out);
    await step();
    if (layer === 0) break;
    law = {
      both: await secondMoment(out, out, variance / count),
      cross: await secondMoment(out, deltas[layer], variance / count),
      own: await secondMoment(deltas[layer], deltas[layer], variance / count),
    };
  }
  const kept = made.move();
  return { activationTangents, deltaTangents, [Symbol.dispose]: () => kept[Symbol.dispose]() };
}

/** `scale · leftᵀ right` of [types, samples] matrices. */
async function secondMoment(left: Matrix, right: Matrix, scale: number): Promise<Covariance> {
  const { device, cols } = left;
  using out = device.matrix(cols, cols);
  device.run(maskedMatmulTransposed, { weights: left, x: right, out }, { scale, accumulate: 0 });
  return HostMatrix.from1DArray(cols, cols, [...await device.read(out)]);
}
