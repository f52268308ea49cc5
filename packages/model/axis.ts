import { assertCount } from "@graphon-limit/runtime";

/**
 * A set of neurons that signals run along: inputs, a hidden layer, channels, classes. Weights name the axes they lead from and to; two
 * layers that write to or read from one residual stream share its axis, which is one object and so has one order.
 */
export interface Axis {
  readonly name: string;
  readonly size: number;
  /** The heads that its neurons fall into, as many each, where it has any: an axis of their own, which others may share. */
  readonly heads?: Axis;
}

/** An axis of so many neurons. @throws {InvalidArgumentError} unless the size is a positive whole number */
export function axis(name: string, size: number, heads?: Axis): Axis {
  assertCount(`the width of ${name}`, size, 1);
  return { name, size, ...(heads ? { heads } : {}) };
}
