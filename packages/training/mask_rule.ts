import type { Batch, Loss, Network } from "@graphon-limit/model";
import type { Device, Seed } from "@graphon-limit/runtime";

/** What a mask rule sees between two steps. */
export interface RewireContext {
  readonly device: Device;
  /** As the last step left it. */
  readonly network: Network;
  /** The batch of the next step. */
  readonly batch: Batch;
  readonly loss: Loss;
  /** That of the run's samples. */
  readonly seed: Seed;
  /** Steps taken, and steps there will be. */
  readonly step: number;
  readonly steps: number;
}

/**
 * What changes masks while a network trains, as dynamic sparse training and gradual pruning do. A weight that comes back begins
 * at zero, as which steps leave what a mask removes.
 *
 * @example Keep nothing but what gradual magnitude pruning keeps
 * ```ts
 * import { magnitude, prune } from "@graphon-limit/pruners";
 * import type { MaskRule } from "@graphon-limit/training";
 *
 * export const gradual: MaskRule = {
 *   name: "gradual",
 *   every: 10,
 *   async rewire({ network, seed, step, steps }) {
 *     await prune(network, magnitude, { sparsity: 0.9 * step / steps, seed });
 *     return true;
 *   },
 * };
 * ```
 */
export interface MaskRule {
  readonly name: string;
  /** Steps between two changes. */
  readonly every: number;
  /** Changes masks, if it wants to, and says whether it did. */
  readonly rewire: (context: RewireContext) => boolean | Promise<boolean>;
}
