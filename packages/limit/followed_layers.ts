import type { Resources } from "@graphon-limit/model";
import { addScaled, initialiseWeights, type WeightLaw } from "@graphon-limit/ops";
import { deriveSeed, type Device, type Matrix, type Seed } from "@graphon-limit/runtime";
import { inner, multiply } from "./frame.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import { type Oracle, RevealedMatrix, type RevealedShape } from "./revealed_matrix.ts";

/** Neurons of a hidden layer, at most, that are followed one by one; of a wider one each stands for several. */
export const MOST_NEURONS = 8192;

/** A layer of the network that is sampled, between the neurons that are followed. */
export interface FollowedLayer {
  readonly weights: RevealedMatrix;
  /** The weights themselves, where they are drawn: [outputs, inputs]. */
  readonly drawn: Matrix | undefined;
  readonly deviation: number;
  /** What the gradient's direction is multiplied by for the product to move by it. */
  readonly factor: number;
}

/** Neurons for each sample below which a layer of uniform weights is drawn. */
const FEW = 16;

/**
 * The layers of a network of which nothing is known yet. Uniform weights are drawn where a side of their layer has few neurons, as the
 * outputs' has at any width: sums of few of them are not normal, and products with many samples tell so much of each weight that what
 * they leave open is no uniform law cut to size. Of given outputs their layer is made all the same.
 */
export function drawLayers(
  device: Device,
  { layers, weights: law, ntk }: NetworkLaw,
  seed: Seed,
  made: Resources,
  { samples, given }: { readonly samples: number; readonly given: boolean },
): FollowedLayer[] {
  const follow = (count: number, end: boolean) => end ? count : Math.min(count, MOST_NEURONS);
  return layers.map(({ outputs, inputs, logForwardDeviation }, index) => {
    const last = index === layers.length - 1,
      rows = follow(outputs, last),
      cols = follow(inputs, index === 0);
    const shape = {
      ...{ outputs: rows, inputs: cols },
      ...{ outputWeight: outputs / rows, inputWeight: inputs / cols },
    };
    const deviation = Math.exp(logForwardDeviation), own = deriveSeed(seed, index);
    const few = Math.min(outputs, inputs) < FEW * samples;
    const drawn = law === "uniform" && few && !(given && last)
      ? made.add(independent(device, [rows, cols], { law, deviation, seed: own }))
      : undefined;
    const oracle = drawn ? productsOf(drawn, shape) : drawnAfresh(device, shape, deviation, own);
    return {
      weights: made.add(new RevealedMatrix(device, shape, oracle)),
      ...{ drawn, deviation, factor: ntk ? 1 / inputs : 1 },
    };
  });
}

/** A layer's weights, in units of their deviation: those that were drawn, or others that have the products that were. */
export function drawWeights(
  { weights: law }: NetworkLaw,
  { drawn, deviation, weights: revealed }: FollowedLayer,
  seed: Seed,
): Matrix {
  const { device, shape: { outputs, inputs } } = revealed;
  using fresh = drawn ? undefined : independent(device, [outputs, inputs], { law, deviation, seed });
  if (fresh) revealed.complete(fresh);
  const unit = device.matrix(outputs, inputs);
  device.clear(unit);
  device.run(addScaled, { x: drawn ?? fresh!, y: unit }, { scale: 1 / deviation });
  return unit;
}

/** Independent weights. @param number tells those of one seed apart */
function independent(
  device: Device,
  [rows, cols]: readonly [number, number],
  { law, deviation, seed, number = 0 }: {
    readonly law: WeightLaw;
    readonly deviation: number;
    readonly seed: Seed;
    readonly number?: number;
  },
): Matrix {
  const weights = device.matrix(rows, cols), [seedLow, seedHigh] = seed;
  const scale = law === "uniform" ? Math.sqrt(3) * deviation : deviation;
  device.run(initialiseWeights, { weights }, { seedLow, seedHigh, layer: number, scale, distribution: law });
  return weights;
}

/** The products of a matrix; one whose columns stand for several each has sums that vary as those of all. */
function productsOf(weights: Matrix, { inputWeight }: RevealedShape): Oracle {
  return {
    exact: true,
    products(block, side) {
      if (side === "outputs") return inner(weights, block, 1);
      const out = weights.device.matrix(weights.rows, block.cols);
      multiply(weights, block, out, Math.sqrt(inputWeight));
      return out;
    },
  };
}

/** Normal numbers, others for each product. */
function drawnAfresh(
  device: Device,
  { outputs, inputs }: RevealedShape,
  deviation: number,
  seed: Seed,
): Oracle {
  let number = 0;
  return {
    exact: false,
    products: (block, side) =>
      independent(device, [side === "inputs" ? outputs : inputs, block.cols], {
        ...{ law: "normal", deviation, seed, number: number++ },
      }),
  };
}
