import type { ActivationName } from "@graphon-limit/ops";
import { activationValue, type Float64Network, type Float64Task, normalShare } from "./float64_network.ts";
import { Rounded } from "./rounded.ts";

/** Layers of numbers: as the network's weights lie, [out][in] flattened, and then its biases; or a number per neuron. */
export type RoundedLayers = readonly (readonly Rounded[])[];

/** One sample's numbers: `preActivations[l]` is `z^(l+1)`; `activations[l]` is `h^(l)`, the input first. */
export interface RoundedPass {
  readonly preActivations: RoundedLayers;
  readonly activations: RoundedLayers;
}

/** What flows back through one sample: `deltas[l]` is `∂ℒ/∂z^(l+1)`, `signals[l]` is `∂ℒ/∂h^(l+1)`. */
export interface RoundedBackward {
  readonly deltas: RoundedLayers;
  readonly signals: RoundedLayers;
}

/** Both passes' derivatives along a direction: `activations[l]` is `ḣ^(l)`, none moving first; `deltas[l]` is `δ̇^(l+1)`. */
export interface RoundedTangent {
  readonly activations: readonly (readonly Rounded[] | undefined)[];
  readonly deltas: RoundedLayers;
}

/** A matrix under the layer's mask. */
export function masked(
  { masks }: Float64Network,
  layer: number,
  matrix: ArrayLike<number | Rounded>,
): Rounded[] {
  return Array.from(matrix, (weight, i) => {
    if (!masks[layer][i]) return new Rounded(0);
    return typeof weight === "number" ? new Rounded(weight) : weight;
  });
}

/** A layer's sum, scaled, and its bias where there is one. */
function withBias(product: Rounded, bias: Rounded | undefined): Rounded {
  return bias ? Rounded.sum([product, bias]) : product;
}

function scaleOf({ parametrization, widths }: Float64Network, layer: number): number {
  return parametrization === "ntk" ? widths[layer] ** -0.5 : 1;
}

/** The terms of each entry of `matrix · x`, or of `matrixᵀ · x`. */
function terms(matrix: readonly Rounded[], x: readonly Rounded[], transposed = false): Rounded[][] {
  const length = matrix.length / x.length;
  return Array.from(
    { length },
    (_, i) => x.map((value, j) => matrix[transposed ? j * length + i : i * x.length + j].times(value)),
  );
}

/** φ, φ' or φ'' of a pre-activation, the first by the integral that defines it. */
export function activationRounded(
  fn: ActivationName,
  z: Rounded,
  order: 0 | 1 | 2,
): Rounded {
  const derivatives = [activationValue(fn, z.value), ...slopes(fn, z.value)];
  // Pieces of lines are exact; the shaders' erf, tanh and exp are good to a few units.
  const plain = z.mapped(
    derivatives[order],
    derivatives[order + 1],
    fn === "relu" || fn === "linear" ? 0 : 4,
  );
  if (fn !== "gelu") return plain;
  // GELU's share of a normal law is half of 1 + erf, which far below zero is what those units leave.
  return new Rounded(plain.value, plain.error + [3 * Math.abs(z.value), 3, 0][order]);
}

/** The first three derivatives of φ. */
function slopes(fn: ActivationName, z: number): number[] {
  if (fn === "gelu") {
    const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    return [normalShare(z) + z * density, (2 - z * z) * density, (z * z - 4) * z * density];
  }
  if (fn === "linear") return [1, 0, 0];
  if (fn === "relu") return [z > 0 ? 1 : 0, 0, 0];
  if (fn === "erf") {
    const slope = 2 / Math.sqrt(Math.PI) * Math.exp(-z * z);
    return [slope, -2 * z * slope, (4 * z * z - 2) * slope];
  }
  const slope = Math.cosh(z) ** -2, square = Math.tanh(z) ** 2;
  return [slope, -2 * Math.tanh(z) * slope, (4 * square - 2 * slope) * slope];
}

export function forwardRounded(network: Float64Network, input: ArrayLike<number>): RoundedPass {
  const activations = [Array.from(input, (value) => new Rounded(value))];
  const preActivations = network.weights.map((weights, layer) => {
    const scale = scaleOf(network, layer);
    const z = terms(masked(network, layer, weights), activations[layer])
      .map((row, i) => {
        const bias = network.biases?.[layer]?.[i];
        return withBias(Rounded.sum(row).scaled(scale), bias === undefined ? undefined : new Rounded(bias));
      });
    activations.push(z.map((value) => activationRounded(network.activation, value, 0)));
    return z;
  });
  return { preActivations, activations };
}

