import {
  backward,
  type Batch,
  crossEntropyLoss,
  forward,
  gradientDirection,
  type Mlp,
  tangent,
} from "@graphon-limit/model";
import { addScaled, leastProducts, multiplyElements, reduceRows, type WeightLaw } from "@graphon-limit/ops";
import type { Schedule, Scope } from "@graphon-limit/pruners";
import { InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "@graphon-limit/graphon";
import { magnitudeLimit, randomLimit } from "./closed_form.ts";
import { estimateLayer, type LayerEstimate } from "./layer_estimate.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { LayerTypes } from "./neuron_types.ts";
import { LIMIT_METHODS, type LimitMethod } from "./options.ts";
import { combine, type LimitLayer } from "./result.ts";
import { estimateLayers } from "./scored_layers.ts";
import { followSynflow } from "./synflow_rounds.ts";

export interface RaoBlackwellOptions {
  /** The fraction removed, in [0, 1). */
  readonly sparsity: number;
  readonly scope?: Scope;
  /** Rounds of SynFlow; 100 unless given. */
  readonly rounds?: number;
  readonly schedule?: Schedule;
  /** The samples that SNIP and GraSP score on. */
  readonly batch?: Batch | undefined;
  readonly grid?: number;
  /** The family the initial weights are from; normal unless given. Their deviation is measured, layer by layer. */
  readonly law?: WeightLaw;
}

/**
 * The graphons of one finite network's masks with the masks' coin flips integrated out (Rao and Blackwell): the types are
 * those of the network's own neurons, and each weight, which enters its own score and next to nothing of its neurons' types,
 * is averaged over its law (design §5). Far less noisy than sort-and-smooth of the mask itself. A single network: no
 * standard errors. The network must be at its initialisation, without masks; it is left so.
 *
 * @throws {InvalidArgumentError} for a network with masks, or without a batch where the method reads one
 */
export async function raoBlackwell(
  mlp: Mlp,
  method: LimitMethod,
  options: RaoBlackwellOptions,
): Promise<LimitLayer[]> {
  if (!LIMIT_METHODS.includes(method)) {
    throw new InvalidArgumentError(
      `Expected a method of ${LIMIT_METHODS.join(", ")} but found ${show(method)}`,
    );
  }
  if (mlp.masks.some((mask) => mask)) {
    throw new InvalidArgumentError(
      "Expected a network without masks, as it was initialised, but found masks",
    );
  }
  if ((method === "snip" || method === "grasp") && !options.batch) {
    throw new InvalidArgumentError(
      `Expected a batch of samples for ${method}, which reads data, but found none`,
    );
  }
  const law = await measuredLaw(mlp, options.law ?? "normal");
  return (await estimate(mlp, method, law, options)).map((layer) => combine([layer]));
}

async function estimate(
  mlp: Mlp,
  method: LimitMethod,
  law: NetworkLaw,
  options: RaoBlackwellOptions,
): Promise<LayerEstimate[]> {
  const { sparsity, scope = "global", grid = DEFAULT_GRID } = options, kept = 1 - sparsity;
  if (method === "random") return randomLimit(law, kept, grid);
  if (method === "magnitude") return magnitudeLimit(law, kept, scope, grid);
  if (method === "synflow") return await ofSynflow(mlp, law, options);
  using types = method === "snip" ? snipTypes(mlp, options.batch!) : graspTypes(mlp, options.batch!);
  const layers = law.layers.map((layer, index) => ({
    ...layer,
    types: types.layers[index],
    logScale: layer.logForwardDeviation,
  }));
  return await estimateLayers(layers, { kept, scope, grid, law: law.weights, signed: method === "grasp" });
}

async function ofSynflow(mlp: Mlp, law: NetworkLaw, options: RaoBlackwellOptions): Promise<LayerEstimate[]> {
  const { sparsity, scope = "global", rounds = 100, schedule = "exponential", grid = DEFAULT_GRID } = options;
  const trajectories = await followSynflow(mlp, { sparsity, rounds, schedule, scope });
  const estimates: LayerEstimate[] = [];
  for (const [layer, { outputs, inputs }] of trajectories.entries()) {
    const { rows, cols } = mlp.weights[layer];
    using left = mlp.device.upload(outputs, rows, rounds);
    using right = mlp.device.upload(inputs, cols, rounds);
    using scale = mlp.device.matrix(rows, cols);
    mlp.device.run(leastProducts, { left, right, out: scale });
    const threshold = Math.exp(-law.layers[layer].logDeviation);
    const settings = { ...law.layers[layer], threshold, law: law.weights, signed: false, grid };
    estimates.push(await estimateLayer(scale, settings));
  }
  return estimates;
}

interface NetworkTypes extends Disposable {
  readonly layers: LayerTypes[];
}

/** δ and h of the network's own neurons. */
function snipTypes(mlp: Mlp, batch: Batch): NetworkTypes {
  const pass = forward(mlp, batch.inputs), loss = crossEntropyLoss().value(mlp.device, pass.output, batch);
  const back = backward(mlp, pass, loss.gradient);
  return {
    layers: back.deltas.map((output, layer) => ({ first: { output, input: pass.activations[layer] } })),
    [Symbol.dispose]() {
      for (const made of [back, loss, pass]) made[Symbol.dispose]();
    },
  };
}

/** The same with the tangents along the gradient of the loss that GraSP takes. */
function graspTypes(mlp: Mlp, batch: Batch): NetworkTypes {
  const loss = crossEntropyLoss({ temperature: 200 }), pass = forward(mlp, batch.inputs);
  const value = loss.value(mlp.device, pass.output, batch), back = backward(mlp, pass, value.gradient);
  const moved = tangent(mlp, pass, back, gradientDirection(mlp, pass, back), loss, batch);
  return {
    layers: moved.deltaTangents.map((output, layer): LayerTypes => {
      const input = moved.activationTangents[layer];
      const first = { output, input: pass.activations[layer] };
      return input ? { first, second: { output: back.deltas[layer], input } } : { first };
    }),
    [Symbol.dispose]() {
      for (const made of [moved, back, value, pass]) made[Symbol.dispose]();
    },
  };
}

/** The law of the weights as they are: normal or uniform about 0, of the deviation that each layer's have. */
async function measuredLaw(mlp: Mlp, weights: WeightLaw): Promise<NetworkLaw> {
  const layers = await Promise.all(mlp.weights.map(async (matrix, layer) => {
    const logDeviation = Math.log(await rootMeanSquare(matrix));
    return {
      outputs: matrix.rows,
      inputs: matrix.cols,
      logCount: Math.log(matrix.rows * matrix.cols),
      logDeviation,
      logForwardDeviation: logDeviation + Math.log(mlp.scale(layer)),
    };
  }));
  const variance = mlp.widths[0] * Math.exp(2 * layers[0].logForwardDeviation);
  return { layers, logWidth: Math.log(mlp.widths[1]), variance, weights, ntk: mlp.parametrization === "ntk" };
}

async function rootMeanSquare(x: Matrix): Promise<number> {
  const { device, rows, cols } = x;
  using squares = device.matrix(rows, cols);
  device.clear(squares);
  using sums = device.matrix(rows, 1);
  device.run(addScaled, { x, y: squares }, { scale: 1 });
  device.run(multiplyElements, { x, y: squares });
  device.run(reduceRows, { x: squares, y: sums }, { initial: 0, kind: "sum" });
  return Math.sqrt((await device.read(sums)).reduce((sum, value) => sum + value, 0) / (rows * cols));
}
