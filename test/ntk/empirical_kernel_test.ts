import assert from "node:assert/strict";
import fc from "fast-check";
import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";
import { mlp, Network, vectorShape } from "@graphon-limit/model";
import { empiricalKernel, type KernelOutput } from "@graphon-limit/ntk";
import { type Device, InvalidArgumentError, matrixBytes, packBits, unpackBits } from "@graphon-limit/runtime";
import {
  crossesCorner,
  type Float64Network,
  outputs,
  parametersOf,
  withParameters,
} from "../model/float64_network.ts";
import { type NetworkCase, networkCases, placeBatch, placeNetwork } from "../model/network_cases.ts";
import { Rounded, UNIT } from "../model/rounded.ts";
import { tangentKernelRounded } from "../model/rounded_network.ts";
import { residualsInChains } from "../model/stages/families.ts";
import { convolutionalNetworks, tokenNetworks } from "../model/stages/network_families.ts";
import { NearCorner } from "../model/stages/jet.ts";
import {
  type Drawn,
  expectedOf,
  type Numbers,
  numbersOf,
  placeWeights,
  type Probe,
  type StageCase,
} from "../model/stages/stage_case.ts";
import { testDevice } from "../ops/harness.ts";
import { randomInputs, randomNetwork, relativeError, unmask } from "./support.ts";

const KINDS = ["cpu", "webgpu"] as const;

