import { Matrix as HostMatrix } from "ml-matrix";
import type { Activation, Batch } from "@graphon-limit/model";
import type { Matrix } from "@graphon-limit/runtime";
import type { Covariances } from "./covariances.ts";
import { type Covariance, gram, hadamard } from "./matrices.ts";
import type { LayerTypes } from "./neuron_types.ts";
import { drawOutputs, type OutputDraw } from "./outputs.ts";
import { activate, timesSlope, type TypeSampler } from "./sample_types.ts";

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

/**
 * Samples the types of SNIP (design §5): `z ~ N(0, Λ^(l))`, `g ~ N(0, Γ^(l))/√n` with `Γ^(L) = σ_w² Σ_c δ_c δ_cᵀ` given the
 * outputs and `Γ^(l) = σ_w² E_φ'[Λ^(l+1)] ∘ Γ^(l+1)`.
 */
export function sampleGaussianTypes(
  sampler: TypeSampler,
  covariances: Covariances,
  batch: Batch,
  labels: Uint32Array,
  { classes, variance, activation, temperature, outputs }: {
    classes: number;
    variance: number;
    activation: Activation;
    temperature: number;
    /** [classes, samples]; drawn unless given. */
    outputs?: Float32Array | undefined;
  },
): GaussianTypes {
  const { device } = sampler, { preActivation, slope } = covariances;
  const hidden = slope.length, samples = labels.length;
  const output = drawOutputs(sampler, preActivation[hidden], labels, classes, temperature, outputs);
  const signalLaws: Covariance[] = [gram(output.gradient, output.gradient, samples, variance)];
  for (let layer = hidden - 1; layer > 0; layer--) {
    signalLaws.unshift(HostMatrix.mul(hadamard(slope[layer], signalLaws[0]), variance));
  }
  const preActivations = slope.map((_, layer) =>
    sampler.normal("preActivation", layer, preActivation[layer])
  );
  const activations = [batch.inputs, ...preActivations.map((z) => activate(z, activation))];
  const signals = signalLaws.map((law, layer) => sampler.normal("signal", layer, law));
  const deltas = signals.map((g, layer) => timesSlope(preActivations[layer], g, activation));
  deltas.push(device.upload(Float32Array.from(output.gradient), classes, samples));
  return {
    preActivations,
    activations,
    signals,
    deltas,
    signalLaws,
    output,
    [Symbol.dispose]() {
      for (const matrix of [...preActivations, ...activations.slice(1), ...signals, ...deltas]) {
        matrix.dispose();
      }
    },
  };
}

/** SNIP's scales: `⟨δ_i, h_j⟩`. */
export function snipTypes({ activations, deltas }: GaussianTypes): LayerTypes[] {
  return deltas.map((output, layer) => ({ first: { output, input: activations[layer] } }));
}