export function backwardRounded(
  network: Float64Network,
  { preActivations }: RoundedPass,
  outputGradient: readonly Rounded[],
): RoundedBackward {
  const deltas = [outputGradient], signals: Rounded[][] = [];
  for (let layer = network.weights.length - 1; layer > 0; layer--) {
    const scale = scaleOf(network, layer);
    const signal = terms(masked(network, layer, network.weights[layer]), deltas[0], true)
      .map((column) => Rounded.sum(column).scaled(scale));
    signals.unshift(signal);
    deltas.unshift(
      signal.map((g, i) => activationRounded(network.activation, preActivations[layer - 1][i], 1).times(g)),
    );
  }
  return { deltas, signals };
}

/** `∂(mean loss)/∂f` of a sample, the softmax's `p − 1` being the others' sum as in the ops. */
export function lossGradient(task: Float64Task, outputs: readonly Rounded[], label: number): Rounded[] {
  const { loss, temperature, inputs: { length: samples } } = task;
  if (loss === "squared-error") {
    const factor = 2 / (outputs.length * samples);
    return outputs.map((f, c) => f.minus(new Rounded(Number(c === label))).scaled(factor));
  }
  const { likelihoods, total } = softmax(task, outputs);
  const others = Rounded.sum(likelihoods.filter((_, c) => c !== label)).over(total);
  const factor = 1 / (samples * temperature);
  return likelihoods.map((likelihood, c) =>
    c === label ? others.scaled(-factor) : likelihood.over(total).scaled(factor)
  );
}

/** The mean loss of a task. */
export function meanLossRounded(network: Float64Network, task: Float64Task): Rounded {
  const losses = task.inputs.map((input, b) => {
    const outputs = forwardRounded(network, input).preActivations.at(-1)!, label = task.labels[b];
    if (task.loss === "squared-error") {
      const differences = outputs.map((f, c) => f.minus(new Rounded(Number(c === label))));
      return Rounded.sum(differences.map((difference) => difference.times(difference)))
        .scaled(1 / outputs.length);
    }
    const { total, top } = softmax(task, outputs);
    const own = outputs[label].minus(outputs[top]).scaled(1 / task.temperature);
    return total.mapped(Math.log(total.value), 1 / total.value).minus(own);
  });
  return Rounded.sum(losses).scaled(1 / losses.length);
}

/** The derivative of {@linkcode lossGradient} along a change of the outputs. */
function lossGradientTangent(
  task: Float64Task,
  outputs: readonly Rounded[],
  change: readonly Rounded[],
): Rounded[] {
  const { loss, temperature, inputs: { length: samples } } = task;
  if (loss === "squared-error") return change.map((df) => df.scaled(2 / (outputs.length * samples)));
  const { likelihoods, total, top } = softmax(task, outputs);
  const probabilities = likelihoods.map((likelihood) => likelihood.over(total));
  const relative = change.map((df) => df.minus(change[top]).scaled(1 / temperature));
  const mean = Rounded.sum(relative.map((df, c) => df.times(probabilities[c])));
  return relative.map((df, c) => probabilities[c].times(df.minus(mean)).scaled(1 / (samples * temperature)));
}

/** The softmax's exponentials, relative to the largest output's, and their sum. */
function softmax({ temperature }: Float64Task, outputs: readonly Rounded[]) {
  const top = outputs.reduce((best, { value }, c) => value > outputs[best].value ? c : best, 0);
  const likelihoods = outputs.map((f) => f.minus(outputs[top]).scaled(1 / temperature).exp());
  return { likelihoods, total: Rounded.sum(likelihoods), top };
}

/** Pearlmutter's forward-mode sweep through both passes of a sample, as `sweepTangent` has it. */
export function tangentRounded(
  network: Float64Network,
  task: Float64Task,
  pass: RoundedPass,
  back: RoundedBackward,
  direction: RoundedLayers,
): RoundedTangent {
  const last = network.weights.length - 1, fn = network.activation;
  const weights = network.weights.map((matrix, layer) => masked(network, layer, matrix));
  const activations: (Rounded[] | undefined)[] = [undefined];
  const moved = weights.map((matrix, layer) => {
    const along = terms(direction[layer], pass.activations[layer]), dh = activations[layer];
    const through = dh && terms(matrix, dh), scale = scaleOf(network, layer);
    const dz = along.map((row, i) =>
      withBias(
        Rounded.sum([...row, ...(through?.[i] ?? [])]).scaled(scale),
        direction[network.weights.length + layer]?.[i],
      )
    );
    activations.push(
      dz.map((value, i) => activationRounded(fn, pass.preActivations[layer][i], 1).times(value)),
    );
    return dz;
  });
  const deltas: Rounded[][] = [lossGradientTangent(task, pass.preActivations[last], moved[last])];
  for (let layer = last; layer > 0; layer--) {
    const along = terms(direction[layer], back.deltas[layer], true);
    const through = terms(weights[layer], deltas[0], true), scale = scaleOf(network, layer);
    deltas.unshift(along.map((column, i) => {
      const z = pass.preActivations[layer - 1][i];
      const dg = Rounded.sum([...column, ...through[i]]).scaled(scale);
      const curved = activationRounded(fn, z, 2).times(moved[layer - 1][i]).times(back.signals[layer - 1][i]);
      return Rounded.sum([curved, activationRounded(fn, z, 1).times(dg)]);
    }));
  }
  return { activations: activations.slice(0, last + 1), deltas };
}

