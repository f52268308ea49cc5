import {
  crossEntropyLoss,
  initialise,
  type Network,
  type NetworkDefinition,
  type Optimiser,
  takeStep,
} from "@graphon-limit/model";
import { countingDevice, type DeviceInfo, seedFrom } from "@graphon-limit/runtime";
import { TrainingState } from "./training_state.ts";

/** What is to be trained, and how. */
export interface TrainingMemoryRequest {
  /** Inputs, hidden layers, outputs of a fully connected network; or the definition of another. */
  readonly network: readonly number[] | NetworkDefinition;
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
  /** A batch, what the passes through the network leave, and the gradient of one layer: no two exist at a time. */
  readonly step: number;
  readonly peak: number;
}

/**
 * The memory that `train` takes on a device, before any of it is allocated: that of a step, taken on a device that counts and computes
 * nothing.
 */
export function planTrainingMemory(
  { network: of, batchSize, optimiser, masked }: TrainingMemoryRequest,
  info: DeviceInfo,
): TrainingMemoryPlan {
  using device = countingDevice(info);
  using network = initialise(device, of, "lecun", { seed: seedFrom(0) });
  const weights = device.memory.live;
  if (masked) { for (const weight of network.weights) weight.setMask(device.bits(weight.rows, weight.cols)); }
  const masks = device.memory.live - weights;
  using state = TrainingState.begin(network, optimiser);
  const held = device.memory.live;
  countStep(network, batchSize, optimiser, state);
  const { peak } = device.memory;
  return { weights, masks, optimiser: held - weights - masks, step: peak - held, peak };
}

function countStep(
  network: Network,
  batchSize: number,
  optimiser: Optimiser,
  { memory }: TrainingState,
): void {
  const { device, features } = network;
  using inputs = device.matrix(features, batchSize);
  using labels = device.matrix(1, batchSize, "u32");
  using losses = device.matrix(1, 1);
  takeStep(network, { inputs, labels }, {
    ...{ loss: crossEntropyLoss(), optimiser, memory },
    ...{ rate: 0, step: 1, record: { losses, slot: 0 } },
  });
}