/** Registers a test on each kind of device. */
function onDevices(name: string, body: (device: Device) => Promise<void>): void {
  for (const kind of KINDS) {
    Deno.test({
      name: `empiricalKernel: ${name}, on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => await body(await testDevice(kind)),
    });
  }
}

async function kernelOf(
  network: Network,
  inputs: ReturnType<typeof randomInputs>,
  output: KernelOutput = "sum",
  rest: { memoryBytes?: number } = {},
): Promise<Float32Array> {
  using kernel = await empiricalKernel(network, inputs, { output, ...rest });
  return await network.device.read(kernel);
}

/** The full kernel [C·N, C·N] from central differences of the outputs in each kept weight and each bias, in float64. */
function numericalKernel({ network, task }: NetworkCase, step = 1e-4): Float64Array {
  const classes = network.widths[network.widths.length - 1], size = task.inputs.length;
  const kernel = new Float64Array((classes * size) ** 2);
  const moved = (parameter: number, index: number, amount: number): Float64Network =>
    withParameters(
      network,
      parametersOf(network).map((values, p) =>
        p === parameter ? values.map((value, i) => (i === index ? value + amount : value)) : values
      ),
    );
  parametersOf(network).forEach(({ length }, parameter) => {
    for (let index = 0; index < length; index++) {
      if (network.masks[parameter]?.[index] === 0) continue;
      const up = task.inputs.map((x) => outputs(moved(parameter, index, step), x).output);
      const down = task.inputs.map((x) => outputs(moved(parameter, index, -step), x).output);
      const column = Array.from(
        { length: classes * size },
        (_, r) => (up[r % size][Math.floor(r / size)] - down[r % size][Math.floor(r / size)]) / (2 * step),
      );
      column.forEach((a, r) => column.forEach((b, q) => kernel[r * column.length + q] += a * b));
    }
  });
  return kernel;
}

/** One block of the full kernel. */
function block<T>(kernel: ArrayLike<T>, classes: number, size: number, c: number, c2: number): T[] {
  return Array.from(
    { length: size * size },
    (_, i) => kernel[(c * size + Math.floor(i / size)) * classes * size + c2 * size + i % size],
  );
}

/** Kernels agree to 1e-4 of their norm, or to what rounding comes to where their terms cancel. */
function assertKernel(
  actual: Float32Array,
  expected: ArrayLike<number>,
  rounding: readonly Rounded[],
  what: string,
): void {
  const bound = UNIT * Math.hypot(...rounding.map(({ error }) => error));
  const size = Math.hypot(...rounding.map(({ value }) => value)), error = relativeError(actual, expected);
  assert.ok(error < 1e-4 || error * size <= bound, `${what}: off by ${error}`);
}

for (const activation of ["relu", "erf", "tanh", "linear"] as const) {
  onDevices(`agrees with the numerical Jacobian, ${activation}`, async (device) => {
    const property = fc.asyncProperty(networkCases(activation), async (drawn) => {
      fc.pre(!crossesCorner(drawn.network, drawn.task));
      const size = drawn.task.inputs.length, classes = drawn.network.widths.at(-1)!;
      const expected = numericalKernel(drawn);
      using placed = placeNetwork(device, drawn);
      using batch = placeBatch(device, drawn);
      const identity = Array.from(
        { length: classes },
        (_, c) => Array.from({ length: classes }, (_, k) => Number(c === k)),
      );
      const rounding = tangentKernelRounded(drawn.network, drawn.task, identity);
      assertKernel(await kernelOf(placed, batch.inputs, "full"), expected, rounding, "full");
      const sum = new Float64Array(size * size), trace = new Float64Array(size * size);
      for (let c = 0; c < classes; c++) {
        for (let c2 = 0; c2 < classes; c2++) {
          const part = block(expected, classes, size, c, c2);
          part.forEach((value, i) => sum[i] += value);
          if (c === c2) part.forEach((value, i) => trace[i] += value / classes);
        }
      }
      const ones = tangentKernelRounded(drawn.network, drawn.task, [new Array(classes).fill(1)]);
      assertKernel(await kernelOf(placed, batch.inputs, "sum"), sum, ones, "sum");
      const blocks = identity.map((_, c) => block(rounding, classes, size, c, c));
      const mean = blocks[0].map((_, i) => Rounded.sum(blocks.map((own) => own[i])).scaled(1 / classes));
      assertKernel(await kernelOf(placed, batch.inputs, "trace"), trace, mean, "trace");
      const last = block(expected, classes, size, classes - 1, classes - 1);
      assertKernel(await kernelOf(placed, batch.inputs, classes - 1), last, blocks[classes - 1], "one class");
    });
    await fc.assert(property, { numRuns: 20 });
  });
}

const few = fc.integer({ min: 1, max: 4 });

for (
  const [of, family] of [
    ["of any stages: chains, residual stages, biases in all places", residualsInChains(few)],
    ["of convolutions, whose weights are used at all positions", convolutionalNetworks(few)],
    ["of tokens: positions, normalisations, attention", tokenNetworks(few)],
  ] as const
) onDevices(`of networks ${of}`, (device) => assertNetworks(device, family));

async function assertNetworks(device: Device, family: fc.Arbitrary<StageCase>): Promise<void> {
  const drawn = fc.record({
    stageCase: family,
    samples: fc.constantFrom(1, 2, 4),
    masked: fc.boolean(),
    seed: fc.nat(),
  }).map(({ stageCase: { stage, input }, ...rest }): Drawn => ({
    ...{ stage, input: vectorShape(input.rows), signalMoves: false },
    ...rest,
  }));
  const property = fc.asyncProperty(drawn, async (drawn) => {
    const { stage, input } = drawn, numbers = numbersOf(drawn), { columns } = numbers;
    // ∂f_c(x) for every entry of every parameter, by numbers that carry it along.
    const entries = numbers.parameters.flatMap((values, p) =>
      [...values.keys()].filter((at) => numbers.masks[p]?.[at] !== 0).map((at): Probe => {
        const vector = new Float32Array(values.length);
        vector[at] = 1;
        return { block: p, vector };
      })
    );
    const rows = jacobian(drawn, { ...numbers, probes: entries });
    const full = rows.flatMap((a) => rows.map((b) => Rounded.sum(a.map((value, e) => value.times(b[e])))));
    const weights = placeWeights(device, stage, numbers.parameters, numbers.masks);
    const architecture = { kind: "drawn", activation: "relu", parametrization: "standard" } as const;
    using network = new Network(device, stage.place(weights), input, architecture);
    using inputs = device.upload(numbers.signal, input.rows, columns);
    assertKernel(await kernelOf(network, inputs, "full"), full.map(({ value }) => value), full, "full");
    const sums = Array.from(
      { length: columns },
      (_, x) =>
        rows[x].map((_, e) => Rounded.sum(rows.filter((_, row) => row % columns === x).map((row) => row[e]))),
    );
    const sum = sums.flatMap((a) => sums.map((b) => Rounded.sum(a.map((value, e) => value.times(b[e])))));
    assertKernel(await kernelOf(network, inputs, "sum"), sum.map(({ value }) => value), sum, "sum");
  });
  await fc.assert(property, { numRuns: 12 });
}

/** Row `c · N + x` has class c's derivatives at sample x along each probe. */
function jacobian(drawn: Drawn, numbers: Numbers): Rounded[][] {
  const { stage, input } = drawn, samples = numbers.columns, classes = stage.shape(input).rows;
  const unit = Array.from({ length: classes * samples }, (_, at) => {
    const delta = new Float32Array(classes * samples);
    delta[at] = 1;
    return delta;
  });
  try {
    const { pulled } = expectedOf(drawn, { ...numbers, deltas: unit });
    return unit.map((_, row) => pulled.map((gradients) => gradients[row]));
  } catch (error) {
    fc.pre(!(error instanceof NearCorner));
    throw error;
  }
}

const WIDTHS = [12, 33, 40, 21, 4];

onDevices("symmetric, positive semidefinite to rounding, whatever the memory", async (device) => {
  using network = randomNetwork(device, WIDTHS, 0.3, 1, { bias: "torch" });
  using inputs = randomInputs(device, 12, 70, 2);
  for (const output of ["sum", "trace"] as const) {
    const kernel = await kernelOf(network, inputs, output);
    for (let i = 0; i < 70; i++) {
      for (let j = 0; j < 70; j++) assert.equal(kernel[i * 70 + j], kernel[j * 70 + i]);
    }
    const { realEigenvalues } = new EigenvalueDecomposition(HostMatrix.from1DArray(70, 70, kernel), {
      assumeSymmetric: true,
    });
    assert.ok(Math.min(...realEigenvalues) > -1e-5 * Math.max(...realEigenvalues));
    const little = await kernelOf(network, inputs, output, { memoryBytes: 20_000 });
    assert.ok(relativeError(little, kernel) < 1e-6);
  }
});

onDevices("trace is the mean of the classes' kernels, which are full's diagonal blocks", async (device) => {
  using network = randomNetwork(device, WIDTHS, 0.4, 3, { parametrization: "ntk", bias: "torch" });
  using inputs = randomInputs(device, 12, 19, 4);
  const full = await kernelOf(network, inputs, "full");
  const mean = new Float64Array(19 * 19);
  for (let c = 0; c < 4; c++) {
    const own = await kernelOf(network, inputs, c);
    assert.ok(relativeError(block(full, 4, 19, c, c), own) < 1e-6, `class ${c}`);
    own.forEach((value, i) => mean[i] += value / 4);
  }
  assert.ok(relativeError(await kernelOf(network, inputs, "trace"), mean) < 1e-6);
});

onDevices("between two sets of inputs it is the corner of the kernel of both", async (device) => {
  for (const density of [0.4, 1]) {
    using network = randomNetwork(device, WIDTHS, 0.4, 5, { bias: "torch" });
    if (density === 1) unmask(network);
    using both = randomInputs(device, 12, 30, 6);
    const data = await device.read(both);
    const columns = (from: number, to: number) =>
      device.upload(
        Float32Array.from(
          { length: 12 * (to - from) },
          (_, i) => data[Math.floor(i / (to - from)) * 30 + from + i % (to - from)],
        ),
        12,
        to - from,
      );
    using first = columns(0, 11);
    using second = columns(11, 30);
    for (const output of ["sum", "trace", "full"] as const) {
      const blocks = output === "full" ? 4 : 1;
      const whole = await kernelOf(network, both, output);
      using cross = await empiricalKernel(network, first, { output, inputs2: second });
      const corner = Float64Array.from({ length: blocks * 11 * blocks * 19 }, (_, i) => {
        const row = Math.floor(i / (blocks * 19)), col = i % (blocks * 19);
        const at = Math.floor(row / 11) * 30 + row % 11, at2 = Math.floor(col / 19) * 30 + 11 + col % 19;
        return whole[at * blocks * 30 + at2];
      });
      assert.ok(relativeError(await device.read(cross), corner) < 1e-6, `${output} at density ${density}`);
    }
  }
});

onDevices("a mask of ones is no mask", async (device) => {
  using network = randomNetwork(device, WIDTHS, 1, 7, { bias: "torch" });
  using inputs = randomInputs(device, 12, 25, 8);
  const masked = await kernelOf(network, inputs, "trace");
  unmask(network);
  assert.ok(relativeError(await kernelOf(network, inputs, "trace"), masked) < 1e-6);
});

/** The same network with each hidden layer's neurons in the order given, a neuron left out being removed. */
async function rearranged(network: Network, orders: readonly (readonly number[])[]): Promise<Network> {
  const { device, architecture } = network;
  const identity = (length: number) => Array.from({ length }, (_, i) => i);
  const all = [identity(network.features), ...orders, identity(network.classes)];
  const biases = network.parameters.filter(({ role }) => role === "bias");
  const layers = [], masks = [];
  for (const [l, { matrix, mask, rows, cols }] of network.weights.entries()) {
    const data = await device.read(matrix);
    const bits = unpackBits(await device.readBits(mask!), rows, cols);
    const pick = (i: number) => all[l + 1][Math.floor(i / all[l].length)] * cols + all[l][i % all[l].length];
    const shape = [all[l + 1].length, all[l].length] as const;
    const length = shape[0] * shape[1];
    const offsets = biases[l] && await device.read(biases[l].matrix);
    layers.push({
      weight: device.upload(Float32Array.from({ length }, (_, i) => data[pick(i)]), ...shape),
      bias: offsets && device.upload(Float32Array.from(all[l + 1], (i) => offsets[i]), shape[0], 1),
    });
    const packed = packBits(Uint8Array.from({ length }, (_, i) => bits[pick(i)]), ...shape);
    masks.push(device.uploadBits(packed, ...shape));
  }
  const result = mlp(device, layers, architecture);
  masks.forEach((mask, l) => result.weights[l].setMask(mask));
  return result;
}

onDevices("the order of hidden neurons does not matter, weights and masks together", async (device) => {
  using network = randomNetwork(device, WIDTHS, 0.4, 9, { parametrization: "ntk", bias: "torch" });
  using inputs = randomInputs(device, 12, 20, 10);
  const orders = WIDTHS.slice(1, -1).map((width) =>
    // Below 41, a prime, the numbers i · 17 mod 41 are all different.
    Array.from({ length: width }, (_, i) => i).sort((a, b) => a * 17 % 41 - b * 17 % 41)
  );
  using permuted = await rearranged(network, orders);
  const [before, after] = [
    await kernelOf(network, inputs, "trace"),
    await kernelOf(permuted, inputs, "trace"),
  ];
  assert.ok(relativeError(after, before) < 1e-6);
});

onDevices("masking a whole neuron is removing it", async (device) => {
  using network = randomNetwork(device, WIDTHS, 0.5, 11, { bias: "zero" });
  using inputs = randomInputs(device, 12, 20, 12);
  const dead = 5;
  for (
    const [layer, isDead] of [[1, (i: number) => i === dead], [
      2,
      (_: number, j: number) => j === dead,
    ]] as const
  ) {
    const weight = network.weights[layer], { rows, cols } = weight;
    const bits = unpackBits(await device.readBits(weight.mask!), rows, cols)
      .map((bit, index) => isDead(Math.floor(index / cols), index % cols) ? 0 : bit);
    weight.setMask(device.uploadBits(packBits(bits, rows, cols), rows, cols));
  }
  const orders = WIDTHS.slice(1, -1).map((width) => Array.from({ length: width }, (_, i) => i));
  orders[1] = orders[1].filter((i) => i !== dead);
  using smaller = await rearranged(network, orders);
  const [masked, removed] = [await kernelOf(network, inputs), await kernelOf(smaller, inputs)];
  assert.ok(relativeError(masked, removed) < 1e-6);
});

onDevices("tells how far it is, can be ended, and leaves nothing but the kernel", async (device) => {
  using network = randomNetwork(device, WIDTHS, 0.4, 17, { bias: "torch" });
  using inputs = randomInputs(device, 12, 9, 18);
  const { live } = device.memory;
  // Classes one at a time.
  const options = { output: "trace", memoryBytes: 20_000 } as const;
  const seen: (readonly [number, number])[] = [];
  {
    using kernel = await empiricalKernel(network, inputs, {
      ...options,
      onProgress: (done, all) => seen.push([done, all]),
    });
    await device.idle();
    const [bytes] = [kernel].map(({ rows, cols }) => matrixBytes(device.info, rows, cols));
    assert.equal(device.memory.live, live + bytes);
  }
  // All neurons of the weights and of the biases, once for each class.
  const all = 4 * 2 * WIDTHS.slice(1).reduce((sum, width) => sum + width, 0);
  assert.deepEqual(seen, seen.toSorted(([a], [b]) => a - b));
  assert.ok(seen.length > 8 && seen.every(([, total]) => total === all));
  assert.equal(seen.at(-1)?.[0], all);
  for (const last of [1, 5]) {
    const controller = new AbortController();
    const onProgress = (done: number) => done >= last && controller.abort(new RangeError("enough"));
    const { signal } = controller;
    await assert.rejects(() => empiricalKernel(network, inputs, { ...options, onProgress, signal }), {
      message: "enough",
    });
    assert.equal(device.memory.live, live);
  }
});

onDevices("an option that is undefined is one left out", async (device) => {
  using network = randomNetwork(device, WIDTHS, 0.4, 19, { bias: "torch" });
  using inputs = randomInputs(device, 12, 9, 20);
  const run = async (options: object | undefined) => {
    using kernel = await empiricalKernel(network, inputs, options);
    return await device.read(kernel);
  };
  const expected = await run(undefined);
  const names = ["output", "inputs2", "memoryBytes", "signal", "onProgress"];
  const property = fc.asyncProperty(
    fc.subarray(names),
    async (left) =>
      assert.deepEqual(await run(Object.fromEntries(left.map((name) => [name, undefined]))), expected),
  );
  await fc.assert(property, { numRuns: 10 });
});

Deno.test("empiricalKernel: both devices agree to 1e-4", async () => {
  const kernels = [];
  for (const kind of KINDS) {
    const device = await testDevice(kind);
    using network = randomNetwork(device, [30, 130, 100, 10], 0.2, 13, { bias: "torch" });
    using inputs = randomInputs(device, 30, 65, 14);
    kernels.push(await kernelOf(network, inputs, "trace"));
  }
  assert.ok(relativeError(kernels[1], kernels[0]) < 1e-5);
});

Deno.test("empiricalKernel: refuses a class the network does not have, and memory of nothing", async () => {
  const device = await testDevice("cpu");
  using network = randomNetwork(device, [3, 4, 2], 1, 15);
  using inputs = randomInputs(device, 3, 2, 16);
  for (const output of [2, -1, 0.5]) {
    await assert.rejects(empiricalKernel(network, inputs, { output }), InvalidArgumentError);
  }
  await assert.rejects(empiricalKernel(network, inputs, { memoryBytes: 0 }), InvalidArgumentError);
});
