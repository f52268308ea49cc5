import { Matrix as HostMatrix } from "ml-matrix";
import { type Activation, Resources } from "@graphon-limit/model";
import type { Matrix } from "@graphon-limit/runtime";
import type { Covariances } from "./covariances.ts";
import { type Covariance, gram, hadamard } from "./matrices.ts";
import { drawOutputs, type OutputDraw } from "./outputs.ts";
import { activate, timesSlope, type TypeSampler } from "./sample_types.ts";

/** What {@linkcode sampleGaussianTypes} must know of the network and its loss. */
export interface GaussianSettings {
  readonly classes: number;
  /** `σ_w²`. */
  readonly variance: number;
  readonly activation: Activation;
  /** Of the logits. */
  readonly temperature: number;
  /** [classes, samples]; drawn where there are none. */
  readonly outputs: Float32Array | undefined;
}

/**
 * The neurons of one repetition: what each is in the forward and the backward pass, over the batch. Signals and deltas of
 * hidden layers are in units of 1/√n, all of them without the factor 1/(B T) of the loss.
 */
export interface GaussianTypes extends Disposable {
  /** `z` of each hidden layer, [types, samples]. */
  readonly preActivations: readonly Matrix[];
  /** The inputs, then `h = φ(z)` of each hidden layer. */
  readonly activations: readonly Matrix[];
  /** `g = Wᵀδ` of each hidden layer. */
  readonly signals: readonly Matrix[];
  /** `δ = φ'(z) ⊙ g` of each hidden layer, and of the outputs. */
  readonly deltas: readonly Matrix[];
  /** Γ^(l), the signals' covariance. */
  readonly signalLaws: readonly Covariance[];
  readonly output: OutputDraw;
}

/** Steps that {@linkcode sampleGaussianTypes} takes. */
export function gaussianSteps(hidden: number): number {
  return 2 * hidden;
}

/**
 * Samples types (docs/mathematics.md §5): `z ~ N(0, Λ^(l))`, `g ~ N(0, Γ^(l))/√n` with `Γ^(L) = σ_w² Σ_c δ_c δ_cᵀ` given the outputs and
 * `Γ^(l) = σ_w² E_φ'[Λ^(l+1)] ∘ Γ^(l+1)`.
 */
export async function sampleGaussianTypes(
  sampler: TypeSampler,
  covariances: Covariances,
  inputs: Matrix,
  labels: Uint32Array | undefined,
  { classes, variance, activation, temperature, outputs }: GaussianSettings,
  step: () => Promise<void>,
): Promise<GaussianTypes> {
  const { device } = sampler, { preActivation, slope } = covariances;
  const hidden = slope.length, samples = inputs.cols;
  const output = drawOutputs(sampler, preActivation[hidden], labels, classes, temperature, outputs);
  const signalLaws: Covariance[] = [gram(output.gradient, output.gradient, samples, variance)];
  for (let layer = hidden - 1; layer > 0; layer--) {
    signalLaws.unshift(HostMatrix.mul(hadamard(slope[layer], signalLaws[0]), variance));
  }
  using made = new Resources();
  const preActivations: Matrix[] = [], activations = [inputs], signals: Matrix[] = [], deltas: Matrix[] = [];
  for (let layer = 0; layer < hidden; layer++) {
    const z = made.add(sampler.normal("preActivation", layer, preActivation[layer]));
    preActivations.push(z);
    activations.push(made.add(activate(z, activation)));
    await step();
  }
  for (const [layer, law] of signalLaws.entries()) {
    const g = made.add(sampler.normal("signal", layer, law));
    signals.push(g);
    deltas.push(made.add(timesSlope(preActivations[layer], g, activation)));
    await step();
  }
  deltas.push(made.add(device.upload(Float32Array.from(output.gradient), classes, samples)));
  const kept = made.move();
  return {
    preActivations,
    activations,
    signals,
    deltas,
    signalLaws,
    output,
    [Symbol.dispose]: () => kept[Symbol.dispose](),
  };
}
