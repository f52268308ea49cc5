import fc from "fast-check";
import { type Activation, ACTIVATIONS, type SignalShape } from "@graphon-limit/model";
import { activation64, bias64, chain64, linear64, type Reference, residual64 } from "./reference.ts";
import { somePositions, type StageCase } from "./stage_case.ts";

const someScale = fc.constantFrom(1, 0.5, 3 ** -0.5);
const someActivation = fc.constantFrom(...ACTIVATIONS);

/** Products, biases and activations one after another, maybe in chains of chains, maybe with a bias at each end. */
export function chains(
  size: fc.Arbitrary<number>,
  { nested = false, biases = false } = {},
): fc.Arbitrary<StageCase> {
  return fc.record({
    widths: fc.array(size, { minLength: 2, maxLength: 4 }),
    scale: someScale,
    fn: someActivation,
    between: fc.boolean(),
    cut: fc.nat(),
    positions: somePositions,
  }).map(({ widths, scale, fn, between, cut, positions }) => {
    const [features, ...layers] = widths, last = layers.length - 1;
    const stages = [
      ...(biases ? [bias64(features)] : []),
      ...layers.flatMap((rows, l) => [
        linear64(rows, widths[l], scale),
        ...((l === last ? biases : between) ? [bias64(rows)] : []),
        ...(l === last ? [] : [activation64(fn)]),
      ]),
    ];
    const input = { rows: features, positions };
    if (!nested) return { stage: chain64(stages), input };
    const at = 1 + cut % stages.length, rest = stages.slice(at);
    return {
      stage: chain64([chain64(stages.slice(0, at)), ...(rest.length > 0 ? [chain64(rest)] : [])]),
      input,
    };
  });
}

/** What stands beside the way through a residual stage. */
type Skip = "nothing" | "product" | "chain";

/** What the way through it begins and ends with. */
type Around = "product" | "bias" | "activation";

/** Residual stages alone: the way through as `around` says, and another beside it. */
export function residuals(
  size: fc.Arbitrary<number>,
  { skips, arounds = ["product", "bias", "activation"], activations = ACTIVATIONS }: {
    readonly skips: readonly Skip[];
    readonly arounds?: readonly Around[];
    readonly activations?: readonly Activation[];
  },
): fc.Arbitrary<StageCase> {
  return fc.record({
    inputs: size,
    inner: size,
    outputs: size,
    scale: someScale,
    fn: fc.constantFrom(...activations),
    skip: fc.constantFrom(...skips),
    around: fc.constantFrom(...arounds),
    positions: somePositions,
  }).map(({ inputs, inner, outputs, scale, fn, skip, around, positions }) => {
    const rows = skip === "nothing" ? inputs : outputs;
    const through: Reference[] = [
      linear64(inner, inputs, scale),
      activation64(fn),
      linear64(rows, inner, scale),
    ];
    const ends = {
      product: () => [],
      bias: (n: number) => [bias64(n)],
      activation: () => [activation64(fn)],
    };
    const first = ends[around](inputs), last = ends[around](rows);
    const beside = {
      nothing: () => undefined,
      product: () => linear64(rows, inputs, 0.5),
      chain: () => chain64([bias64(inputs), linear64(rows, inputs), bias64(rows)]),
    }[skip]();
    return {
      stage: residual64(chain64([...first, ...through, ...last]), beside),
      input: { rows: inputs, positions },
    };
  });
}

/** Residual stages of little: of a bias, of an activation, of a product beside a bias, of one another. */
export function smallResiduals(size: fc.Arbitrary<number>): fc.Arbitrary<StageCase> {
  return fc.record({ rows: size, fn: someActivation, kind: fc.nat(5), positions: somePositions })
    .map(({ rows, fn, kind, positions }) => {
      const stage = [
        () => residual64(bias64(rows)),
        () => residual64(activation64(fn)),
        () => residual64(activation64(fn), bias64(rows)),
        () => residual64(linear64(rows, rows), bias64(rows)),
        () => residual64(residual64(linear64(rows, rows)), linear64(rows, rows, 0.5)),
        () =>
          residual64(chain64([activation64(fn), bias64(rows)]), residual64(bias64(rows), activation64(fn))),
      ][kind]();
      return { stage, input: { rows, positions } };
    });
}

/** Residual stages in a chain, which hands them what it need not keep and goes on with what comes out. */
export function residualsInChains(
  size: fc.Arbitrary<number>,
  activations: readonly Activation[] = ACTIVATIONS,
): fc.Arbitrary<StageCase> {
  // Of seven products and more, small ones will do.
  const inner = residuals(size.map((rows) => Math.min(rows, 33)), {
    skips: ["nothing", "product", "chain"],
    activations,
  });
  return fc.record({
    inner,
    outer: inner,
    features: size.map((rows) => Math.min(rows, 33)),
    fn: fc.constantFrom(...activations),
    end: fc.boolean(),
  })
    .map(({ inner, outer, features, fn, end }) => {
      const rowsOf = ({ stage, input }: StageCase) => stage.shape(input).rows;
      const input: SignalShape = { rows: features, positions: inner.input.positions };
      const stages = [
        linear64(inner.input.rows, features),
        bias64(inner.input.rows),
        inner.stage,
        bias64(rowsOf(inner)),
        activation64(fn),
        linear64(outer.input.rows, rowsOf(inner)),
        outer.stage,
        ...(end ? [bias64(rowsOf(outer))] : []),
      ];
      return { stage: chain64(stages), input };
    });
}
