import { choiceField, decimalField, type Values, wholeField } from "../../state/fields.ts";
import { METHOD_CHOICES, type MethodName } from "../methods.ts";
import { WIDEST } from "../widths.ts";
import type { TrainedNetwork } from "./requests.ts";

/** What of the view's parts is shown. */
export const PART_NAMES = ["kernel", "losses", "film"] as const;

export type PartName = (typeof PART_NAMES)[number];

/** The view's state: the network, which all parts have in common, and what each part adds. */
export const fields = {
  part: choiceField<PartName>("kernel", PART_NAMES),
  method: choiceField<MethodName>("synflow", METHOD_CHOICES.map(({ value }) => value)),
  width: wholeField({ initial: 256, low: 16, high: WIDEST }),
  depth: wholeField({ initial: 3, low: 1, high: 8 }),
  sparsity: decimalField({ initial: 0.9, low: 0.01, high: 0.99, decimals: 4 }),
  seed: wholeField({ initial: 0, low: 0, high: 4294967295 }),
  /** Digits of each class that the kernel is of. */
  digits: wholeField({ initial: 10, low: 1, high: 40 }),
  /** Digits of each class that are learnt. */
  learnt: wholeField({ initial: 4, low: 1, high: 20 }),
  steps: wholeField({ initial: 100, low: 1, high: 1000 }),
  /** The learning rate, as a share of the largest stable one. */
  rate: decimalField({ initial: 0.05, low: 0.001, high: 1, decimals: 3 }),
  rates: choiceField("own", ["own", "common"]),
  layer: wholeField({ initial: 1, low: 0, high: 8 }),
  rounds: wholeField({ initial: 100, low: 1, high: 200 }),
  schedule: choiceField("exponential", ["exponential", "linear"]),
  /** The round whose graphon is shown, or the last where there are fewer. */
  round: wholeField({ initial: 100, low: 0, high: 200 }),
};

export type TrainingFields = typeof fields;

export type TrainingValues = Values<TrainingFields>;

/** The network of a state. */
export function networkOf({ method, width, depth, sparsity, seed }: TrainingValues): TrainedNetwork {
  return { method, width, hidden: depth, sparsity, seed };
}
