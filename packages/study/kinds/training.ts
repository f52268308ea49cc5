import { adam, crossEntropyLoss, uploadBatch } from "@graphon-limit/model";
import { train } from "@graphon-limit/training";
import { matrixBytes } from "@graphon-limit/runtime";
import { registerKind } from "../tasks/kind.ts";
import {
  describeNetwork,
  heldWithNetwork,
  type NetworkParams,
  networkWidths,
  purposeSeed,
  withOwnPrunedNetwork,
} from "./network.ts";

/** A pruned network, and how it is trained. */
export type TrainingParams = NetworkParams & {
  /** Adam's; its other constants are PyTorch's. */
  readonly learningRate: number;
  readonly batchSize: number;
  readonly steps: number;
};

/** A weight, its gradient and Adam's two moments; and what a step keeps of each neuron and sample: signals, slopes, gradients. */
const TRAINED = 4, KEPT = 4;

/** Training of one pruned network with the weights that made its masks (protocols F2, F11, R4–R6, R8). */
export const trainingLosses = registerKind<TrainingParams, { readonly losses: readonly number[] }>({
  name: "training",
  version: 2,
  describe: (params) => `${describeNetwork(params)}, training at ${params.learningRate}`,
  holds(lab, { learningRate: _rate, batchSize, steps: _steps, ...params }) {
    const { info } = lab.device, { dimension, count } = lab.dataset(params.data);
    const neurons = networkWidths(lab, params).reduce((sum, width) => sum + width, 0);
    const passes = KEPT * matrixBytes(info, neurons, batchSize);
    return heldWithNetwork(lab, params, TRAINED, matrixBytes(info, dimension + 1, count) + passes);
  },
  async compute(lab, { learningRate, batchSize, steps, ...params }) {
    const { losses } = await withOwnPrunedNetwork(lab, params, async (network) => {
      const { images, labels } = lab.dataset(params.data);
      using data = uploadBatch(lab.device, images, labels);
      return await train(network, data, {
        steps,
        batchSize,
        optimiser: adam(),
        learningRate,
        loss: crossEntropyLoss(),
        // The same batches in the same order for every method and sparsity of a trial.
        seed: purposeSeed(params, "training"),
        signal: lab.signal,
      });
    });
    return { losses: losses.map((loss) => Number(loss.toPrecision(7))) };
  },
});
