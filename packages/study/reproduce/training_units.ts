import { adam, crossEntropyLoss, uploadBatch } from "@graphon-limit/model";
import { train } from "@graphon-limit/training";
import type { Laboratory, NetworkSpec } from "./laboratory.ts";
import { describe } from "./spectrum_units.ts";
import type { Unit } from "./unit.ts";

/** How a network is trained. */
export type TrainingSpec = {
  /** Adam's; its other constants are PyTorch's. */
  readonly learningRate: number;
  readonly batchSize: number;
  readonly steps: number;
};

export type TrainingResult = { readonly losses: readonly number[] };

/** Training of one pruned network with the weights that made its masks (protocols F2, F11, R4–R6, R8). */
export function trainingUnit(network: NetworkSpec, training: TrainingSpec): Unit<TrainingResult> {
  return {
    kind: "training",
    params: { ...network, ...training },
    label: `${describe(network)}, training at ${training.learningRate}`,
    compute: (lab) => runTraining(lab, network, training),
  };
}

async function runTraining(
  lab: Laboratory,
  network: NetworkSpec,
  { learningRate, batchSize, steps }: TrainingSpec,
): Promise<TrainingResult> {
  const mlp = await lab.takePruned(network);
  try {
    const { images, labels } = lab.dataset;
    using data = uploadBatch(lab.device, images, labels);
    const { losses } = await train(mlp, data, {
      steps,
      batchSize,
      optimiser: adam(),
      learningRate,
      loss: crossEntropyLoss(),
      // The same batches in the same order for every method and sparsity of a trial.
      seed: lab.purposeSeed(network, "training"),
    });
    return { losses: losses.map((loss) => Number(loss.toPrecision(7))) };
  } finally {
    mlp[Symbol.dispose]();
  }
}
