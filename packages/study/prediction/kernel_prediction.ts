import { type Batch, type Network, predict, sgd, squaredErrorLoss } from "@graphon-limit/model";
import { train } from "@graphon-limit/training";
import { eigensystem, empiricalKernel, KernelDynamics } from "@graphon-limit/ntk";
import { InvalidArgumentError, type LongCallOptions, type Matrix } from "@graphon-limit/runtime";

export interface KernelPredictionOptions extends LongCallOptions {
  /** Steps to train and to predict. */
  readonly steps: number;
  /** The learning rate; a twentieth of the largest stable one unless given. */
  readonly learningRate?: number | undefined;
}

/** Training as it went and as the tangent kernel of the network before it said it would. */
export interface KernelPrediction {
  readonly learningRate: number;
  /** Beyond this rate the linearised network diverges: `C·N / λ_1`. */
  readonly largestStableRate: number;
  /** The loss before each step. */
  readonly losses: readonly number[];
  /** The same, predicted from the kernel and the outputs at the start. */
  readonly predicted: readonly number[];
}

/** Outputs times samples whose kernel is taken apart on the host: its eigenvectors take some seconds. */
const LARGEST_KERNEL = 2000;

/** The default learning rate as a share of the largest stable one. */
const DEFAULT_SHARE = 0.05;

/** What the tangent kernel of a network says of its training to come. */
export interface TrainingForecast {
  /** Beyond this rate the linearised network diverges: `C·N / λ_1`; infinite where no parameter moves an output. */
  readonly largestStableRate: number;
  /** The loss before each of so many steps, at a learning rate. */
  losses(learningRate: number, steps: number): number[];
}

/**
 * What a network's tangent kernel predicts of plain full-batch gradient descent on squared loss (docs/mathematics.md §4; Lee et al.
 * 2019). The mean squared error over C outputs and N samples has the gradient `2 (f − ŷ) / (C·N)`, so a step of the network linearised
 * at its start multiplies the residual along the kernel's k-th eigenvector by `1 − 2ηλ_k / (C·N)`, and
 *
 *     loss_t = Σ_k (1 − 2ηλ_k / (C·N))^{2t} (v_kᵀ (f_0 − ŷ))² / (C·N)
 *
 * over all modes of the kernel between all pairs of outputs. That is exact for the linearised network at any rate; gradient
 * flow, `e^{−4ηλ_k t / (C·N)}`, is its limit at small ones.
 *
 * @param batch inputs, and labels or targets to regress on; every step is on all of it
 * @param options progress is that of the kernel
 * @throws {InvalidArgumentError} if outputs times samples exceed 2000
 */
export async function forecastTraining(
  network: Network,
  batch: Batch,
  options: LongCallOptions = {},
): Promise<TrainingForecast> {
  const size = network.classes * batch.inputs.cols;
  if (size > LARGEST_KERNEL) {
    throw new InvalidArgumentError(
      `Expected at most ${
        Math.floor(LARGEST_KERNEL / network.classes)
      } samples, for a kernel of ${LARGEST_KERNEL} rows, but found ${batch.inputs.cols}`,
    );
  }
  const { initial, system } = await linearise(network, batch.inputs, options), { values } = system;
  const modes = new KernelDynamics(system, await targetsOf(network, batch), initial).modeResidualsAt(0);
  return {
    largestStableRate: values[0] > 0 ? size / values[0] : Infinity,
    losses: (learningRate, steps) =>
      Array.from(
        { length: steps },
        (_, step) =>
          modes.reduce((sum, mode, k) => {
            // Below zero are rounding errors.
            const factor = 1 - 2 * learningRate * Math.max(values[k], 0) / size;
            return sum + (factor ** step * mode) ** 2;
          }, 0) / size,
      ),
  };
}

/**
 * Trains a network with plain full-batch gradient descent on squared loss and sets beside it what its tangent kernel predicts
 * ({@linkcode forecastTraining}). What is left between the curves is how far the network is from its linearisation, and shrinks as it
 * widens. The network is trained in place.
 *
 * @param batch inputs, and labels or targets to regress on; every step is on all of it
 * @throws {InvalidArgumentError} if outputs times samples exceed 2000, or the kernel is zero
 */
export async function predictTraining(
  network: Network,
  batch: Batch,
  { steps, learningRate, ...options }: KernelPredictionOptions,
): Promise<KernelPrediction> {
  const forecast = await forecastTraining(network, batch, { signal: options.signal });
  const { largestStableRate } = forecast;
  if (largestStableRate === Infinity) {
    throw new InvalidArgumentError(
      "Expected a network whose tangent kernel is not zero but found that no parameter moves an output on these samples",
    );
  }
  const eta = learningRate ?? DEFAULT_SHARE * largestStableRate;
  const { losses } = await train(network, batch, {
    ...options,
    steps,
    batchSize: batch.inputs.cols,
    optimiser: sgd(),
    learningRate: eta,
    loss: squaredErrorLoss(),
    shuffle: false,
  });
  return { learningRate: eta, largestStableRate, losses, predicted: forecast.losses(eta, steps) };
}

/** A network's outputs, class after class, and the eigensystem of the kernel between them. */
async function linearise(network: Network, inputs: Matrix, options: LongCallOptions) {
  using outputs = predict(network, inputs);
  using kernel = await empiricalKernel(network, inputs, { output: "full", ...options });
  return {
    initial: await network.device.read(outputs.out),
    system: await eigensystem(await network.device.read(kernel), kernel.rows, { signal: options.signal }),
  };
}

/** The targets [classes, samples], or the one-hot vectors of the labels. */
async function targetsOf(network: Network, { labels, targets }: Batch): Promise<Float32Array> {
  const { device } = network;
  if (targets) return await device.read(targets);
  const samples = labels.cols, oneHot = new Float32Array(network.classes * samples);
  (await device.read(labels)).forEach((label, b) => oneHot[label * samples + b] = 1);
  return oneHot;
}
