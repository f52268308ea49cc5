import { assertData, type Batch, type Network } from "@graphon-limit/model";
import { readScore, recordTotals } from "./record_score.ts";
import type { EvaluateOptions, Score } from "./score.ts";

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
