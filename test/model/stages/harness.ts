import assert from "node:assert/strict";
import fc from "fast-check";
import {
  matrixDirection,
  parameterGradient,
  parameterGradientTangent,
  type Pass,
  positionsOf,
  Resources,
  type SignalShape,
  type Stage,
} from "@graphon-limit/model";
import type { Device, Matrix } from "@graphon-limit/runtime";
import { dimension, replay, testDevice } from "../../ops/harness.ts";
import { type Rounded, UNIT } from "../rounded.ts";
import { NearCorner } from "./jet.ts";
import {
  describeCase,
  type Drawn,
  type Expected,
  expectedOf,
  GRADIENTS,
  type Numbers,
  numbersOf,
  placeWeights,
  type StageCase,
  type StageFamily,
} from "./stage_case.ts";

/** Rows and columns where geometry goes wrong, as many as the reference's patience allows. */
const awkward = dimension.map((size) => Math.min(Math.max(size, 1), 65));

/** One sample; more than many stages have rows; and a few. */
const someSamples = fc.constantFrom(1, 1, 2, 3, 5, 9, 33);

/** Binding limits: the device's own, and one that cuts weights of ordinary size into row panels. */
const LIMITS = [undefined, 2304] as const;

/**
 * Registers the property test of a family of stages. On both devices, over poisoned memory, whole and in panels, with and
 * without masks: what comes out and its tangent, what is pulled back and how that moves are those of the definition in
 * float64, for the signal and for every parameter; gradients side by side are those of one at a time; no mode changes anything;
 * what runs in stays as it is; nothing is left in memory.
 */
export function testStage(name: string, family: StageFamily, { runs = 20 } = {}): void {
  const drawn = fc.record({
    stageCase: family(awkward),
    samples: someSamples,
    masked: fc.boolean(),
    signalMoves: fc.boolean(),
    seed: fc.nat(),
  }).map(({ stageCase, ...rest }): Drawn => ({ ...stageCase, ...rest }));
  registerProperty(`${name}: its four rules are those of the definition`, drawn, runs, checkStage);
}

/** Registers a property of stages; a failure shows the stage, and how to draw it again. */
export function registerProperty<T extends StageCase>(
  name: string,
  cases: fc.Arbitrary<T>,
  runs: number,
  body: (drawn: T) => Promise<void>,
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const verdict = await fc.check(fc.asyncProperty(cases, body), { numRuns: runs, ...replay() });
      if (!verdict.failed) return;
      const { seed, counterexamplePath, counterexample, errorInstance } = verdict;
      const drawn = counterexample ? describeCase(counterexample[0]) : "too few cases fit";
      throw new Error(`${drawn}; replay with FC_SEED=${seed} FC_PATH=${counterexamplePath}`, {
        cause: errorInstance,
      });
    },
  });
}

async function checkStage(drawn: Drawn): Promise<void> {
  const numbers = numbersOf(drawn);
  let expected: Expected;
  try {
    expected = expectedOf(drawn, numbers);
  } catch (error) {
    if (!(error instanceof NearCorner)) throw error;
    return fc.pre(false);
  }
  const { columns, outColumns } = numbers, samples = columns / positionsOf(drawn.input);
  const most = Math.max(widest(drawn) * Math.max(columns, outColumns), (drawn.most ?? 0) * samples);
  const bytes = 4 * GRADIENTS * most;
  for (const kind of ["webgpu", "cpu"] as const) {
    for (const limit of LIMITS) {
      // Signals are seen whole.
      if (limit && bytes > limit) continue;
      const device = await testDevice(kind, limit), { live } = device.memory;
      await checkOn(device, drawn, numbers, expected, `on ${kind}${limit ? " in panels" : ""}`);
      assert.equal(device.memory.live, live, `what is left in memory on ${kind}`);
    }
  }
}

/** The most rows that a signal has anywhere. */
function widest({ stage: { parameters, shape }, input }: StageCase): number {
  return Math.max(input.rows, shape(input).rows, ...parameters.map(({ rows, cols }) => Math.max(rows, cols)));
}

