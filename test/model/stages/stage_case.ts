import fc from "fast-check";
import { axis, positionsOf, type SignalShape, Weight } from "@graphon-limit/model";
import { type Device, packBits, RandomSequence } from "@graphon-limit/runtime";
import { Rounded } from "../rounded.ts";
import { Jet } from "./jet.ts";
import type { Reference } from "./reference.ts";

/** A stage of some family, and the shape of what runs into it. */
export interface StageCase {
  readonly stage: Reference;
  readonly input: SignalShape;
  /** The most numbers that a sample is anywhere in between, where parameters and ends do not tell. */
  readonly most?: number;
}

/** Draws stages of a family; their rows and columns are `size`s. */
export type StageFamily = (size: fc.Arbitrary<number>) => fc.Arbitrary<StageCase>;

/** What a stage that mixes no columns may be given: a column a sample, or a few for each. */
export const somePositions: fc.Arbitrary<readonly number[]> = fc.constantFrom([], [], [1], [3], [2, 2]);

/** What else is drawn. */
export interface Drawn extends StageCase {
  /** At most, where the stage is large. */
  readonly samples: number;
  readonly masked: boolean;
  /** Whether the tangents are along a change of what runs in. */
  readonly signalMoves: boolean;
  readonly seed: number;
}

/** Gradients side by side. */
export const GRADIENTS = 3;

/** Multiplications that the reference does at most in one run. */
const PATIENCE = 6000;

/** Everything random of a case, on the host; signals are row-major, and float32 knows all numbers. */
export interface Numbers {
  /** Of what runs in, and of what comes out. */
  readonly columns: number;
  readonly outColumns: number;
  readonly signal: Float32Array;
  /** Another one, of a pass that lives beside. */
  readonly otherSignal: Float32Array;
  /** Undefined where the signal stays. */
  readonly signalTangent: Float32Array | undefined;
  readonly parameters: readonly Float32Array[];
  readonly masks: readonly (Uint8Array | undefined)[];
  /** Undefined where a parameter stays. */
  readonly direction: readonly (Float32Array | undefined)[];
  readonly deltas: readonly Float32Array[];
  readonly deltaTangent: Float32Array;
  /** Directions along which gradients are looked at: a random one, and a single entry, of each block. */
  readonly probes: readonly Probe[];
}

/** A direction of the signal that runs in, or of one of the parameters. */
export interface Probe {
  readonly block: "signal" | number;
  readonly vector: Float32Array;
}

/** Draws a case's numbers. */
export function numbersOf({ stage, input, samples, masked, signalMoves, seed }: Drawn): Numbers {
  const random = new RandomSequence(seed), output = stage.shape(input), positions = positionsOf(input);
  const multiplications = stage.parameters.reduce((sum, { rows, cols }) => sum + rows * cols, input.rows);
  const some = Math.min(samples, Math.max(1, Math.floor(PATIENCE / multiplications / positions)));
  const columns = some * positions, outColumns = some * positionsOf(output);
  // Some zeros among them: dead signals, and the corner of ReLU.
  const normal = (length: number, size = 1) =>
    Float32Array.from({ length }, () => random.integer(20) === 0 ? 0 : size * random.normal());
  const signal = () => normal(input.rows * columns), gradient = () => normal(output.rows * outColumns);
  // Signals keep their size, and smooth activations some slope.
  const parameters = stage.parameters.map(({ rows, cols, role }) =>
    normal(rows * cols, role === "weight" ? 1 / Math.sqrt(cols) : 0.5)
  );
  const entry = (length: number) => {
    const vector = new Float32Array(length);
    vector[random.integer(length)] = 1;
    return vector;
  };
  const masks = stage.parameters.map(({ role }, p) =>
    masked && role === "weight"
      ? Uint8Array.from(parameters[p], () => Number(random.uniform() < 0.6))
      : undefined
  );
  return {
    ...{ columns, outColumns },
    signal: signal(),
    otherSignal: signal(),
    signalTangent: signalMoves ? signal() : undefined,
    parameters,
    masks,
    direction: parameters.map(({ length }) => random.integer(4) === 0 ? undefined : normal(length)),
    deltas: Array.from({ length: GRADIENTS }, gradient),
    deltaTangent: gradient(),
    probes: [
      ...[normal, entry].map((draw): Probe => ({ block: "signal", vector: draw(input.rows * columns) })),
      ...parameters.flatMap(({ length }, block) =>
        [normal, entry].map((draw): Probe => ({ block, vector: draw(length) }))
      ),
    ],
  };
}

