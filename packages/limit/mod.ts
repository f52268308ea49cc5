/**
 * The limits of masks as the width grows, and the same closed form on the types of one finite network.
 *
 * @module
 */
// First of all, so that limits register in the order in which tables list them.
import "./methods/mod.ts";
export * from "./constant_limit.ts";
export type { DrawnLayer, LayerEstimate } from "./layer_estimate.ts";
export type { LayerLaw, LayerLaws, NetworkLaw } from "./layer_laws.ts";
export * from "./limit.ts";
export * from "./limit_graphon.ts";
export * from "./limit_network.ts";
export type { FactorsOf, LayerSignals, ScoreFactors } from "./neuron_types.ts";
export {
  CELL_RULES,
  type CellRule,
  type Grid,
  LIMIT_ORDERS,
  type LimitNetwork,
  type LimitOptions,
  type LimitOrder,
  type LimitPlan,
  type MaskOptions,
  type MaskPlan,
  type Resolution,
} from "./options.ts";
export * from "./quota_limit.ts";
export * from "./rao_blackwell.ts";
export * from "./registry.ts";
export type { LimitLayer } from "./result.ts";
export * from "./scored_limit.ts";
