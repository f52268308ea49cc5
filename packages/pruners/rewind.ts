import {
  crossEntropyLoss,
  gradients,
  type Network,
  type Redraw,
  redraw,
  Resources,
  sgd,
} from "@graphon-limit/model";
import { activation } from "@graphon-limit/ops";
import { assertCount, deriveSeed, InvalidArgumentError, type Matrix, show } from "@graphon-limit/runtime";
import { batchOf, type MethodContext, type TrainingSteps } from "./method.ts";

/** Keeps the draws of a score apart from all else that comes of the seed. */
const FRESH = 0x66727368;

/** Runs `use` while weights are drawn anew; the network's own are back afterwards, whatever happens. */
export async function withFresh<T>(
  { network, seed }: MethodContext,
  law: Redraw,
  number: number,
  use: () => T | Promise<T>,
): Promise<T> {
  assertCount("the number of the fresh weights", number);
  return await rewinding(network, () => {
    redraw(network, law, { seed: deriveSeed(seed, FRESH, number) });
    return use();
  });
}

/** Runs `use` after some steps of gradient descent on the batch; the weights of before are back afterwards. */
export async function withTraining<T>(
  context: MethodContext,
  name: string,
  { steps, learningRate }: TrainingSteps,
  use: () => T | Promise<T>,
): Promise<T> {
  assertCount("the steps of training", steps);
  if (!(learningRate >= 0 && learningRate < Infinity)) {
    throw new InvalidArgumentError(
      `Expected the learning rate to be at least 0 but found ${show(learningRate)}`,
    );
  }
  const { network } = context, batch = batchOf(context, name), optimiser = sgd();
  return await rewinding(network, () => {
    for (let step = 1; step <= steps; step++) {
      using slope = gradients(network, batch, crossEntropyLoss());
      network.parameters.forEach((parameter, index) =>
        optimiser.update(parameter, slope.matrices[index], [], learningRate, step)
      );
    }
    return use();
  });
}

/** Runs `use`, which may change the parameters, and puts them back. */
async function rewinding<T>(network: Network, use: () => T | Promise<T>): Promise<T> {
  if (network.regenerated) {
    throw new InvalidArgumentError(
      "Expected a network whose weights are kept, which this method changes for a while, but found them regenerated",
    );
  }
  using kept = new Resources();
  const before = network.parameters.map(({ matrix }) => kept.add(copied(matrix)));
  try {
    return await use();
  } finally {
    network.parameters.forEach((parameter, index) => copyInto(before[index], parameter.matrix));
  }
}

function copied(x: Matrix): Matrix {
  const y = x.device.matrix(x.rows, x.cols);
  copyInto(x, y);
  return y;
}

/** Bit for bit: the identity does no arithmetic, of which −0 and the smallest numbers would not come back. */
function copyInto(x: Matrix, y: Matrix): void {
  y.device.run(activation, { z: x, out: y }, { fn: "linear" });
}
