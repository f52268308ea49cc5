import { StepGraphon } from "@graphon-limit/graphon";
import type { Network } from "@graphon-limit/model";
import type { Method } from "@graphon-limit/pruners";
import { stepsOf } from "@graphon-limit/runtime";
import type { LayerEstimate } from "./layer_estimate.ts";
import type { LayerLaw, LayerLaws } from "./layer_laws.ts";
import type { Limit } from "./limit.ts";
import type { MaskPlan, Resolution } from "./options.ts";

/** A layer all of whose weights are kept with one probability, and the second moment `E[w² · kept] / σ²` of what is left. */
export interface ConstantLayer {
  readonly kept: number;
  readonly secondMoment: number;
}

/** A layer whose weights are kept whatever they are. */
export function keptAtRandom(kept: number): ConstantLayer {
  return { kept, secondMoment: kept };
}

/** A method whose masks say nothing of neurons: a constant in each layer, the same after any number of rounds. */
export interface ConstantMethod {
  readonly method: Method;
  readonly ofLaw: (law: LayerLaws, plan: MaskPlan) => readonly ConstantLayer[];
  /** Of a finite network; as of the law of its weights unless given. */
  readonly ofNetwork?: (network: Network, law: LayerLaws, plan: MaskPlan) => readonly ConstantLayer[];
}

/** The limit of such a method, exactly. By types all neurons are of one: every layer is a single cell. */
export function constantLimit(
  { method, ofLaw, ofNetwork = (_network, law, plan) => ofLaw(law, plan) }: ConstantMethod,
): Limit {
  return {
    method,
    anyRounds: true,
    exact: true,
    types: 1,
    ofLaw: (_device, law, plan) => async (_seed, call) => {
      const step = stepsOf(call, 1), estimates = constantLayers(law, ofLaw(law, plan), plan);
      await step();
      return estimates;
    },
    async ofNetwork(network, law, plan, call) {
      const step = stepsOf(call, 1), estimates = constantLayers(law, ofNetwork(network, law, plan), plan);
      await step();
      return estimates;
    },
  };
}

function constantLayers(
  { layers }: LayerLaws,
  constants: readonly ConstantLayer[],
  { grid }: MaskPlan,
): LayerEstimate[] {
  return layers.map((law, layer) => constantLayer(law, constants[layer], grid));
}

function constantLayer(
  { outputs, inputs }: LayerLaw,
  { kept, secondMoment }: ConstantLayer,
  grid: Resolution,
): LayerEstimate {
  const cells = grid === "types" ? 1 : grid.cells;
  const dead = (count: number) => kept === 1 ? 0 : kept > 0 ? (1 - kept) ** count : 1;
  return {
    graphon: StepGraphon.constant(kept, cells),
    secondMoment: StepGraphon.constant(secondMoment, cells),
    density: kept,
    deadOutputs: dead(inputs),
    deadInputs: dead(outputs),
  };
}
