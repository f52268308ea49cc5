import { Matrix as HostMatrix } from "ml-matrix";
import { crossEntropyLoss, type Loss, Resources } from "@graphon-limit/model";
import { activation } from "@graphon-limit/ops";
import { drawLabels } from "@graphon-limit/pruners";
import { deriveSeed, type Device, type Matrix, type Seed } from "@graphon-limit/runtime";
import { drawLayers, drawWeights, type FollowedLayer, MOST_NEURONS } from "./followed_layers.ts";
import { crossProducts, inner, multiply } from "./frame.ts";
import { eigen } from "./matrices.ts";
import { type KnownWeights, knownWeights, weightsThemselves } from "./known_weights.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { LayerSignals, NetworkSignals, SignalOptions } from "./neuron_types.ts";
import type { LimitPlan } from "./options.ts";
import type { RevealedMatrix } from "./revealed_matrix.ts";
import { activate, timesSlope } from "./sample_types.ts";

/** Signals of some neurons, and what the products that made them say of the weights between these. */
export interface ConditionedSignals extends NetworkSignals {
  readonly known: readonly KnownWeights[];
  /**
   * Weights that make these signals, one draw, in units of their deviation, and a seed for what is left to chance of masks; where all
   * neurons are followed and types are what is asked for.
   */
  readonly drawn: { readonly weights: readonly Matrix[]; readonly seed: Seed } | undefined;
}

/** The share of the outputs' variance that given ones are met in, by as few directions over the samples as will do. */
const MET = 0.99;

/** Steps that {@linkcode sampleConditionedSignals} takes. */
export function conditionedSteps({ layers }: NetworkLaw, { tangents }: SignalOptions): number {
  return (tangents ? 4 : 2) * layers.length;
}

/**
 * Draws the signals of one network of a finite width without its weights: each product of a weight matrix is drawn given those
 * before (`RevealedMatrix`), so that signals have the law that a drawn network's have, and are the gradient's and its tangent's own,
 * in their own units.
 */
