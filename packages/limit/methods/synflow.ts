import { leastProducts } from "@graphon-limit/ops";
import { synflow } from "@graphon-limit/pruners";
import { type Device, type LongCallOptions, type Seed, stepsOf } from "@graphon-limit/runtime";
import { constantLimit, keptAtRandom } from "../constant_limit.ts";
import { explicitLayer } from "../explicit_layer.ts";
import { estimateKept, estimateLayer, type LayerEstimate } from "../layer_estimate.ts";
import type { LayerLaws, NetworkLaw } from "../layer_laws.ts";
import type { LimitPlan, MaskPlan } from "../options.ts";
import { registerLimit } from "../registry.ts";
import { runSynflowCavity } from "../synflow_cavity.ts";
import { runSynflow } from "../synflow_population.ts";
import { followSynflow } from "../synflow_rounds.ts";

/** Where nothing goes: followed, neurons would be estimates of it. */
const whole = constantLimit({
  method: synflow,
  ofLaw: ({ layers }) => layers.map(() => keptAtRandom(1)),
});

/**
 * SynFlow: a population of types followed through the rounds (docs/mathematics.md §5). The first layer keeps its weights, the last too: inputs
 * are all alike, and outputs, so that by types the first layer has one column and the last one row. At a finite width the sums
 * over a layer fluctuate, which the rounds amplify. On a network's own neurons all its layers' weights are integrated out.
 */
export const synflowLimit = registerLimit({
  method: synflow,
  anyRounds: true,
  exact: false,
  // Their pairs are gone through in every round.
  types: 1000,
  ofLaw: (device, law, plan) => async (seed, call) => {
    if (plan.sparsity === 0) return await (await whole.ofLaw(device, law, plan))(seed, call);
    if (plan.order === "finite") return await finiteWidth(device, law, plan, seed, call);
    const { layers } = law, hidden = layers.length - 1, { grid } = plan;
    const step = stepsOf(call, plan.rounds + hidden - 1);
    using population = await runSynflow(device, law, plan, seed, step);
    const estimates = [explicitLayer(population.first, "outputs", layers[0], grid)];
    for (const [index, { scale }] of population.between.entries()) {
      estimates.push(await estimateLayer(scale, settingsOf(law, index + 1, 1, plan)));
      await step();
    }
    estimates.push(explicitLayer(population.last, "inputs", layers[hidden], grid));
    return estimates;
  },
  async ofNetwork(network, law, plan, call) {
    const { device, weights } = network, { rounds } = plan;
    const step = stepsOf(call, rounds + weights.length);
    const trajectories = await followSynflow(network, plan, step), estimates: LayerEstimate[] = [];
    for (const [layer, { outputs, inputs }] of trajectories.entries()) {
      const { rows, cols } = weights[layer];
      using left = device.upload(outputs, rows, rounds);
      using right = device.upload(inputs, cols, rounds);
      using scale = device.matrix(rows, cols);
      device.run(leastProducts, { left, right, out: scale });
      const threshold = Math.exp(-law.layers[layer].logDeviation);
      estimates.push(await estimateLayer(scale, settingsOf(law, layer, threshold, plan)));
      await step();
    }
    return estimates;
  },
});

/** With what one width's networks add: neurons made of edges of their own, and what partners answer along these. */
async function finiteWidth(
  device: Device,
  law: NetworkLaw,
  plan: LimitPlan,
  seed: Seed,
  call: LongCallOptions,
): Promise<LayerEstimate[]> {
  const { layers } = law, hidden = layers.length - 1, { grid } = plan;
  const step = stepsOf(call, plan.rounds + hidden - 1);
  using cavity = await runSynflowCavity(device, law, plan, seed, step);
  const { first, between, last } = cavity;
  const estimates = [explicitLayer(first, "outputs", layers[0], grid)];
  for (const [index, layer] of between.entries()) {
    const { probability, second } = await layer.moments(), { outputs, inputs } = layers[index + 1];
    using like = device.matrix(layer.count, layer.count);
    estimates.push(
      await estimateKept(
        like,
        { outputs, inputs, grid },
        (out, moment) => device.write(out, moment === "second" ? second : probability, 0),
        { outputs: layer.incoming.degrees(), inputs: layer.outgoing.degrees() },
      ),
    );
    await step();
  }
  estimates.push(explicitLayer(last, "inputs", layers[hidden], grid));
  return estimates;
}

/** How a layer is estimated whose scores have sizes alone. */
function settingsOf(
  { layers, weights: law }: LayerLaws,
  layer: number,
  threshold: number,
  { grid }: MaskPlan,
) {
  const { outputs, inputs } = layers[layer];
  return { outputs, inputs, threshold, law, signed: false, grid };
}
