import type { Initialiser } from "@graphon-limit/model";
import type { LayerTrials } from "../kinds/mask_histogram.ts";

/** One width's masks of one layer under one method. */
export interface Configuration {
  readonly initialiser: Initialiser;
  readonly method: string;
  readonly width: number;
  readonly hidden: number;
  readonly sparsity: number;
  /** From 0; 1 is the first hidden→hidden layer. */
  readonly layer: number;
  readonly masks: LayerTrials;
}

/** The configuration of the largest width that another one is compared with. */
export function referenceOf(configurations: readonly Configuration[], one: Configuration): Configuration {
  const peers = configurations.filter(({ initialiser, method, hidden, sparsity, layer }) =>
    initialiser === one.initialiser && method === one.method && hidden === one.hidden &&
    sparsity === one.sparsity && layer === one.layer
  );
  return peers.reduce((a, b) => b.width > a.width ? b : a);
}