/** What a stage should give. */
export interface Expected {
  readonly out: readonly Rounded[];
  readonly tangent: readonly Rounded[];
  /** By probe, the gradients of `⟨δ, out⟩` along it, by δ. */
  readonly pulled: readonly (readonly Rounded[])[];
  /** By probe, how the first of them moves along the direction, as δ moves too. */
  readonly pulledTangent: readonly Rounded[];
}

/** Runs the definition. @throws {NearCorner} */
export function expectedOf({ stage, input }: Drawn, numbers: Numbers): Expected {
  const { columns, probes, deltas, deltaTangent } = numbers;
  const runs = probes.map(({ block, vector }) => {
    const along = (other: Probe["block"], at: number) => block === other ? vector[at] : 0;
    const signal = Array.from(
      numbers.signal,
      (value, at) => Jet.moving(value, numbers.signalTangent?.[at] ?? 0, along("signal", at)),
    );
    const parameters = stage.parameters.map(({ rows, cols }, p) => ({
      ...{ rows, cols },
      data: Array.from(numbers.parameters[p], (value, at) => {
        if (numbers.masks[p]?.[at] === 0) return Jet.moving(0, 0, 0);
        return Jet.moving(value, numbers.direction[p]?.[at] ?? 0, along(p, at));
      }),
    }));
    return stage.apply({ rows: input.rows, cols: columns, data: signal }, parameters, input).data;
  });
  return {
    out: runs[0].map(({ value }) => value),
    tangent: runs[0].map(({ a }) => a),
    pulled: runs.map((out) => deltas.map((delta) => inner(delta, out.map(({ b }) => b)))),
    pulledTangent: runs.map((out) =>
      Rounded.sum([inner(deltas[0], out.map(({ ab }) => ab)), inner(deltaTangent, out.map(({ b }) => b))])
    ),
  };
}

/** `⟨weights, values⟩`. */
function inner(weights: Float32Array, values: readonly Rounded[]): Rounded {
  return Rounded.sum(values.map((value, at) => new Rounded(weights[at]).times(value)));
}

/** The parameters of a reference on a device. */
export function placeWeights(
  device: Device,
  { parameters }: Reference,
  values: readonly Float32Array[],
  masks: readonly (Uint8Array | undefined)[],
): Weight[] {
  return parameters.map(({ role, rows, cols, scale, kernel = [] }, p) => {
    const taps = kernel.reduce((product, extent) => product * extent, 1);
    const weight = new Weight(device.upload(values[p], rows, cols), {
      ...{ name: `${role} ${p}`, role, scale, kernel },
      output: axis(`outputs ${p}`, rows),
      ...(role === "weight" || role === "position" ? { input: axis(`inputs ${p}`, cols / taps) } : {}),
    });
    const mask = masks[p];
    if (mask) weight.setMask(device.uploadBits(packBits(mask, rows, cols), rows, cols));
    return weight;
  });
}

/** How a failure names a case. */
export function describeCase({ stage, input }: StageCase): string {
  const parameters = stage.parameters.map(({ role, rows, cols, scale }) =>
    `${role} ${rows}×${cols}${scale === 1 ? "" : ` · ${scale.toFixed(3)}`}`
  );
  return `${parameters.join(", ") || "no parameters"}, input ${JSON.stringify(input)}`;
}
