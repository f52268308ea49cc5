import type { Network } from "@graphon-limit/model";
import type { Method } from "@graphon-limit/pruners";
import { type LongCallOptions, stepsOf } from "@graphon-limit/runtime";
import { conditionedEstimateSteps, estimateConditionedLayers } from "./conditioned_layers.ts";
import { conditionedSteps, sampleConditionedSignals } from "./conditioned_signals.ts";
import type { LayerLaws } from "./layer_laws.ts";
import type { Limit } from "./limit.ts";
import { signalsOfNetwork } from "./network_signals.ts";
import type { FactorsOf } from "./neuron_types.ts";
import type { MaskPlan } from "./options.ts";
import { samplingSteps, signalsOfLaw } from "./sampled_signals.ts";
import { estimateLayers, estimateSteps } from "./scored_layers.ts";

/** A method that scores a weight by a power of its size times what two neurons say of it, given samples: `|w|^p a`. */
export interface ScoredMethod {
  readonly method: Method;
  /** What a layer's neurons say of the weights between them. */
  readonly factors: FactorsOf;
  /** Whether the sign of a score counts, and the lowest go; false unless given, when the size alone does. */
  readonly signed?: boolean;
  /**
   * p: 1 unless given, 2 for second-order scores. Of 0 the score does not know of the weight, and the limit is 0 or 1 everywhere. The
   * size of the factor counts unless scores are signed.
   */
  readonly power?: 0 | 1 | 2;
  /** The power of what flows back in the factors, which sets how layers compare: 1, as of a gradient, unless given. */
  readonly degree?: 0 | 1 | 2;
  /** The temperature of the logits in the method's loss; 1 unless given. */
  readonly temperature?: number;
  /** Whether the factors ask for how signals move along the gradient; false unless given. */
  readonly tangents?: boolean;
  /**
   * Whether the labels of the loss are drawn from the network's own outputs; false unless given. Such scores are random, and the
   * method has no estimate of one network.
   */
  readonly drawnLabels?: boolean;
}

/**
 * The limit of such a method in one round (docs/mathematics.md §5): the weight enters its own score and, to leading order, nothing that the
 * neurons say, so that it is integrated out in closed form, over types that are sampled or a network's own.
 */
export function scoredLimit({ method, factors, ...rest }: ScoredMethod): Limit {
  const { signed = false, power = 1, degree = 1, temperature = 1 } = rest;
  const { tangents = false, drawnLabels = false } = rest;
  const wanted = { temperature, tangents, drawnLabels }, rule = { factors, signed, power, degree };
  // Of the first power the threshold is found in a histogram of scales.
  const [estimate, steps] = power === 1
    ? [estimateLayers, estimateSteps] as const
    : [estimateConditionedLayers, conditionedEstimateSteps] as const;
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
        const step = stepsOf(call, samplingSteps(law, wanted) + steps(law));
        using signals = await sample(seed, step);
        return await estimate(law, signals, rule, plan, step);
      };
    },
    ...(drawnLabels ? {} : { ofNetwork }),
  };

  async function ofNetwork(network: Network, law: LayerLaws, plan: MaskPlan, call: LongCallOptions) {
    const step = stepsOf(call, steps(law));
    using signals = signalsOfNetwork(network, plan.batch!, wanted);
    return await estimate(law, signals, rule, plan, step);
  }
}
