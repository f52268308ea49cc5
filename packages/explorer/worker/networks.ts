/** A network on generated digits before it is pruned, as `graphon-limit prune --dataset digits` makes it. */
export interface NetworkChoice {
  readonly method: string;
  readonly width: number;
  /** Hidden layers, all of one width. */
  readonly hidden: number;
  readonly seed: number;
}

/** Pixels of a digit, and classes, of every network of the page. */
export const DIGITS = { inputs: 784, classes: 10 } as const;

/** The widths of all layers, inputs and classes included. */
export function widthsOf({ width, hidden }: Pick<NetworkChoice, "width" | "hidden">): number[] {
  return [DIGITS.inputs, ...new Array<number>(hidden).fill(width), DIGITS.classes];
}
