import { type DeviceInfo, matrixBytes } from "@graphon-limit/runtime";
import { assertWidths, type Optimiser } from "@graphon-limit/model";

/** What is to be trained, and how. */
export interface TrainingMemoryRequest {
  /** Inputs, hidden layers, outputs. */
  readonly widths: readonly number[];
  readonly batchSize: number;
  readonly optimiser: Optimiser;
  /** Whether the network has masks. */
  readonly masked: boolean;
}

/** Bytes that training takes, by what they hold, the data apart; and the most that is held at one time. */
export interface TrainingMemoryPlan {
  readonly weights: number;
  readonly optimiser: number;
  readonly masks: number;
  /** The gradient of one layer: no two exist at a time. */
  readonly gradients: number;
  /** A batch and what the passes through the network leave. */
  readonly activations: number;
  readonly peak: number;
}

/** The memory that `train` takes on a device, before any of it is allocated. */
export function planTrainingMemory(
  { widths, batchSize, optimiser, masked }: TrainingMemoryRequest,
  info: DeviceInfo,
): TrainingMemoryPlan {
  assertWidths(widths);
  const layers = widths.slice(1).map((rows, layer) => matrixBytes(info, rows, widths[layer]));
  const weights = layers.reduce((sum, bytes) => sum + bytes, 0);
  const masks = masked
    ? widths.slice(1).reduce((sum, rows, layer) => sum + matrixBytes(info, rows, widths[layer], "bits"), 0)
    : 0;
  const vectors = (sizes: readonly number[]) =>
    sizes.reduce((sum, size) => sum + matrixBytes(info, size, batchSize), 0);
  const activations = vectors([widths[0], ...widths.slice(-1), ...widths.slice(-1)]) +
    4 * vectors(widths.slice(1, -1));
  const gradients = Math.max(...layers), memory = optimiser.memory.length * weights;
  const peak = weights + memory + masks + gradients + activations;
  return { weights, optimiser: memory, masks, gradients, activations, peak };
}
