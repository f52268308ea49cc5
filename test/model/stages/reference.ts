import {
  activation,
  bias,
  chain,
  linear,
  positionsOf,
  residual,
  type SignalShape,
  type Stage,
  type Weight,
  type WeightRole,
} from "@graphon-limit/model";
import type { ActivationName } from "@graphon-limit/ops";
import { Jet } from "./jet.ts";

/** A matrix of numbers with derivatives, row-major. */
export interface JetMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: readonly Jet[];
}

/** What a stage wants of a parameter. */
export interface ReferenceParameter {
  readonly role: WeightRole;
  readonly rows: number;
  readonly cols: number;
  readonly scale: number;
  /** Of a convolution. */
  readonly kernel?: readonly number[];
}

/** A way from an input, or a bias, to a neuron. */
export interface Path {
  /** Of a neuron with positions: `row · positions + position`. */
  readonly neuron: number;
  /** That of the factors met on the way. */
  readonly product: number;
  /** Where it began; undefined for a bias. */
  readonly from: number | undefined;
  /** The weights it passed, and the entries of them. */
  readonly through: readonly (readonly [weight: Factors, entry: number])[];
}

/** The factors of a parameter on the paths through it, its scale times its absolute entries, 0 where a mask is. */
export interface Factors {
  readonly entries: ArrayLike<number>;
}

/**
 * A stage by its definition, apart from the library: what comes out of numbers that differentiate themselves, and which paths
 * SynFlow's sum is over. A new stage needs one of these to be held against, a few lines.
 */
export interface Reference {
  /** In the order of the stage's. */
  readonly parameters: readonly ReferenceParameter[];
  /** The library's stage, of weights in the order of the parameters. */
  place(weights: readonly Weight[]): Stage;
  shape(input: SignalShape): SignalShape;
  /** @param parameters under their masks, not scaled */
  apply(x: JetMatrix, parameters: readonly JetMatrix[], input: SignalShape): JetMatrix;
  /** How paths go on through the stage. */
  extend(paths: readonly Path[], parameters: readonly Factors[], input: SignalShape): readonly Path[];
}

/** `z = s W x`. */
export function linear64(rows: number, cols: number, scale = 1): Reference {
  return {
    parameters: [{ role: "weight", rows, cols, scale }],
    place: ([weight]) => linear(weight),
    shape: (input) => ({ ...input, rows }),
    apply: (x, [weight]) => {
      const at = (i: number, b: number) =>
        Jet.sum(
          Array.from({ length: cols }, (_, j) => weight.data[i * cols + j].times(x.data[j * x.cols + b])),
        );
      return tabulate(rows, x.cols, (i, b) => at(i, b).scaled(scale));
    },
    extend: (paths, [weight], input) =>
      paths.flatMap(({ neuron, product, from, through }) => {
        const positions = positionsOf(input), j = Math.floor(neuron / positions);
        return Array.from({ length: rows }, (_, i): Path => {
          const entry = i * cols + j;
          return {
            ...{ neuron: i * positions + neuron % positions, product: product * weight.entries[entry], from },
            through: [...through, [weight, entry]],
          };
        }).filter((path) => path.product > 0);
      }),
  };
}

/** `z = x + b`. */
export function bias64(rows: number): Reference {
  return {
    parameters: [{ role: "bias", rows, cols: 1, scale: 1 }],
    place: ([weight]) => bias(weight),
    shape: (input) => input,
    apply: (x, [offset]) =>
      tabulate(rows, x.cols, (i, b) => Jet.sum([x.data[i * x.cols + b], offset.data[i]])),
    extend: (paths, [offset], input) => [
      ...paths,
      ...Array.from({ length: rows * positionsOf(input) }, (_, neuron) => ({
        ...{ neuron, product: offset.entries[Math.floor(neuron / positionsOf(input))] },
        ...{ from: undefined, through: [] },
      })),
    ],
  };
}

/** `h = φ(z)`, which is not there for SynFlow. */
export function activation64(fn: ActivationName): Reference {
  return {
    parameters: [],
    place: () => activation(fn),
    shape: (input) => input,
    apply: (x) => ({ ...x, data: x.data.map((z) => z.activated(fn)) }),
    extend: (paths) => paths,
  };
}

/** One after another. */
export function chain64(stages: readonly Reference[]): Reference {
  return {
    parameters: stages.flatMap(({ parameters }) => parameters),
    place: (weights) => {
      const own = dealt(stages, weights);
      return chain(stages.map((stage, index) => stage.place(own[index])));
    },
    shape: (input) => stages.reduce((shape, stage) => stage.shape(shape), input),
    apply(x, parameters, input) {
      const own = dealt(stages, parameters);
      let shape = input, signal = x;
      stages.forEach((stage, index) => {
        signal = stage.apply(signal, own[index], shape);
        shape = stage.shape(shape);
      });
      return signal;
    },
    extend(paths, parameters, input) {
      const own = dealt(stages, parameters);
      let shape = input, ways = paths;
      stages.forEach((stage, index) => {
        ways = stage.extend(ways, own[index], shape);
        shape = stage.shape(shape);
      });
      return ways;
    },
  };
}

/** `y = g(x) + f(x)`, `g(x) = x` unless given. */
export function residual64(stage: Reference, skip?: Reference): Reference {
  const both = skip ? [stage, skip] : [stage];
  return {
    parameters: both.flatMap(({ parameters }) => parameters),
    place(weights) {
      const [inner, beside] = dealt(both, weights);
      return residual(stage.place(inner), skip?.place(beside));
    },
    shape: (input) => stage.shape(input),
    apply(x, parameters, input) {
      const [inner, beside] = dealt(both, parameters);
      const through = stage.apply(x, inner, input), along = skip?.apply(x, beside, input) ?? x;
      return { ...through, data: through.data.map((value, at) => Jet.sum([value, along.data[at]])) };
    },
    extend(paths, parameters, input) {
      const [inner, beside] = dealt(both, parameters);
      return [...stage.extend(paths, inner, input), ...skip?.extend(paths, beside, input) ?? paths];
    },
  };
}

/** Each stage's part of what belongs to all their parameters in turn. */
export function dealt<T>(stages: readonly Reference[], all: readonly T[]): T[][] {
  let from = 0;
  return stages.map(({ parameters: { length } }) => all.slice(from, from += length));
}

export function tabulate(rows: number, cols: number, at: (i: number, b: number) => Jet): JetMatrix {
  const data = Array.from({ length: rows * cols }, (_, index) => at(Math.floor(index / cols), index % cols));
  return { rows, cols, data };
}
