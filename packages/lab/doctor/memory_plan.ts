import type { DeviceInfo } from "@graphon-limit/runtime";

/** What pruning a network of four equal hidden layers takes, in bytes. */
export interface MemoryPlan {
  readonly width: number;
  readonly weights: number;
  readonly scores: number;
  readonly masks: number;
  /** Activations and their derivatives for a batch of 100. */
  readonly batch: number;
  readonly total: number;
  /** Row panels that the largest weight matrix is cut into. */
  readonly panels: number;
}

const INPUTS = 784, OUTPUTS = 10, HIDDEN = 4, BATCH = 100;

/** The memory that one pruning round needs at a hidden width. */
export function memoryPlan(width: number, { maxBindingBytes }: DeviceInfo): MemoryPlan {
  const widths = [INPUTS, ...new Array<number>(HIDDEN).fill(width), OUTPUTS];
  let entries = 0, masks = 0;
  for (let layer = 0; layer + 1 < widths.length; layer++) {
    entries += widths[layer] * widths[layer + 1];
    masks += Math.ceil(widths[layer] / 32) * 4 * widths[layer + 1];
  }
  const neurons = widths.reduce((sum, n) => sum + n, 0);
  // Pre-activations, activations, signals, deltas, and GraSP's tangents of two of them.
  const batch = 6 * neurons * BATCH * 4;
  const rowsPerPanel = Math.max(1, Math.floor(maxBindingBytes / (width * 4)));
  // A round has its old and its new masks.
  return {
    width,
    weights: entries * 4,
    scores: entries * 4,
    masks: masks * 2,
    batch,
    total: entries * 8 + masks * 2 + batch,
    panels: Math.ceil(width / rowsPerPanel),
  };
}
