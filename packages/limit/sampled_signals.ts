import { Resources } from "@graphon-limit/model";
import type { Device, Seed } from "@graphon-limit/runtime";
import { covariancesOf } from "./covariances.ts";
import { gaussianSteps, sampleGaussianTypes } from "./gaussian_types.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { NetworkSignals, SignalOptions } from "./neuron_types.ts";
import type { LimitPlan } from "./options.ts";
import { TypeSampler } from "./sample_types.ts";
import { sampleTangentTypes, tangentSteps } from "./tangent_types.ts";

/** Draws one repetition's signals. */
export type SignalSampler = (seed: Seed, step: () => Promise<void>) => Promise<NetworkSignals>;

/** Steps that a {@linkcode SignalSampler} takes. */
export function samplingSteps({ layers }: NetworkLaw, { tangents }: SignalOptions): number {
  const hidden = layers.length - 1;
  return gaussianSteps(hidden) + (tangents ? tangentSteps(hidden) : 0);
}

/** Signals of types drawn from the law of wide networks, on the plan's batch. */
export async function signalsOfLaw(
  device: Device,
  { layers, logWidth, variance, activation, ntk }: NetworkLaw,
  { batch, types: count, outputs }: LimitPlan,
  { temperature, tangents, drawnLabels }: SignalOptions,
): Promise<SignalSampler> {
  const { inputs } = batch!, hidden = layers.length - 1, width = layers[0].outputs;
  const labels = drawnLabels ? undefined : await device.read(batch!.labels);
  const covariances = await covariancesOf(inputs, hidden, variance, activation);
  const settings = { classes: layers[hidden].outputs, variance, activation, temperature, outputs };
  const finite = { epsilon: width ** -0.5, firstKernel: ntk ? 1 : inputs.rows / width };
  // Deltas of hidden layers are in units of 1/√n.
  const logUnits = layers.map((_, layer) => layer < hidden ? -logWidth / 2 : 0);
  return async (seed, step) => {
    const sampler = new TypeSampler(device, count, seed);
    using made = new Resources();
    const types = made.add(await sampleGaussianTypes(sampler, covariances, inputs, labels, settings, step));
    const moved = tangents
      ? made.add(await sampleTangentTypes(sampler, types, covariances, { ...settings, ...finite }, step))
      : undefined;
    const kept = made.move();
    return {
      layers: types.deltas.map((delta, layer) => ({
        input: types.activations[layer],
        delta,
        ...(moved
          ? {
            inputTangent: layer > 0 ? moved.activationTangents[layer - 1] : undefined,
            deltaTangent: moved.deltaTangents[layer],
          }
          : {}),
      })),
      logUnits,
      [Symbol.dispose]: () => kept[Symbol.dispose](),
    };
  };
}
