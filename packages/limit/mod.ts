/**
 * The limits of masks as the width grows, and the same closed form on the types of one finite network.
 *
 * @module
 */
export * from "./limit_graphon.ts";
export { LIMIT_METHODS, type LimitMethod, type LimitNetwork, type LimitOptions } from "./options.ts";
export { raoBlackwell, type RaoBlackwellOptions } from "./rao_blackwell.ts";
export type { LayerEstimate } from "./layer_estimate.ts";
export type { LimitLayer } from "./result.ts";