async function checkOn(
  device: Device,
  { stage: reference, input }: Drawn,
  numbers: Numbers,
  expected: Expected,
  where: string,
): Promise<void> {
  using made = new Resources();
  const upload = (values: Float32Array, rows: number) =>
    made.add(device.upload(values, rows, values.length / rows));
  const weights = placeWeights(device, reference, numbers.parameters, numbers.masks);
  for (const weight of weights) made.add(weight);
  const stage = reference.place(weights), output = reference.shape(input);
  assert.deepEqual(stage.parameters, weights);
  assert.deepEqual(stage.shape(input), output, `shape ${where}`);

  const x = upload(numbers.signal, input.rows), run = () => made.add(stage.forward(x, input));
  const pass = run();
  // What another pass leaves in the same stage is its own.
  const beside = made.add(stage.forward(upload(numbers.otherSignal, input.rows), input));
  beside.pullback(upload(numbers.deltas[1], output.rows));
  assert.deepEqual([pass.out.rows, pass.out.cols], [output.rows, numbers.outColumns], `shape ${where}`);
  const out = await device.read(pass.out);
  assertClose(out, expected.out, `out ${where}`);
  await assertModes(device, stage, numbers.signal, input, out, where);
  assert.deepEqual(pass.meetings.map(({ weight }) => weight), weights);
  const added = ["bias", "shift", "position"];
  assert.ok(
    pass.meetings.every(({ weight, input }) => added.includes(weight.role) === (input === undefined)),
  );

  // Each in a pass of its own, then in one pass again and again: the device is waited for three times.
  const deltas = numbers.deltas.map((delta) => upload(delta, output.rows));
  const double = upload(doubled(numbers.deltas[0]), output.rows);
  const side = upload(sideBySide(numbers.deltas, output.rows), output.rows);
  const [twice, many, ...alone] = await Promise.all(
    [double, side, ...deltas].map((delta) => pullBack(run(), delta)),
  );
  assert.deepEqual(twice.signal, doubled(alone[0].signal!), `twice the gradient ${where}`);
  assert.deepEqual(twice.parameters, alone[0].parameters.map(doubled), `twice the gradient ${where}`);
  assert.deepEqual(await pullBack(pass, side), many, `pulled back once ${where}`);
  const unwanted = await pullBack(pass, deltas[0], false);
  assert.deepEqual({ ...unwanted, signal: alone[0].signal }, alone[0], `pulled back again ${where}`);
  await Promise.all(alone.map(async (own, g) => {
    const pulled = (probe: number) => expected.pulled[probe][g];
    assertProbes(own, numbers, pulled, `gradient ${g} ${where}`);
    const parameters = await readAll(pass.meetings.map((meeting, p) => {
      // A place is added to channels, which are its matrix's columns.
      const { role, rows, cols } = weights[p], height = role === "position" ? cols : rows;
      return parameterGradient({ ...meeting, delta: upload(nth(many.deltas[p], g, height), height) });
    }));
    const signal = nth(many.signal!, g, input.rows);
    assertProbes({ signal, parameters }, numbers, pulled, `gradient ${g} of many ${where}`);
  }));

  const along = numbers.direction.map((values, p) => values && upload(values, weights[p].rows));
  const direction = matrixDirection(stage, along);
  const dx = numbers.signalTangent && upload(numbers.signalTangent, input.rows);
  const deltaTangent = upload(numbers.deltaTangent, output.rows);
  // Twice, as a method may look along two directions.
  for (const wanted of [true, false]) {
    using tangent = pass.tangent(dx, direction);
    const back = tangent.pullback(deltaTangent, wanted);
    const [moved, signal, parameters] = await Promise.all([
      tangent.out && device.read(tangent.out),
      back && device.read(back),
      readAll(pass.meetings.map(parameterGradientTangent)),
    ]);
    assertClose(moved ?? new Float32Array(out.length), expected.tangent, `tangent ${where}`);
    assert.ok(signal || !wanted, `the signal's gradient moves ${where}`);
    const pulled = (probe: number) => expected.pulledTangent[probe];
    assertProbes({ signal, parameters }, numbers, pulled, `tangent of the pullback ${where}`);
  }
  using still = pass.tangent(undefined, { of: () => undefined });
  const [rest, before, after] = await Promise.all(
    [still.out, x, pass.out].map((matrix) => matrix && device.read(matrix)),
  );
  assert.ok(rest?.every((value) => value === 0) ?? true, `at rest ${where}`);
  assert.deepEqual([before, after], [numbers.signal, out], `what ran in and came out ${where}`);
}

