import type { Method } from "@graphon-limit/pruners";
import { stepsOf } from "@graphon-limit/runtime";
import { conditionedEstimateSteps, estimateConditionedLayers } from "./conditioned_layers.ts";
import { conditionedSteps, sampleConditionedSignals } from "./conditioned_signals.ts";
import type { Limit } from "./limit.ts";
import { signalsOfNetwork } from "./network_signals.ts";
import type { FactorsOf } from "./neuron_types.ts";
import { samplingSteps, signalsOfLaw } from "./sampled_signals.ts";
import { estimateLayers, estimateSteps } from "./scored_layers.ts";

/** A method that scores a weight by the weight times what two neurons say of it, given samples. */
export interface ScoredMethod {
  readonly method: Method;
  /** What a layer's neurons say of the weights between them: something linear in what flows back, as a gradient is. */
  readonly factors: FactorsOf;
  /** Whether the sign of a score counts, and the lowest go; false unless given, when the size alone does. */
  readonly signed?: boolean;
  /** The temperature of the logits in the method's loss; 1 unless given. */
  readonly temperature?: number;
  /** Whether the factors ask for how signals move along the gradient; false unless given. */
  readonly tangents?: boolean;
}

/**
 * The limit of such a method in one round (docs/mathematics.md §5): the weight enters its own score and, to leading order, nothing that the
 * neurons say, so that it is integrated out in closed form, over types that are sampled or a network's own.
 */
export function scoredLimit(
  { method, factors, signed = false, temperature = 1, tangents = false }: ScoredMethod,
): Limit {
  const wanted = { temperature, tangents }, rule = { factors, signed };
  return {
    method,
    anyRounds: false,
    exact: false,
    tellsSigns: true,
    types: 4000,
    async ofLaw(device, law, plan) {
      if (plan.order === "finite") {
        return async (seed, call) => {
          const step = stepsOf(call, conditionedSteps(law, wanted) + conditionedEstimateSteps(law));
          using signals = await sampleConditionedSignals(device, law, plan, wanted, seed, step);
          return await estimateConditionedLayers(law, signals, rule, plan, step);
        };
      }
      const sample = await signalsOfLaw(device, law, plan, wanted);
      return async (seed, call) => {
        const step = stepsOf(call, samplingSteps(law, wanted) + estimateSteps(law));
        using signals = await sample(seed, step);
        return await estimateLayers(law, signals, rule, plan, step);
      };
    },
    async ofNetwork(network, law, plan, call) {
      const step = stepsOf(call, estimateSteps(law));
      using signals = signalsOfNetwork(network, plan.batch!, wanted);
      return await estimateLayers(law, signals, rule, plan, step);
    },
  };
}
