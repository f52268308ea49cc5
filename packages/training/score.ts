import type { Loss } from "@graphon-limit/model";
import type { LongCallOptions } from "@graphon-limit/runtime";

/** How well a network does on some data. */
export interface Score {
  /** The mean loss. */
  readonly loss: number;
  /** The fraction of samples whose largest output is that of their label. */
  readonly accuracy: number;
}

/** How `evaluate` goes about it. */
export interface EvaluateOptions extends LongCallOptions {
  readonly loss?: Loss | undefined;
}