/** A stage that may overwrite what runs in, or need keep nothing, gives the same; where it may not, what runs in stays. */
async function assertModes(
  device: Device,
  stage: Stage,
  values: Float32Array,
  input: SignalShape,
  out: Float32Array,
  where: string,
): Promise<void> {
  const modes = [false, true].flatMap((consume) => [false, true].map((keep) => ({ consume, keep })));
  await Promise.all(modes.map(async (mode) => {
    using x = device.upload(values, input.rows, values.length / input.rows);
    using pass = stage.forward(x, input, mode);
    const [given, left] = await Promise.all([device.read(pass.out), device.read(x)]);
    assert.deepEqual(given, out, `${JSON.stringify(mode)} ${where}`);
    if (!mode.consume) assert.deepEqual(left, values, `what runs in, ${JSON.stringify(mode)} ${where}`);
  }));
}

/** What is found of a gradient: nothing of the signal's where nobody wants it. */
interface Gradients {
  readonly signal: Float32Array | undefined;
  readonly parameters: readonly Float32Array[];
}

/** Pulls gradients back, and reads all that comes of it: what met in the parameters, and of a single one the parameters' own. */
async function pullBack(
  pass: Pass,
  delta: Matrix,
  wanted = true,
): Promise<Gradients & { readonly deltas: readonly Float32Array[] }> {
  const { device } = delta, back = pass.pullback(delta, wanted), single = delta.cols === pass.out.cols;
  const [signal, deltas, parameters] = await Promise.all([
    back && device.read(back),
    Promise.all(pass.meetings.map(({ delta }) => device.read(delta!))),
    readAll(single ? pass.meetings.map(parameterGradient) : []),
  ]);
  return { signal, deltas, parameters };
}

/** Reads matrices and releases them. */
async function readAll(matrices: readonly Matrix[]): Promise<Float32Array[]> {
  const values = await Promise.all(matrices.map((matrix) => matrix.device.read(matrix)));
  for (const matrix of matrices) matrix.dispose();
  return values;
}

/** Compares gradients along every probe; nothing flows to what a mask removes. */
function assertProbes(
  { signal, parameters }: Gradients,
  { probes, masks }: Numbers,
  expected: (probe: number) => Rounded,
  what: string,
): void {
  probes.forEach(({ block, vector }, probe) => {
    const gradient = block === "signal" ? signal : parameters[block];
    if (!gradient) return;
    assert.equal(gradient.length, vector.length, what);
    const found = vector.reduce((sum, value, at) => sum + value * gradient[at], 0);
    const which = block === "signal" ? "the signal" : `parameter ${block}`;
    assertClose([found], [expected(probe)], `${what}, in ${which}`);
  });
  parameters.forEach((gradient, p) =>
    gradient.forEach((value, at) => {
      if (masks[p]?.[at] === 0) assert.ok(value === 0, `${what}: ${value} under the mask of parameter ${p}`);
    })
  );
}

/**
 * Numbers of float32 agree with float64 to 2e-5 of themselves, or to what rounding comes to where terms cancel: a few of the
 * bounds, which are of the first order and count each term of a sum once.
 */
function assertClose(actual: ArrayLike<number>, expected: readonly Rounded[], what: string): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  expected.forEach(({ value, error }, at) => {
    const allowed = Math.max(2e-5 * Math.abs(value), 4 * error * UNIT);
    assert.ok(
      Math.abs(actual[at] - value) <= allowed,
      `${what} [${at}]: ${actual[at]}, expected ${value} ± ${allowed}`,
    );
  });
}

/** Matrices of so many rows as one. */
function sideBySide(matrices: readonly Float32Array[], rows: number): Float32Array {
  const cols = matrices[0].length / rows, all = new Float32Array(matrices.length * matrices[0].length);
  for (let i = 0; i < rows; i++) {
    matrices.forEach((values, m) =>
      all.set(values.subarray(i * cols, (i + 1) * cols), (i * matrices.length + m) * cols)
    );
  }
  return all;
}

/** One of the matrices that lie side by side. */
function nth(values: Float32Array, index: number, rows: number): Float32Array {
  const cols = values.length / rows / GRADIENTS;
  return Float32Array.from(
    { length: rows * cols },
    (_, at) => values[(Math.floor(at / cols) * GRADIENTS + index) * cols + at % cols],
  );
}

function doubled(values: Float32Array): Float32Array {
  return values.map((value) => 2 * value);
}
