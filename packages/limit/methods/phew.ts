import type { WeightLaw } from "@graphon-limit/ops";
import { assertGlobal, phew } from "@graphon-limit/pruners";
import { RandomSequence, stepsOf } from "@graphon-limit/runtime";
import { crossing } from "../crossing.ts";
import { drawMagnitude } from "../kept_weights.ts";
import { estimateKept } from "../layer_estimate.ts";
import type { NetworkLaw } from "../layer_laws.ts";
import type { LimitPlan } from "../options.ts";
import { registerLimit } from "../registry.ts";
import { crossed, meanSize, sizeSpread } from "../walks.ts";

/**
 * PHEW: walks cross a weight `κ_l |ω| (ρ_j/γ_j + γ_i/ρ_i)/2` times in the mean, each for itself; ρ is the sum of the sizes of a neuron's
 * weights below over its mean, γ of those above. As the width grows all are 1, and graphons constant, but for the last hidden
 * layer's γ: ten outputs or so do not average out. The order `finite` has how the other sums fluctuate.
 */
export const phewLimit = registerLimit({
  method: phew,
  anyRounds: false,
  exact: false,
  types: 1000,
  ofLaw(device, law, plan) {
    assertGlobal(phew, plan.scope);
    return async (seed, call) => {
      const { layers, weights } = law, step = stepsOf(call, layers.length), { grid } = plan;
      const walked = walkedLayers(law, plan, new RandomSequence(seed));
      const rates = await solveRates(law, walked, plan.sparsity), estimates = [];
      for (const [index, layer] of walked.entries()) {
        const { outputs, inputs } = layers[index], { rows, cols } = layer;
        using like = device.matrix(rows, cols);
        const found = keptOf(layer, rates[index], weights);
        estimates.push(
          await estimateKept(
            like,
            { grid, outputs, inputs },
            (out, moment) => device.write(out, moment === "second" ? found.second : found.kept, 0),
          ),
        );
        await step();
      }
      return estimates;
    };
  },
});

/** What walks see of a layer's weights. */
interface WalkedLayer {
  readonly rows: number;
  readonly cols: number;
  /** γ_i/ρ_i of the outputs and ρ_j/γ_j of the inputs. */
  readonly outputs: Float64Array;
  readonly inputs: Float64Array;
  /** The sizes of the weights themselves [outputs, inputs], of the last layer. */
  readonly sizes?: Float64Array;
}

function walkedLayers(
  { layers, weights }: NetworkLaw,
  plan: LimitPlan,
  random: RandomSequence,
): WalkedLayer[] {
  const finite = plan.order === "finite", hidden = layers.length - 1, spread = sizeSpread(weights);
  const { outputs: classes } = layers[hidden], count = Math.min(plan.types, layers[0].outputs);
  const sums = (neurons: number, fan: number) =>
    Float64Array.from(
      { length: neurons },
      () => finite ? Math.max(1 + spread / Math.sqrt(fan) * random.normal(), 0.01) : 1,
    );
  const sizes = Float64Array.from({ length: classes * count }, () => drawMagnitude(random, weights));
  const last = new Float64Array(count);
  sizes.forEach((size, at) => last[at % count] += size / (classes * meanSize(weights)));
  // Of inputs, hidden layers and outputs: a walk begins at each input, and at each output, as often as at another.
  const below = [
    ones(finite ? layers[0].inputs : 1),
    ...layers.map(({ inputs }, layer) => sums(layer === hidden ? classes : count, inputs)),
  ];
  const above = [
    sums(below[0].length, layers[0].outputs),
    ...layers.slice(1).map(({ outputs }, layer) => layer === hidden - 1 ? last : sums(count, outputs)),
    ones(classes),
  ];
  return layers.map((_, layer): WalkedLayer => {
    const outputs = above[layer + 1].map((value, i) => value / below[layer + 1][i]);
    const inputs = below[layer].map((value, j) => value / above[layer][j]);
    const shape = { rows: outputs.length, cols: inputs.length, outputs, inputs };
    return layer === hidden ? { ...shape, sizes } : shape;
  });
}

function ones(count: number): Float64Array {
  return new Float64Array(count).fill(1);
}

/** κ of each layer, in proportion to one over its size, with which all keep what is asked for together. */
async function solveRates(
  { layers, weights }: NetworkLaw,
  walked: readonly WalkedLayer[],
  sparsity: number,
): Promise<number[]> {
  if (sparsity === 0) return layers.map(() => Infinity);
  const most = Math.max(...layers.map(({ logCount }) => logCount));
  const parts = layers.map(({ logCount }) => Math.exp(logCount - most));
  const total = parts.reduce((sum, part) => sum + part);
  const ratesAt = (logWalks: number) => layers.map(({ logCount }) => Math.exp(logWalks + most - logCount));
  const gone = (logWalks: number) => {
    const rates = ratesAt(logWalks);
    return Promise.resolve(
      walked.reduce((sum, layer, index) => {
        // A layer of an endless network's end counts for nothing.
        if (parts[index] === 0) return sum;
        const { kept } = keptOf(layer, rates[index], weights);
        return sum + parts[index] * (1 - kept.reduce((all, value) => all + value, 0) / kept.length);
      }, 0) / total,
    );
  };
  return ratesAt(await crossing(gone, sparsity, undefined));
}

/** P(kept) of every pair, and `E[ω² kept]`. */
function keptOf(
  { rows, cols, outputs, inputs, sizes }: WalkedLayer,
  rate: number,
  law: WeightLaw,
): { kept: Float32Array; second: Float32Array } {
  const kept = new Float32Array(rows * cols), second = new Float32Array(rows * cols);
  const alike = [outputs, inputs].every((values) => values.every((value) => value === values[0]));
  const common = alike && !sizes ? crossed(rate * (outputs[0] + inputs[0]) / 2, law) : undefined;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, at++) {
      const own = rate * (outputs[i] + inputs[j]) / 2;
      const found = common ?? (sizes ? crossedBy(own, sizes[at]) : crossed(own, law));
      kept[at] = found.kept;
      second[at] = found.second;
    }
  }
  return { kept, second };
}

/** The same of a weight whose size is known. */
function crossedBy(rate: number, size: number): { kept: number; second: number } {
  const kept = rate === Infinity ? 1 : -Math.expm1(-rate * size);
  return { kept, second: size * size * kept };
}
