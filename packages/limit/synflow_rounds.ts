import { type FlowMeeting, type Network, Resources } from "@graphon-limit/model";
import { flowScores, flowThrough, type Method, pruneRounds, synflow } from "@graphon-limit/pruners";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import type { MaskPlan } from "./options.ts";

/** Of each layer, `c_i^t/τ_t` [outputs, rounds] and `r_j^t` [inputs, rounds]: the types of a finite network's neurons. */
export interface LayerTrajectories {
  readonly outputs: Float32Array;
  readonly inputs: Float32Array;
}

/** What one round's scores of a layer are made of, brought to the host. */
interface LayerFlow {
  readonly c: Float32Array;
  readonly r: Float32Array;
  readonly divisor: number;
}

/**
 * Prunes a network by SynFlow and notes the trajectories of its neurons, with all factors that the scores have: those of biases
 * too, which are part of `r`. The network's masks are taken off again in the end.
 *
 * @param step called in every round
 * @throws {InvalidArgumentError} for a network whose weights meet in several positions, where no pair of numbers is a score
 */
export async function followSynflow(
  network: Network,
  { sparsity, rounds, schedule, scope }: MaskPlan,
  step: () => Promise<void>,
): Promise<LayerTrajectories[]> {
  const flows: LayerFlow[][] = [];
  const noting: Method = {
    ...synflow,
    async score(context) {
      using made = new Resources();
      const flow = made.add(flowThrough(context.network));
      flows.push(await Promise.all(flow.meetings.map(read)));
      await step();
      // The scores release it.
      made.move();
      return flowScores(context, flow);
    },
  };
  try {
    // SynFlow leaves nothing to chance but ties.
    const options = { sparsity, rounds, schedule, scope, seed: seedFrom(0) };
    const { rounds: thresholds } = await pruneRounds(network, noting, options);
    return network.weights.map(({ rows, cols }, layer): LayerTrajectories => {
      const outputs = new Float32Array(rows * rounds), inputs = new Float32Array(cols * rounds);
      flows.forEach((flow, round) => {
        const { c, r, divisor } = flow[layer];
        const found = thresholds[round][scope === "global" ? 0 : layer] ?? 0;
        // A threshold of 0 lets everything stay whose score is not 0.
        const threshold = Math.max(found, 1e-30) * divisor;
        c.forEach((value, i) => outputs[i * rounds + round] = Math.min(value / threshold, 1e30));
        r.forEach((value, j) => inputs[j * rounds + round] = value);
      });
      return { outputs, inputs };
    });
  } finally {
    for (const weight of network.weights) weight.setMask(undefined);
  }
}

async function read({ weight, c, r, divisor }: FlowMeeting): Promise<LayerFlow> {
  if (r.cols !== 1) {
    throw new InvalidArgumentError(
      `Expected weights that meet one signal of SynFlow's but found ${r.cols} positions in ${weight.name}`,
    );
  }
  const { device } = r;
  const [cs, rs, [value]] = await Promise.all([device.read(c!), device.read(r), device.read(divisor)]);
  return { c: cs, r: rs, divisor: value };
}
