import assert from "node:assert/strict";
import {
  generalisationTerm,
  KernelDynamics,
  kernelTargetAlignment,
  symmetricEigen,
} from "@graphon-limit/ntk";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";

const SIZE = 7, OUTPUTS = 2, TESTS = 3;

const random = new RandomSequence(1);
const normal = (length: number) => Float64Array.from({ length }, () => random.normal());

/** `A Aᵀ` of features of `SIZE + TESTS` samples: a kernel of both sets and the kernel between them. */
const FEATURES = normal((SIZE + TESTS) * 9);
const gram = (i: number, j: number) =>
  FEATURES.subarray(i * 9, i * 9 + 9).reduce((sum, value, f) => sum + value * FEATURES[j * 9 + f], 0);
const KERNEL = Float64Array.from({ length: SIZE * SIZE }, (_, at) => gram(Math.floor(at / SIZE), at % SIZE));
const CROSS = Float64Array.from(
  { length: TESTS * SIZE },
  (_, at) => gram(SIZE + Math.floor(at / SIZE), at % SIZE),
);
const TARGETS = normal(SIZE * OUTPUTS),
  INITIAL = normal(SIZE * OUTPUTS),
  INITIAL_TESTS = normal(TESTS * OUTPUTS);

/** The flow itself, in many small steps of Heun's method, on training and test samples together. */
function integrate(time: number, steps = 20_000): { train: Float64Array; test: Float64Array } {
  const train = INITIAL.slice(), test = INITIAL_TESTS.slice(), h = time / steps;
  const slope = (matrix: Float64Array, rows: number, f: Float64Array) =>
    Float64Array.from({ length: rows * OUTPUTS }, (_, at) => {
      const i = Math.floor(at / OUTPUTS), c = at % OUTPUTS;
      let sum = 0;
      for (let j = 0; j < SIZE; j++) {
        sum -= matrix[i * SIZE + j] * (f[j * OUTPUTS + c] - TARGETS[j * OUTPUTS + c]);
      }
      return sum;
    });
  for (let step = 0; step < steps; step++) {
    const first = slope(KERNEL, SIZE, train), firstTest = slope(CROSS, TESTS, train);
    const guess = train.map((value, i) => value + h * first[i]);
    const second = slope(KERNEL, SIZE, guess), secondTest = slope(CROSS, TESTS, guess);
    for (let i = 0; i < train.length; i++) train[i] += h / 2 * (first[i] + second[i]);
    for (let i = 0; i < test.length; i++) test[i] += h / 2 * (firstTest[i] + secondTest[i]);
  }
  return { train, test };
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= tolerance, `${i}: ${actual[i]}, not ${expected[i]}`);
  }
}

const SYSTEM = symmetricEigen(KERNEL, SIZE);
const DYNAMICS = new KernelDynamics(SYSTEM, TARGETS, INITIAL);

Deno.test("KernelDynamics: the flow step by step gives the same outputs, on training and test samples", () => {
  for (const time of [0, 0.02, 0.3]) {
    const { train, test } = integrate(time);
    assertClose(DYNAMICS.outputsAt(time), train, 1e-5);
    assertClose(DYNAMICS.predictAt(CROSS, time, INITIAL_TESTS), test, 1e-5);
    const loss = train.reduce((sum, f, i) => sum + (f - TARGETS[i]) ** 2, 0) / train.length;
    assert.ok(Math.abs(DYNAMICS.lossAt(time) - loss) < 1e-5);
  }
});

Deno.test("KernelDynamics: each mode's residual decays at its own eigenvalue's rate", () => {
  const before = DYNAMICS.modeResidualsAt(0.1), after = DYNAMICS.modeResidualsAt(0.35);
  const rates = before.map((residual, k) => Math.log(residual / after[k]) / 0.25);
  assertClose(rates, SYSTEM.values, 1e-9);
});

Deno.test("KernelDynamics: training to the end interpolates, and predicts what kernel regression does", () => {
  assertClose(DYNAMICS.outputsAt(Infinity), TARGETS, 1e-12);
  const fitted = new KernelDynamics(SYSTEM, TARGETS);
  // The training samples themselves, taken for test samples, get their targets.
  assertClose(fitted.predictAt(KERNEL, Infinity), TARGETS, 1e-9);
  assertClose(fitted.predictAt(CROSS, Infinity), fitted.predictAt(CROSS, 1e9), 1e-9);
});

Deno.test("KernelDynamics: a direction without an eigenvalue is never learnt", () => {
  const flat = symmetricEigen([4, 0, 0, 0], 2);
  const dynamics = new KernelDynamics(flat, [1, 1]);
  assertClose(dynamics.outputsAt(Infinity), [1, 0], 1e-12);
  assertClose(dynamics.predictAt([4, 0, 0, 0], Infinity), [1, 0], 1e-12);
  assertClose(dynamics.predictAt([0, 3], 0.5), [1.5], 1e-12);
});

Deno.test("kernelTargetAlignment: 1 for the targets' own kernel, the definition elsewhere", () => {
  const own = Float64Array.from({ length: SIZE * SIZE }, (_, at) => {
    const i = Math.floor(at / SIZE) * OUTPUTS, j = at % SIZE * OUTPUTS;
    return 3 * (TARGETS[i] * TARGETS[j] + TARGETS[i + 1] * TARGETS[j + 1]);
  });
  assert.ok(Math.abs(kernelTargetAlignment(own, TARGETS) - 1) < 1e-12);
  const y = [1, -2], kernel = [2, 1, 1, 3];
  const expected = (2 - 4 + 12) / (Math.sqrt(4 + 1 + 1 + 9) * 5);
  assert.ok(Math.abs(kernelTargetAlignment(kernel, y) - expected) < 1e-12);
});

Deno.test("generalisationTerm: solves the system; a ridge makes it smaller", () => {
  const system = symmetricEigen([2, 1, 1, 3], 2);
  // The inverse of [2 1; 1 3] is [3 −1; −1 2] / 5.
  assert.ok(Math.abs(generalisationTerm(system, [1, -2]) - (3 + 4 + 8) / 5) < 1e-12);
  assert.ok(generalisationTerm(system, [1, -2], 0.5) < 3);
  assert.ok(Math.abs(generalisationTerm(symmetricEigen([4, 0, 0, 0], 2), [2, 0]) - 1) < 1e-12);
});

Deno.test("KernelDynamics and its company: refuse numbers that do not match", () => {
  assert.throws(() => new KernelDynamics(SYSTEM, new Float64Array(5)), InvalidArgumentError);
  assert.throws(() => new KernelDynamics(SYSTEM, TARGETS, [1]), InvalidArgumentError);
  assert.throws(() => DYNAMICS.predictAt(new Float64Array(SIZE + 1), 1), InvalidArgumentError);
  assert.throws(() => DYNAMICS.predictAt(CROSS, 1, [1, 2]), InvalidArgumentError);
  assert.throws(() => kernelTargetAlignment([1, 2, 3], [1]), InvalidArgumentError);
  assert.throws(() => generalisationTerm(SYSTEM, []), InvalidArgumentError);
});
