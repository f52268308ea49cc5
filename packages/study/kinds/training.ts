import { adam, crossEntropyLoss, uploadBatch } from "@graphon-limit/model";
import { train } from "@graphon-limit/training";
import { registerKind } from "../tasks/kind.ts";
import { describeNetwork, type NetworkParams, purposeSeed, takePrunedNetwork } from "./network.ts";

/** A pruned network, and how it is trained. */
export type TrainingParams = NetworkParams & {
  /** Adam's; its other constants are PyTorch's. */
  readonly learningRate: number;
  readonly batchSize: number;
  readonly steps: number;
};

/** Training of one pruned network with the weights that made its masks (protocols F2, F11, R4–R6, R8). */
export const trainingLosses = registerKind<TrainingParams, { readonly losses: readonly number[] }>({
  name: "training",
  version: 2,
  describe: (params) => `${describeNetwork(params)}, training at ${params.learningRate}`,
  async compute(lab, { learningRate, batchSize, steps, ...params }) {
    using network = await takePrunedNetwork(lab, params);
    const { images, labels } = lab.dataset(params.data);
    using data = uploadBatch(lab.device, images, labels);
    const { losses } = await train(network, data, {
      steps,
      batchSize,
      optimiser: adam(),
      learningRate,
      loss: crossEntropyLoss(),
      // The same batches in the same order for every method and sparsity of a trial.
      seed: purposeSeed(params, "training"),
      signal: lab.signal,
    });
    return { losses: losses.map((loss) => Number(loss.toPrecision(7))) };
  },
});