/** `s_l Σ δ hᵀ` over pairs of a layer's numbers, one or two for each sample, on the kept weights. */
function outerProducts(
  network: Float64Network,
  layer: number,
  pairs: readonly (readonly [delta: readonly Rounded[], h: readonly Rounded[]])[],
): Rounded[] {
  const fanIn = network.widths[layer], scale = scaleOf(network, layer);
  return masked(
    network,
    layer,
    Array.from(network.weights[layer], (_, i) => {
      const [row, column] = [Math.floor(i / fanIn), i % fanIn];
      return Rounded.sum(pairs.map(([delta, h]) => delta[row].times(h[column]))).scaled(scale);
    }),
  );
}

/** Both passes of every sample of a task. */
export function passesOf(
  network: Float64Network,
  task: Float64Task,
): { pass: RoundedPass; back: RoundedBackward }[] {
  return task.inputs.map((input, b) => {
    const pass = forwardRounded(network, input), outputs = pass.preActivations.at(-1)!;
    return { pass, back: backwardRounded(network, pass, lossGradient(task, outputs, task.labels[b])) };
  });
}

/** The sums of every neuron's numbers, one for each sample: what comes of a bias. None where there are no biases. */
function biasSums({ biases = [] }: Float64Network, samples: readonly RoundedLayers[]): Rounded[][] {
  return biases.map((bias, layer) =>
    Array.from(bias, (_, i) => Rounded.sum(samples.map((deltas) => deltas[layer][i])))
  );
}

/** The gradient of the mean loss in the weights, 0 where a mask is, and then in the biases. */
export function gradientRounded(network: Float64Network, task: Float64Task): Rounded[][] {
  const passes = passesOf(network, task);
  const weights = network.weights.map((_, layer) =>
    outerProducts(
      network,
      layer,
      passes.map(({ pass, back }) => [back.deltas[layer], pass.activations[layer]] as const),
    )
  );
  return [...weights, ...biasSums(network, passes.map(({ back }) => back.deltas))];
}

/** The tangents of every sample along a direction of the parameters, and the Hessian of the mean loss times it. */
export function hessianVectorProductRounded(
  network: Float64Network,
  task: Float64Task,
  direction: readonly ArrayLike<number | Rounded>[],
): { tangents: RoundedTangent[]; product: Rounded[][] } {
  const depth = network.weights.length;
  const along = [
    ...direction.slice(0, depth).map((matrix, layer) => masked(network, layer, matrix)),
    ...direction.slice(depth).map((bias) =>
      Array.from(bias, (value) => typeof value === "number" ? new Rounded(value) : value)
    ),
  ];
  const passes = passesOf(network, task).map(({ pass, back }) => ({
    pass,
    back,
    tangent: tangentRounded(network, task, pass, back, along),
  }));
  const weights = network.weights.map((_, layer) =>
    outerProducts(
      network,
      layer,
      passes.flatMap(({ pass, back, tangent }) => {
        const dh = tangent.activations[layer];
        return [
          [tangent.deltas[layer], pass.activations[layer]] as const,
          ...(dh ? [[back.deltas[layer], dh] as const] : []),
        ];
      }),
    )
  );
  const tangents = passes.map(({ tangent }) => tangent);
  return { tangents, product: [...weights, ...biasSums(network, tangents.map(({ deltas }) => deltas))] };
}

/**
 * The tangent kernel of some directions of the outputs, each a number per class: [directions · samples] squared, row-major,
 * row `d · samples + x` being direction d at sample x.
 */
export function tangentKernelRounded(
  network: Float64Network,
  { inputs }: Float64Task,
  directions: readonly (readonly number[])[],
): Rounded[] {
  const rows = directions.flatMap((direction) =>
    inputs.map((input) => {
      const pass = forwardRounded(network, input);
      const { deltas } = backwardRounded(network, pass, direction.map((part) => new Rounded(part)));
      return deltas.flatMap((delta, layer) => [
        ...outerProducts(network, layer, [[delta, pass.activations[layer]]]),
        ...(network.biases ? delta : []),
      ]);
    })
  );
  return rows.flatMap((a) => rows.map((b) => Rounded.sum(a.map((value, i) => value.times(b[i])))));
}
