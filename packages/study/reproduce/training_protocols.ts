import { DENSE } from "../kinds/network.ts";
import type { Scale } from "./scale.ts";
import { contendersOf, cross, freshStepsOf, type TrainingProtocol } from "./training_curves.ts";

const dense = { method: DENSE, sparsity: 0 };
const random = { method: "random" }, magnitude = { method: "magnitude" };
const snip = { method: "snip" }, synflow = { method: "synflow" };
/** Random pruning that keeps as many weights in each layer as another method: what of a method's lead is its layers' sizes. */
const randomBySnip = { method: "random", quota: "snip" },
  randomBySynflow = { method: "random", quota: "synflow" };

/** Adam's learning rate where nothing else is asked. */
export const adamRate = 0.001;

/** How the networks of the experiments are trained. */
export const protocols = {
  F2: (scale: Scale): TrainingProtocol => ({
    contenders: contendersOf(scale.initialisers, [
      dense,
      ...cross([random, randomBySnip, randomBySynflow, snip, synflow], scale.trainingSparsities),
    ]),
    learningRate: adamRate,
    ...lengthOf(scale, scale.steps),
  }),
  R4: (scale: Scale): TrainingProtocol => ({
    ...protocols.F2(scale),
    contenders: protocols.F2(scale).contenders.filter(({ method, sparsity }) =>
      method === DENSE || (sparsity >= 0.6 && sparsity <= 0.9)
    ),
  }),
  R5: (scale: Scale) => anotherRate(scale, 0.01),
  R6: (scale: Scale) => anotherRate(scale, 0.005),
  R8: (scale: Scale): TrainingProtocol => ({
    contenders: contendersOf(scale.initialisers, cross([random, randomBySnip, magnitude, snip], [0.8])),
    learningRate: adamRate,
    ...lengthOf(scale, scale.steps),
  }),
};

function lengthOf(scale: Scale, steps: number) {
  return { steps, freshSteps: freshStepsOf(scale, steps), trials: scale.trainingTrials };
}

function anotherRate(scale: Scale, learningRate: number): TrainingProtocol {
  return {
    contenders: contendersOf(scale.initialisers, cross([random, randomBySnip, snip], [0.8, 0.9])),
    learningRate,
    ...lengthOf(scale, Math.ceil(scale.steps / 2) + 1),
  };
}

/** R4's methods at each of a grid of learning rates, as many runs as the scale affords. */
export function rateProtocols(scale: Scale): TrainingProtocol[] {
  const { initialisers, trainingSparsities, steps, learningRateTrials, trainingTrials } = scale;
  const sparsities = trainingSparsities.filter((sparsity) => sparsity === 0.8 || sparsity === 0.9);
  return scale.learningRates.map((learningRate) => ({
    contenders: contendersOf(
      initialisers,
      cross([random, randomBySnip, randomBySynflow, snip, synflow], sparsities),
    ),
    learningRate,
    ...lengthOf(scale, steps),
    trials: Math.min(learningRateTrials, trainingTrials),
  }));
}
