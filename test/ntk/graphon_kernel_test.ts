import assert from "node:assert/strict";
import fc from "fast-check";
import { StepGraphon } from "@graphon-limit/graphon";
import { graphonKernel, type GraphonKernelOptions, normalQuadrature } from "@graphon-limit/ntk";
import { type Device, InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { finiteWidthError, GRADED } from "./finite_width.ts";
import { denseNtk64, graphonNtk64 } from "./float64_graphon.ts";
import { randomInputs, relativeError } from "./support.ts";

/** Registers a test on each kind of device. */
function onDevices(name: string, body: (device: Device) => Promise<void>): void {
  for (const kind of ["cpu", "webgpu"] as const) {
    Deno.test({
      name: `graphonKernel: ${name}, on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => await body(await testDevice(kind)),
    });
  }
}

async function kernelOf(
  graphons: readonly StepGraphon[],
  inputs: ReturnType<typeof randomInputs>,
  options: GraphonKernelOptions = {},
): Promise<Float32Array> {
  using kernel = await graphonKernel(graphons, inputs, options);
  return await inputs.device.read(kernel);
}

/** Columns of a matrix as arrays. */
async function columnsOf(inputs: ReturnType<typeof randomInputs>): Promise<number[][]> {
  const data = await inputs.device.read(inputs);
  return Array.from(
    { length: inputs.cols },
    (_, b) => Array.from({ length: inputs.rows }, (_, v) => data[v * inputs.cols + b]),
  );
}

/** The same constant in every layer: `hidden` hidden layers over a grid, and one output. */
function constants(value: number, hidden: number, grid = 3): StepGraphon[] {
  return Array.from(
    { length: hidden + 1 },
    (_, l) => StepGraphon.constant(value, l === hidden ? 1 : grid, l === 0 ? 5 : grid),
  );
}

/** Random graphons over grids `K_0 … K_{L+1}`. */
function randomGraphons(grids: readonly number[], seed: number): StepGraphon[] {
  const random = new RandomSequence(seed);
  return grids.slice(1).map((rows, l) =>
    new StepGraphon(rows, grids[l], Float64Array.from({ length: rows * grids[l] }, () => random.uniform()))
  );
}

function pairwise(columns: readonly number[][], f: (x: number[], y: number[]) => number): Float64Array {
  return Float64Array.from(columns.flatMap((x) => columns.map((y) => f(x, y))));
}

for (const activation of ["relu", "erf", "linear"] as const) {
  onDevices(`graphons of 1 give the classical kernel of a dense network, ${activation}`, async (device) => {
    using inputs = randomInputs(device, 10, 9, 1);
    const columns = await columnsOf(inputs);
    for (const [hidden, weightVariance] of [[1, 1], [2, 2], [4, 1.5], [6, 2]]) {
      const expected = pairwise(columns, (x, y) => denseNtk64(x, y, hidden, activation, weightVariance));
      for (const gradients of ["masked", "variance"] as const) {
        const kernel = await kernelOf(constants(1, hidden), inputs, {
          gradients,
          weightVariance,
          activation,
        });
        const error = relativeError(kernel, expected);
        assert.ok(error < 1e-5, `${hidden} hidden layers, ${gradients}: ${error}`);
      }
    }
  });
}

onDevices("a constant c scales the dense kernel by c^L, and masked by c^(L+1)", async (device) => {
  using inputs = randomInputs(device, 10, 8, 2);
  for (const activation of ["relu", "linear"] as const) {
    for (let hidden = 1; hidden <= 6; hidden++) {
      const dense = await kernelOf(constants(1, hidden), inputs, { activation });
      for (const c of [0.2, 0.7]) {
        for (const [gradients, power] of [["variance", hidden], ["masked", hidden + 1]] as const) {
          const kernel = await kernelOf(constants(c, hidden), inputs, { activation, gradients });
          const error = relativeError(kernel, dense.map((value) => c ** power * value));
          assert.ok(error < 1e-5, `${activation}, ${hidden} hidden layers, c = ${c}, ${gradients}: ${error}`);
        }
      }
    }
  }
});

onDevices("agrees with the recursions written out, position by position", async (device) => {
  const grids = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 });
  const drawn = fc.record({
    grids,
    size: fc.integer({ min: 3, max: 5 }),
    activation: fc.constantFrom("relu" as const, "erf" as const, "linear" as const, "tanh" as const),
    gradients: fc.constantFrom("masked" as const, "variance" as const),
    weightVariance: fc.constantFrom(0.5, 1, 2),
    moments: fc.boolean(),
    seed: fc.nat(),
  });
  const property = fc.asyncProperty(
    drawn,
    async ({ grids, size, activation, gradients, weightVariance, moments, seed }) => {
      const graphons = randomGraphons(grids, seed);
      const secondMoments = moments ? randomGraphons(grids, seed + 1) : undefined;
      using inputs = randomInputs(device, grids[0] * size, 3, seed + 2);
      const columns = await columnsOf(inputs);
      const exact = columns.map((x) =>
        columns.map((y) =>
          graphonNtk64(graphons, secondMoments ?? graphons, x, y, activation, weightVariance, gradients)
        )
      );
      const tiles: number[][] = [];
      const kernel = await kernelOf(graphons, inputs, {
        activation,
        gradients,
        weightVariance,
        ...(secondMoments ? { secondMoments } : {}),
        memoryBytes: 1,
        async onTile({ firstRow, rows, firstColumn, columns: width, covariances, gradients }) {
          assert.deepEqual([rows, firstColumn, width], [1, firstRow, 3 - firstRow]);
          tiles.push([firstRow]);
          for (
            const [found, wanted] of [[covariances, "covariances"], [gradients, "gradientKernels"]] as const
          ) {
            assert.equal(found.length, grids.length - 2);
            for (const [l, matrix] of found.entries()) {
              const values = await device.read(matrix);
              for (let p = 0; p < width; p++) {
                const expected = exact[firstRow][firstColumn + p][wanted][l];
                expected.forEach((value, u) => {
                  const difference = Math.abs(values[u * width + p] - value);
                  assert.ok(
                    difference < 1e-4 * (1 + Math.abs(value)),
                    `${wanted}, layer ${l}, position ${u}`,
                  );
                });
              }
            }
          }
        },
      });
      assert.deepEqual(tiles, [[0], [1], [2]]);
      const expected = exact.flat().map((pair) => pair.kernel);
      assert.ok(relativeError(kernel, expected) < 1e-4, `${relativeError(kernel, expected)}`);
    },
  );
  await fc.assert(property, { numRuns: 20 });
});

onDevices("a finer grid of the same functions changes nothing", async (device) => {
  using inputs = randomInputs(device, 24, 7, 4);
  for (const gradients of ["masked", "variance"] as const) {
    const fine = GRADED.map((graphon, l) =>
      graphon.regrid(l === GRADED.length - 1 ? 1 : graphon.rows * 3, l === 0 ? 24 : graphon.cols * 3)
    );
    const [coarse, finer] = [
      await kernelOf(GRADED, inputs, { gradients }),
      await kernelOf(fine, inputs, { gradients }),
    ];
    assert.ok(relativeError(finer, coarse) < 1e-5);
  }
});

onDevices("the order of positions does not matter, the same in neighbouring layers", async (device) => {
  using inputs = randomInputs(device, 12, 7, 5);
  const order = [3, 7, 0, 5, 1, 6, 2, 4], features = Array.from({ length: 12 }, (_, v) => v);
  const permuted = GRADED.map((graphon, l) => {
    const rows = l === GRADED.length - 1 ? [0] : order, cols = l === 0 ? features : order;
    const values = rows.flatMap((u) => cols.map((v) => graphon.values[u * graphon.cols + v]));
    return new StepGraphon(rows.length, cols.length, Float64Array.from(values));
  });
  const [before, after] = [await kernelOf(GRADED, inputs), await kernelOf(permuted, inputs)];
  assert.ok(relativeError(after, before) < 1e-5);
});

onDevices("symmetric, and the same in one tile or in many", async (device) => {
  using inputs = randomInputs(device, 12, 23, 6);
  const done: number[] = [];
  const whole = await kernelOf(GRADED, inputs);
  const tiled = await kernelOf(GRADED, inputs, {
    memoryBytes: 25_000,
    onProgress: (rows) => done.push(rows),
  });
  assert.ok(done.length > 3 && done.at(-1) === 23, `${done}`);
  assert.ok(relativeError(tiled, whole) < 1e-6);
  for (let i = 0; i < 23; i++) {
    for (let j = 0; j < 23; j++) assert.equal(whole[i * 23 + j], whole[j * 23 + i]);
  }
});

onDevices("dead positions and several outputs", async (device) => {
  // Half of the first hidden layer is cut off: the kernel is that of half a layer, whose products halve twice over.
  using inputs = randomInputs(device, 6, 5, 7);
  const dead = [StepGraphon.from((u) => (u < 0.5 ? 1 : 0), 2, 1), StepGraphon.constant(1, 3, 2)];
  const alive = [StepGraphon.constant(1, 1), StepGraphon.constant(1, 1)];
  const [half, full] = [await kernelOf(dead, inputs), await kernelOf(alive, inputs)];
  assert.ok(half.every(Number.isFinite));
  assert.ok(relativeError(half, full.map((value) => value / 2)) < 1e-5);
});

for (const drawnBy of ["ntk", "fan-in"] as const) {
  Deno.test(`graphonKernel: what networks of masks drawn from the graphons approach, weights by ${drawnBy}`, async () => {
    const device = await testDevice("cpu");
    const [narrow, wide] = [
      await finiteWidthError(device, 128, 6, 1, drawnBy),
      await finiteWidthError(device, 512, 6, 1, drawnBy),
    ];
    // Four times the width should halve the error.
    assert.ok(wide < 0.75 * narrow, `${narrow} at 128, ${wide} at 512`);
    assert.ok(wide < 0.06, `${wide} at 512`);
  });
}

Deno.test("graphonKernel: refuses what does not fit, in one line", async () => {
  const device = await testDevice("cpu");
  using inputs = randomInputs(device, 10, 2, 8);
  const cases: [readonly StepGraphon[], GraphonKernelOptions, RegExp][] = [
    [[], {}, /at least one layer/],
    [[StepGraphon.constant(1, 1, 3)], {}, /divide the 10 features evenly but found 3/],
    [[StepGraphon.constant(1, 2, 5), StepGraphon.constant(1, 1, 3)], {}, /2 columns.*found 1×3/],
    [constants(1, 1), { weightVariance: 0 }, /weight variance above 0/],
    [constants(1, 1), { secondMoments: constants(1, 1, 4) }, /second moments of layer 0/],
    [constants(1, 1), { secondMoments: constants(1, 1).slice(0, 1) }, /second moments of 2 layers/],
    [constants(1, 1), { memoryBytes: -1 }, /memoryBytes/],
  ];
  for (const [graphons, options, message] of cases) {
    await assert.rejects(graphonKernel(graphons, inputs, options), (error) => {
      return error instanceof InvalidArgumentError && message.test(error.message) &&
        !error.message.includes("\n");
    });
  }
});

Deno.test("normalQuadrature: means of squares of tanh and of its slope, however steep", () => {
  const steps = 40_000;
  const exact = (f: (z: number) => number) => {
    let sum = 0;
    for (let i = 0; i < steps; i++) {
      const z = 20 * (i + 0.5) / steps - 10;
      sum += f(z) * Math.exp(-z * z / 2) * 20 / steps / Math.sqrt(2 * Math.PI);
    }
    return sum;
  };
  for (const deviation of [0, 0.1, 0.7, 1, 2, 5]) {
    const { places, weights } = normalQuadrature(deviation);
    const mean = (f: (z: number) => number) => places.reduce((sum, z, q) => sum + weights[q] * f(z), 0);
    for (
      const f of [
        (z: number) => Math.tanh(deviation * z) ** 2,
        (z: number) => (1 - Math.tanh(deviation * z) ** 2) ** 2,
      ]
    ) {
      assert.ok(Math.abs(mean(f) - exact(f)) < 3e-6, `deviation ${deviation}: ${mean(f) - exact(f)}`);
    }
  }
});

onDevices("of collinear samples ReLU's kernel is in proportion to their lengths", async (device) => {
  const random = new RandomSequence(3), count = 64;
  const scales = [1, ...Array.from({ length: count - 1 }, () => 10 ** (6 * random.uniform() - 3))];
  // Sums of a few hundred terms are rounded the worst: some devices add longer ones in parts.
  for (const features of [40, 256, 500, 784, 1000]) {
    const x = Float32Array.from({ length: features }, () => random.uniform());
    using inputs = device.upload(
      Float32Array.from(
        { length: features * count },
        (_, at) => scales[at % count] * x[Math.floor(at / count)],
      ),
      features,
      count,
    );
    const graded = StepGraphon.from((u, v) => 0.2 + 0.7 * u * v, 16);
    for (
      const graphons of [[1, 1, 1].map((value) => StepGraphon.constant(value)), [
        StepGraphon.constant(1, 16, 1),
        graded,
        StepGraphon.constant(1, 1, 16),
      ]]
    ) {
      using kernel = await graphonKernel(graphons, inputs, { weightVariance: 2 });
      const values = await device.read(kernel);
      values.forEach((value, at) => {
        const expected = scales[at % count] * scales[Math.floor(at / count)] * values[0];
        assert.ok(Math.abs(value / expected - 1) < 2e-6, `${features}, ${at}: ${value / expected - 1}`);
      });
    }
  }
});