export async function sampleConditionedSignals(
  device: Device,
  law: NetworkLaw,
  { batch, types, outputs, grid }: LimitPlan,
  { temperature, tangents, drawnLabels }: SignalOptions,
  seed: Seed,
  step: () => Promise<void>,
): Promise<ConditionedSignals> {
  using made = new Resources();
  const loss = crossEntropyLoss({ temperature }),
    layers = drawLayers(device, law, seed, made, {
      samples: batch!.inputs.cols,
      given: outputs !== undefined,
    });
  const pass = new Pass(layers, law.activation, made, step);
  await pass.forward(batch!.inputs, outputs);
  const own = drawnLabels
    ? await labelled(batch!, pass.outputs, deriveSeed(seed, layers.length), made)
    : batch!;
  const value = made.add(loss.value(device, pass.outputs, own));
  await pass.backward(value.gradient);
  if (tangents) await pass.tangents(loss, own);
  const kept = new Resources();
  try {
    const followed = layers.map(({ weights: { shape } }) => [shape.outputs, shape.inputs]);
    const some = (layer: number, side: 0 | 1) => {
      const whole = side === 0 ? layer === layers.length - 1 : layer === 0;
      return whole ? followed[layer][side] : Math.min(types, followed[layer][side]);
    };
    const signals: LayerSignals[] = [], known: KnownWeights[] = [], whole: Matrix[] = [];
    const all = grid === "types" && law.layers[0].outputs <= Math.min(types, MOST_NEURONS);
    for (const [index, layer] of layers.entries()) {
      const { weights, drawn, deviation } = layer;
      const outputs = some(index, 0), inputs = some(index, 1);
      const first = async (x: Matrix, rows: number) =>
        kept.add(device.upload(await device.read(x, [0, rows]), rows, x.cols));
      const { input, delta, inputTangent, deltaTangent } = pass.signals[index];
      const [h, d, dh, dd] = await Promise.all([
        first(input!, inputs),
        first(delta!, outputs),
        inputTangent && first(inputTangent, inputs),
        deltaTangent && first(deltaTangent, outputs),
      ]);
      signals.push({
        ...{ input: h, delta: d },
        ...(dh ? { inputTangent: dh } : {}),
        ...(dd ? { deltaTangent: dd } : {}),
      });
      known.push(
        kept.add(
          drawn
            ? await weightsThemselves(drawn, deviation, inputs)
            : await knownWeights(weights, deviation, outputs, inputs),
        ),
      );
      if (all) whole.push(kept.add(drawWeights(law, layer, deriveSeed(seed, index, 1))));
    }
    const held = kept.move();
    return {
      layers: signals,
      logUnits: layers.map(() => 0),
      known,
      drawn: all ? { weights: whole, seed: deriveSeed(seed, layers.length + 1) } : undefined,
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  } finally {
    kept[Symbol.dispose]();
  }
}

/** A batch with labels drawn from the outputs' softmax. */
async function labelled(
  { inputs }: NonNullable<LimitPlan["batch"]>,
  outputs: Matrix,
  seed: Seed,
  made: Resources,
): Promise<NonNullable<LimitPlan["batch"]>> {
  const { device } = outputs, labels = drawLabels(await device.read(outputs), outputs, seed);
  return { inputs, labels: made.add(device.upload(labels, 1, outputs.cols)) };
}

/** The four sweeps of a network, each product of a matrix as it comes. */
class Pass {
  readonly signals: LayerSignals[] = [];
  readonly #preActivations: Matrix[] = [];
  /** What flows back into each hidden layer. */
  readonly #back: Matrix[] = [];
  #outputs: Matrix | undefined;

  constructor(
    readonly layers: readonly FollowedLayer[],
    readonly fn: NetworkLaw["activation"],
    readonly made: Resources,
    readonly step: () => Promise<void>,
  ) {}

  get outputs(): Matrix {
    return this.#outputs!;
  }

  async forward(inputs: Matrix, given: Float32Array | undefined): Promise<void> {
    const { layers, made, fn, step } = this;
    let h = inputs;
    for (const [index, { weights }] of layers.entries()) {
      this.signals.push({ input: h });
      if (given && index === layers.length - 1) await assumeOutputs(weights, h, given);
      const z = made.add(await weights.forward(h));
      if (index === layers.length - 1) this.#outputs = z;
      else {
        this.#preActivations.push(z);
        h = made.add(activate(z, fn));
      }
      await step();
    }
  }

  async backward(gradient: Matrix): Promise<void> {
    const { layers, made, fn, step } = this;
    let delta = gradient;
    for (let index = layers.length - 1; index >= 0; index--) {
      this.signals[index].delta = delta;
      if (index > 0) {
        const back = made.add(await layers[index].weights.backward(delta));
        this.#back[index - 1] = back;
        delta = made.add(timesSlope(this.#preActivations[index - 1], back, fn));
      }
      await step();
    }
  }

  /** Both again, along the gradient `V = δ hᵀ`. */
  async tangents(loss: Loss, batch: NonNullable<LimitPlan["batch"]>): Promise<void> {
    const { layers, made, fn, signals, step } = this, moves: Matrix[] = [];
    let dh: Matrix | undefined;
    for (const [index, { weights, factor }] of layers.entries()) {
      const { input, delta } = signals[index];
      signals[index].inputTangent = dh;
      const dz = made.add(dh ? await weights.forward(dh) : emptyLike(delta!));
      using met = inner(input!, input!, factor * weights.shape.inputWeight);
      multiply(delta!, met, dz, 1, 1);
      moves.push(dz);
      if (index < layers.length - 1) dh = made.add(timesSlope(this.#preActivations[index], dz, fn));
      await step();
    }
    const last = layers.length - 1, { device } = this.outputs;
    let moved = made.add(loss.gradientTangent(device, this.outputs, moves[last], batch));
    for (let index = last; index >= 0; index--) {
      const { input, delta } = signals[index], { weights, factor } = layers[index];
      signals[index].deltaTangent = moved;
      if (index > 0) {
        const dg = made.add(await weights.backward(moved));
        using met = inner(delta!, delta!, factor * weights.shape.outputWeight);
        multiply(input!, met, dg, 1, 1);
        const z = this.#preActivations[index - 1], g = this.#back[index - 1], dz = moves[index - 1];
        const out = made.add(device.matrix(z.rows, z.cols));
        device.run(activation, { z, g, dz, dg, out }, { fn, mode: "second" });
        moved = out;
      }
      await step();
    }
  }
}

function emptyLike({ device, rows, cols }: Matrix): Matrix {
  const out = device.matrix(rows, cols);
  device.clear(out);
  return out;
}

/**
 * Takes a network's outputs [classes, samples] as given, along the directions over the samples that hold most of their variance. Along
 * the others, which a width's own fluctuations turn, they are drawn.
 */
async function assumeOutputs(weights: RevealedMatrix, h: Matrix, given: Float32Array): Promise<void> {
  const { device } = h, products = crossProducts(await device.read(h), h.cols, 1);
  const { vectors, values } = eigen(HostMatrix.from1DArray(h.cols, h.cols, [...products]));
  const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
  const total = values.reduce((sum, value) => sum + value, 0);
  let held = 0, count = 0;
  while (count < h.cols && held < MET * total) held += values[order[count++]];
  const columns = order.slice(0, count);
  const leading = Float32Array.from(
    { length: h.cols * count },
    (_, at) => vectors.get(Math.floor(at / count), columns[at % count]),
  );
  using directions = device.upload(leading, h.cols, count);
  using x = device.matrix(h.rows, count);
  using f = device.upload(given, weights.shape.outputs, h.cols);
  using y = device.matrix(f.rows, count);
  multiply(h, directions, x);
  multiply(f, directions, y);
  await weights.assume(x, y);
}
