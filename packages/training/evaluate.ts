import { assertData, type Batch, type Loss, type Network } from "@graphon-limit/model";
import type { LongCallOptions } from "@graphon-limit/runtime";
import { readScore, recordTotals } from "./record_score.ts";

/** How well a network does on some data. */
export interface Score {
  /** The mean loss. */
  readonly loss: number;
  /** The fraction of samples whose largest output is that of their label. */
  readonly accuracy: number;
}

/** How {@linkcode evaluate} goes about it. */
export interface EvaluateOptions extends LongCallOptions {
  readonly loss?: Loss | undefined;
}

/**
 * The mean loss and the accuracy of a network on data, read back as two numbers.
 *
 * @param options the loss is cross-entropy unless given; progress counts samples
 */
export async function evaluate(network: Network, data: Batch, options: EvaluateOptions = {}): Promise<Score> {
  assertData(network, data);
  using totals = recordTotals(network, data, options);
  return await readScore(totals, data);
}
