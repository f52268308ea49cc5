import type { Network } from "@graphon-limit/model";
import type { Method } from "@graphon-limit/pruners";
import type { Device, LongCallOptions, Seed } from "@graphon-limit/runtime";
import type { LayerEstimate } from "./layer_estimate.ts";
import type { LayerLaws, NetworkLaw } from "./layer_laws.ts";
import type { LimitPlan, MaskPlan } from "./options.ts";

/** What the masks of a method converge to as the width grows. All that is known of one method's limit is said by its own. */
export interface Limit {
  /** The limit is that for given samples where this reads some, and of as many rounds as this has, unless told otherwise. */
  readonly method: Method;
  /** Whether the limit is known for any number of rounds, or for one alone. */
  readonly anyRounds: boolean;
  /** Whether nothing is sampled, so that one repetition is all there is to know. */
  readonly exact: boolean;
  /** Whether the order `finite` says of kept weights what they are, signs and all (`NetworkLimit.drawn`); false unless given. */
  readonly tellsSigns?: boolean;
  /** Types sampled of each hidden layer unless the caller says otherwise. */
  readonly types: number;
  /** The limit for networks of which the law alone is known. */
  ofLaw(device: Device, law: NetworkLaw, plan: LimitPlan): Repetition | Promise<Repetition>;
  /**
   * The same closed form on the types of a finite network's own neurons. The network has no masks, and has none afterwards. Without
   * this there is no `raoBlackwell` of the method.
   */
  ofNetwork?(
    network: Network,
    law: LayerLaws,
    plan: MaskPlan,
    call: LongCallOptions,
  ): LayerEstimate[] | Promise<LayerEstimate[]>;
}

/** One repetition of a limit as a function of its seed: types are drawn, and what is left is integrated. */
export type Repetition = (seed: Seed, call: LongCallOptions) => Promise<LayerEstimate[]>;

/** Whether a limit is known for so many rounds; for the method's own number unless given. */
export function takesRounds({ method, anyRounds }: Limit, rounds = method.rounds ?? 1): boolean {
  return anyRounds || rounds === 1;
}
