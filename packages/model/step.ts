import { recordSum } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { Batch } from "./batch.ts";
import { parameterGradient } from "./gradients.ts";
import type { Loss } from "./losses.ts";
import { forward, type Network } from "./network.ts";
import type { Optimiser } from "./optimisers.ts";

/** How {@linkcode takeStep} moves a network. */
export interface StepOptions {
  readonly loss: Loss;
  readonly optimiser: Optimiser;
  /** What the optimiser remembers of each parameter, in the order of its names. */
  readonly memory: readonly (readonly Matrix[])[];
  /** The learning rate η. */
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
  /** Where the batch's mean loss, before the step, is written: a place of a [1, n] matrix. */
  readonly record?: { readonly losses: Matrix; readonly slot: number } | undefined;
}

/**
 * Moves a network's parameters, but those that are frozen, once against the gradient of a batch's mean loss. They move once everything that flows back through
 * them is known; one gradient exists at a time. Nothing is waited for.
 */
export function takeStep(network: Network, batch: Batch, options: StepOptions): void {
  const { loss, optimiser, memory, rate, step, record } = options;
  using pass = forward(network, batch.inputs);
  using value = loss.value(network.device, pass.out, batch);
  if (record) {
    const { losses } = value, settings = { slot: record.slot, scale: 1 / losses.cols, accumulate: 0 };
    network.device.run(recordSum, { x: losses, record: record.losses }, settings);
  }
  pass.pullback(value.gradient, false);
  for (const [index, meeting] of pass.meetings.entries()) {
    if (meeting.weight.frozen) continue;
    using gradient = parameterGradient(meeting);
    optimiser.update(meeting.weight, gradient, memory[index], rate, step);
  }
}
