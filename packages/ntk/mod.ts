/**
 * Tangent kernels: of pruned networks and of graphons, their spectra, and the training they predict.
 *
 * @module
 */
export * from "./block_power.ts";
export { drawnNetwork, type DrawnNetworkOptions } from "./drawn_network.ts";
export * from "./dynamics.ts";
export { type LeadingEigenpairs } from "./eigenpairs.ts";
export * from "./empirical_kernel.ts";
export * from "./graphon_kernel.ts";
export { type GraphonTile } from "./graphon_tile.ts";
export * from "./lanczos.ts";
export * from "./limit_kernel.ts";
export * from "./metrics.ts";
export * from "./normal_quadrature.ts";
export * from "./operator.ts";
export * from "./symmetric_eigen.ts";
