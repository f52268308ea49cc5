import { deriveSeed, type Device, type Seed } from "@graphon-limit/runtime";
import { type Covariances, covariancesOf } from "./covariances.ts";
import { magnitudeLimit, randomLimit } from "./closed_form.ts";
import { sampleGaussianTypes, snipTypes } from "./gaussian_types.ts";
import { sampleTangentTypes } from "./grasp_types.ts";
import type { LayerEstimate } from "./layer_estimate.ts";
import { type NetworkLaw, networkLaw } from "./layer_laws.ts";
import {
  type LimitMethod,
  type LimitNetwork,
  type LimitOptions,
  type LimitPlan,
  planLimit,
} from "./options.ts";
import type { LayerTypes } from "./neuron_types.ts";
import type { StepGraphon } from "@graphon-limit/graphon";
import { combine, type LimitLayer } from "./result.ts";
import { TypeSampler } from "./sample_types.ts";
import { estimateLayers } from "./scored_layers.ts";
import { synflowLimit } from "./synflow_limit.ts";

/** Temperature of the logits in each method's loss. */
const TEMPERATURE = { snip: 1, grasp: 200 } as const;

/**
 * The graphons that a method's masks converge to as the width grows, layer by layer from the input on, without a wide
 * network: latent types of neurons are sampled, each weight is integrated out in closed form, and one threshold is solved
 * for across layers (design §5). Rows are outputs and columns inputs, both sorted by descending expected degree.
 *
 * - `random`, `magnitude`: constants, exactly.
 * - `snip`: Gaussian types, given the batch. At a finite width only the layers' sizes and scales know of it; the first
 *   layer's columns are the inputs themselves.
 * - `grasp`: the same with the tangents of both passes; terms that vanish at n = ∞ are kept at a finite width, where the
 *   temperature of 200 makes them most of the score.
 * - `synflow`: a population of types followed through the rounds; the first layer keeps its weights, the last too, and at a
 *   finite width the sums over a layer fluctuate, which the rounds amplify.
 *
 * @example The limit of magnitude pruning
 * ```ts
 * import { limitGraphon } from "@graphon-limit/limit";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * const network = { inputs: 784, hidden: 3, classes: 10, width: Infinity };
 * const layers = await limitGraphon(device, "magnitude", network, { sparsity: 0.8, seed: seedFrom(0) });
 * console.assert(Math.abs(layers[1].density - 0.2) < 1e-6);
 * ```
 *
 * @throws {InvalidArgumentError} for values outside what it accepts, or without a batch where the method reads one
 */
export async function limitGraphon(
  device: Device,
  method: LimitMethod,
  network: LimitNetwork,
  options: LimitOptions,
): Promise<LimitLayer[]> {
  const plan = planLimit(method, network, options);
  const repeat = await repetition(device, method, network, plan);
  if (method === "random" || method === "magnitude") return (await repeat(plan.seed)).map(asExact);
  const repetitions: LayerEstimate[][] = [];
  for (let draw = 0; draw < plan.outputDraws; draw++) {
    repetitions.push(await repeat(deriveSeed(plan.seed, draw)));
  }
  return repetitions[0].map((_, layer) => combine(repetitions.map((estimates) => estimates[layer])));
}

/** The graphons of a whole network whose layers share positions. */
export interface NetworkLimit {
  /**
   * One per layer of weights, [types, types] between hidden layers: row `u` of one and column `u` of the next are the same
   * neuron. The first has a column for each input, or one for all where they are alike; the last likewise a row.
   */
  readonly graphons: readonly StepGraphon[];
  /** `E[w² · kept] / σ²` in the same cells (design §4). */
  readonly secondMoments: readonly StepGraphon[];
}

/**
 * One repetition of {@linkcode limitGraphon} at the resolution of the types themselves. A neuron's row says how it is
 * connected to the layer before and its column how to the layer after; sorted by degree each for itself, as the layers'
 * graphons are, the two would not belong together, and a tangent kernel needs both.
 *
 * @param options `types` is the number of positions of a hidden layer; a kernel costs its square. 500 unless given.
 * @throws {InvalidArgumentError} as `limitGraphon`
 */
export async function limitNetwork(
  device: Device,
  method: LimitMethod,
  network: LimitNetwork,
  options: Omit<LimitOptions, "grid" | "outputDraws">,
): Promise<NetworkLimit> {
  const plan = planLimit(method, network, { types: 500, ...options });
  const repeat = await repetition(device, method, network, { ...plan, grid: "types" });
  const layers = await repeat(plan.seed);
  return {
    graphons: layers.map(({ graphon }) => graphon),
    secondMoments: layers.map(({ secondMoment }) => secondMoment),
  };
}

/** One repetition of a method's limit, as a function of its seed. */
async function repetition(
  device: Device,
  method: LimitMethod,
  network: LimitNetwork,
  plan: LimitPlan,
): Promise<(seed: Seed) => Promise<LayerEstimate[]>> {
  const law = networkLaw(network), kept = 1 - plan.sparsity;
  if (method === "random") return () => Promise.resolve(randomLimit(law, kept, plan.grid));
  if (method === "magnitude") return () => Promise.resolve(magnitudeLimit(law, kept, plan.scope, plan.grid));
  if (method === "synflow") return (seed) => synflowLimit(device, network, law, plan, seed);
  return await gradientLimit(device, method, network, law, plan);
}

/** A layer that is known exactly. */
function asExact(estimate: LayerEstimate): LimitLayer {
  return { ...combine([estimate]), standardError: new Float64Array(estimate.graphon.values.length) };
}

/** One repetition of SNIP's or GraSP's limit, as a function of its seed. */
async function gradientLimit(
  device: Device,
  method: "snip" | "grasp",
  network: LimitNetwork,
  law: NetworkLaw,
  plan: LimitPlan,
): Promise<(seed: Seed) => Promise<LayerEstimate[]>> {
  const batch = plan.batch!, { activation = "relu", classes, hidden } = network;
  const labels = await device.read(batch.labels), temperature = TEMPERATURE[method];
  const covariances: Covariances = await covariancesOf(batch.inputs, hidden, law.variance, activation);
  const settings = { classes, variance: law.variance, activation, temperature, outputs: plan.outputs };
  const finite = network.width !== Infinity;
  const epsilon = finite ? network.width ** -0.5 : 0;
  const firstKernel = law.ntk ? 1 : finite ? network.inputs / network.width : 0;
  return async (seed) => {
    const sampler = new TypeSampler(device, plan.types, seed);
    using types = sampleGaussianTypes(sampler, covariances, batch, labels, settings);
    if (method === "snip") return await estimate(snipTypes(types));
    using tangents = await sampleTangentTypes(sampler, types, covariances, {
      ...settings,
      epsilon,
      firstKernel,
    });
    return await estimate(tangents.layers);
  };

  function estimate(types: readonly LayerTypes[]): Promise<LayerEstimate[]> {
    const layers = law.layers.map(({ logForwardDeviation, ...layer }, index) => ({
      ...layer,
      types: types[index],
      // Deltas of hidden layers are in units of 1/√n.
      logScale: logForwardDeviation - (index < hidden ? law.logWidth / 2 : 0),
    }));
    const { scope, grid } = plan;
    return estimateLayers(layers, {
      kept: 1 - plan.sparsity,
      scope,
      grid,
      law: law.weights,
      signed: method === "grasp",
    });
  }
}
