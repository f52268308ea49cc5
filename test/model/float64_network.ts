import type { ActivationName } from "@graphon-limit/ops";

/** A network in float64, written apart from the library: what the tests measure it against. */
export interface Float64Network {
  readonly widths: readonly number[];
  readonly activation: "relu" | "erf" | "tanh" | "linear";
  readonly parametrization: "ntk" | "standard";
  /** [out][in] flattened, per layer. */
  readonly weights: readonly Float64Array[];
  /** 0/1, per layer. */
  readonly masks: readonly ArrayLike<number>[];
  /** Per layer; there are none where they are left out. */
  readonly biases?: readonly Float64Array[];
}

/** All that moves: the weights, layer by layer, then the biases. */
export function parametersOf({ weights, biases = [] }: Float64Network): readonly Float64Array[] {
  return [...weights, ...biases];
}

/** The network with other weights and biases. */
export function withParameters(network: Float64Network, parameters: readonly Float64Array[]): Float64Network {
  const depth = network.weights.length;
  return { ...network, weights: parameters.slice(0, depth), biases: parameters.slice(depth) };
}

export interface Float64Task {
  /** One array of features per sample. */
  readonly inputs: readonly ArrayLike<number>[];
  readonly labels: readonly number[];
  readonly loss: "cross-entropy" | "squared-error";
  readonly temperature: number;
}

/** A sample's outputs, and of every hidden neuron the side of ReLU's corner it is on. */
export function outputs(
  network: Float64Network,
  input: ArrayLike<number>,
): { output: number[]; sides: boolean[] } {
  let h = Array.from(input);
  const sides: boolean[] = [];
  network.weights.forEach((weights, layer) => {
    const fanIn = network.widths[layer];
    const scale = network.parametrization === "ntk" ? fanIn ** -0.5 : 1;
    const last = layer === network.weights.length - 1;
    h = Array.from({ length: network.widths[layer + 1] }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < fanIn; j++) {
        sum += weights[i * fanIn + j] * network.masks[layer][i * fanIn + j] * h[j];
      }
      const z = scale * sum + (network.biases?.[layer]?.[i] ?? 0);
      if (last) return z;
      sides.push(z > 0);
      return activationValue(network.activation, z);
    });
  });
  return { output: h, sides };
}

/** An activation in float64, erf by the integral that defines it. */
export function activationValue(activation: ActivationName, z: number): number {
  if (activation === "gelu") return z * normalShare(z);
  if (activation === "relu") return z > 0 ? z : 0;
  if (activation === "tanh") return Math.tanh(z);
  return activation === "erf" ? erfByQuadrature(z) : z;
}

/** The share of a normal law below a number. */
export function normalShare(z: number): number {
  return (1 + erfByQuadrature(z / Math.SQRT2)) / 2;
}

/** erf by Simpson's rule on its defining integral: slow, and independent of the library's series. */
function erfByQuadrature(z: number): number {
  const steps = 400, width = z / steps;
  let sum = 1 + Math.exp(-z * z);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * Math.exp(-((i * width) ** 2));
  return 2 / Math.sqrt(Math.PI) * width / 3 * sum;
}

/** The mean loss of a task. */
export function meanLoss64(network: Float64Network, task: Float64Task): number {
  let total = 0;
  task.inputs.forEach((input, b) => {
    const { output } = outputs(network, input);
    if (task.loss === "squared-error") {
      total += output.reduce((sum, f, c) => sum + (f - Number(c === task.labels[b])) ** 2, 0) / output.length;
    } else {
      const exponentials = output.map((f) => Math.exp(f / task.temperature));
      total -= Math.log(exponentials[task.labels[b]] / exponentials.reduce((sum, e) => sum + e));
    }
  });
  return total / task.inputs.length;
}

/** `network` with its parameters moved by `amount` along `direction` and then by `step` in one entry of one of them. */
function moved(
  network: Float64Network,
  direction: readonly ArrayLike<number>[] | undefined,
  amount: number,
  parameter: number,
  index: number,
  step: number,
): Float64Network {
  const parameters = parametersOf(network).map((values, p) =>
    values.map((value, i) => {
      const drift = direction ? amount * direction[p][i] : 0;
      return value + drift + (p === parameter && i === index ? step : 0);
    })
  );
  return withParameters(network, parameters);
}

/**
 * Whether a ReLU changes sides among the networks that differences of this step compare: every parameter moved by ±step,
 * with a `direction` the whole network by ±step along it as well. Such a difference measures the corner.
 */
export function crossesCorner(
  network: Float64Network,
  task: Float64Task,
  step = 1e-4,
  direction?: readonly ArrayLike<number>[],
): boolean {
  if (network.activation !== "relu") return false;
  const sides = (at: Float64Network) =>
    task.inputs.flatMap((input) => outputs(at, input).sides.map(Number)).join("");
  const here = sides(network), signs = [-step, step];
  return parametersOf(network).some((values, parameter) =>
    values.some((_, index) =>
      (direction ? signs : [0]).some((amount) =>
        signs.some((h) => sides(moved(network, direction, amount, parameter, index, h)) !== here)
      )
    )
  );
}

/**
 * Richardson's extrapolation of central differences with `step` and half of it, which rids them of their error in h². In one
 * drawing of 30,000 that was a fifth of what the tests of gradients allow.
 */
function extrapolated(difference: (h: number) => number, step: number): number {
  return (4 * difference(step / 2) - difference(step)) / 3;
}

/** The gradient of the loss in every parameter, by differences that reach `step` to both sides. */
export function gradient64(network: Float64Network, task: Float64Task, step = 1e-4): Float64Array[] {
  return parametersOf(network).map((values, parameter) =>
    values.map((_, index) => {
      const at = (h: number) => meanLoss64(moved(network, undefined, 0, parameter, index, h), task);
      return extrapolated((h) => (at(h) - at(-h)) / (2 * h), step);
    })
  );
}

/** The Hessian times `direction`, by second differences of the loss that reach `step` to all sides. */
export function hessianVectorProduct64(
  network: Float64Network,
  task: Float64Task,
  direction: readonly ArrayLike<number>[],
  step = 1e-4,
): Float64Array[] {
  return parametersOf(network).map((values, parameter) =>
    values.map((_, index) => {
      const at = (amount: number, h: number) =>
        meanLoss64(moved(network, direction, amount, parameter, index, h), task);
      const difference = (h: number) => (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h);
      return extrapolated(difference, step);
    })
  );
}
