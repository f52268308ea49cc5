import assert from "node:assert/strict";
import { Matrix as HostMatrix, pseudoInverse } from "ml-matrix";
import { maskedMatmul, maskedMatmulTransposed } from "@graphon-limit/ops";
import { type Device, type Matrix, openDevice, RandomSequence } from "@graphon-limit/runtime";
import { type Oracle, RevealedMatrix } from "../../packages/limit/revealed_matrix.ts";
import { testDevice } from "../ops/harness.ts";

const OUTPUTS = 6, INPUTS = 8, SAMPLES = 2, DEVIATION = 0.7;
const PLAIN = { outputs: OUTPUTS, inputs: INPUTS, outputWeight: 1, inputWeight: 1 };

function normals(random: RandomSequence, count: number, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => scale * random.normal());
}

/** The products with a matrix that there is. */
function exactly(weights: Matrix): Oracle {
  const { device } = weights;
  return {
    exact: true,
    products(x, side) {
      const out = device.matrix(side === "inputs" ? weights.rows : weights.cols, x.cols);
      const op = side === "inputs" ? maskedMatmul : maskedMatmulTransposed;
      device.run(op, { weights, x, out }, { scale: 1, accumulate: 0 });
      return out;
    },
  };
}

/** Independent normal numbers. */
function afresh(device: Device, random: RandomSequence, shape = PLAIN): Oracle {
  return {
    exact: false,
    products(block, side) {
      const rows = side === "inputs" ? shape.outputs : shape.inputs;
      return device.upload(normals(random, rows * block.cols, DEVIATION), rows, block.cols);
    },
  };
}

/** Host values of what is known of every entry. */
async function knownOf(revealed: RevealedMatrix) {
  const { means, frames } = revealed.known(), { device, shape } = revealed;
  using _means = means;
  const mean = new Float64Array(shape.outputs * shape.inputs);
  for (const [left, right] of means.pairs) {
    const [a, b] = [await device.read(left), await device.read(right)];
    for (let i = 0; i < shape.outputs; i++) {
      for (let j = 0; j < shape.inputs; j++) {
        for (let k = 0; k < left.cols; k++) {
          mean[i * shape.inputs + j] += a[i * left.cols + k] * b[j * left.cols + k];
        }
      }
    }
  }
  const left: number[][] = [];
  for (const side of ["outputs", "inputs"] as const) {
    const share = new Array<number>(shape[side]).fill(1);
    for (const block of frames[side].blocks) {
      (await device.read(block)).forEach((value, at) => share[Math.floor(at / block.cols)] -= value * value);
    }
    left.push(share);
  }
  return { mean, outputs: left[0], inputs: left[1] };
}

Deno.test("RevealedMatrix: mean and variance of an entry are those of the normal law given all products", async () => {
  const device = await testDevice("cpu"), random = new RandomSequence(3);
  const w = normals(random, OUTPUTS * INPUTS, DEVIATION);
  using weights = device.upload(w, OUTPUTS, INPUTS);
  using revealed = new RevealedMatrix(device, PLAIN, exactly(weights));
  const x = [0, 1].map(() => device.upload(normals(random, INPUTS * SAMPLES), INPUTS, SAMPLES));
  const p = [0, 1].map(() => device.upload(normals(random, OUTPUTS * SAMPLES), OUTPUTS, SAMPLES));
  for (const [index, signal] of x.entries()) {
    using product = await revealed.forward(signal);
    using back = await revealed.backward(p[index]);
    using direct = exactly(weights).products(signal, "inputs");
    using directBack = exactly(weights).products(p[index], "outputs");
    for (const [found, expected] of [[product, direct], [back, directBack]]) {
      const [a, b] = [await device.read(found), await device.read(expected)];
      a.forEach((value, at) => assert.ok(Math.abs(value - b[at]) < 1e-4, `${value}, ${b[at]}`));
    }
  }
  // Dense: W as one vector of variance s², the products as linear functions of it.
  const rows: number[][] = [], values: number[] = [];
  for (const signal of x) {
    const data = await device.read(signal);
    for (let i = 0; i < OUTPUTS; i++) {
      for (let b = 0; b < SAMPLES; b++) {
        const row = new Array<number>(OUTPUTS * INPUTS).fill(0);
        for (let j = 0; j < INPUTS; j++) row[i * INPUTS + j] = data[j * SAMPLES + b];
        rows.push(row);
      }
    }
  }
  for (const signal of p) {
    const data = await device.read(signal);
    for (let j = 0; j < INPUTS; j++) {
      for (let b = 0; b < SAMPLES; b++) {
        const row = new Array<number>(OUTPUTS * INPUTS).fill(0);
        for (let i = 0; i < OUTPUTS; i++) row[i * INPUTS + j] = data[i * SAMPLES + b];
        rows.push(row);
      }
    }
  }
  for (const row of rows) values.push(row.reduce((sum, value, at) => sum + value * w[at], 0));
  const a = new HostMatrix(rows), inverse = pseudoInverse(a, 1e-9);
  const mean = inverse.mmul(HostMatrix.columnVector(values)), seen = inverse.mmul(a);
  const known = await knownOf(revealed);
  for (let at = 0; at < OUTPUTS * INPUTS; at++) {
    const i = Math.floor(at / INPUTS), j = at % INPUTS;
    assert.ok(Math.abs(known.mean[at] - mean.get(at, 0)) < 1e-4, `mean ${at}`);
    assert.ok(Math.abs(known.outputs[i] * known.inputs[j] - (1 - seen.get(at, at))) < 1e-4, `variance ${at}`);
  }
});

Deno.test("RevealedMatrix: complete makes a matrix with the products, and as much of the rest as they leave", async () => {
  const device = await testDevice("cpu"), random = new RandomSequence(12), trials = 4000;
  using revealed = new RevealedMatrix(device, PLAIN, afresh(device, random));
  using x = device.upload(normals(random, INPUTS * SAMPLES), INPUTS, SAMPLES);
  using p = device.upload(normals(random, OUTPUTS * SAMPLES), OUTPUTS, SAMPLES);
  using forward = await revealed.forward(x);
  using backward = await revealed.backward(p);
  const sums = new Float64Array(OUTPUTS * INPUTS), squares = new Float64Array(OUTPUTS * INPUTS);
  for (let trial = 0; trial < trials; trial++) {
    using weights = device.upload(normals(random, OUTPUTS * INPUTS, DEVIATION), OUTPUTS, INPUTS);
    revealed.complete(weights);
    (await device.read(weights)).forEach((value, at) => (sums[at] += value, squares[at] += value * value));
    if (trial > 0) continue;
    for (const [found, signal, side] of [[forward, x, "inputs"], [backward, p, "outputs"]] as const) {
      using direct = exactly(weights).products(signal, side);
      const [a, b] = [await device.read(found), await device.read(direct)];
      a.forEach((value, at) => assert.ok(Math.abs(value - b[at]) < 1e-4, `${side}: ${value}, ${b[at]}`));
    }
  }
  const known = await knownOf(revealed);
  for (let at = 0; at < OUTPUTS * INPUTS; at++) {
    const mean = sums[at] / trials, variance = squares[at] / trials - mean ** 2;
    const left = DEVIATION ** 2 * known.outputs[Math.floor(at / INPUTS)] * known.inputs[at % INPUTS];
    assert.ok(Math.abs(mean - known.mean[at]) < 5 * Math.sqrt(left / trials) + 1e-5, `mean ${at}`);
    assert.ok(Math.abs(variance - left) < 5 * left * Math.sqrt(2 / trials) + 1e-6, `variance ${at}`);
  }
});

/** A number that a matrix makes of a vector by going to and fro, each time with what it said before. */
async function journey(
  device: Device,
  start: Matrix,
  forward: (x: Matrix) => Promise<Matrix>,
  backward: (p: Matrix) => Promise<Matrix>,
): Promise<number[]> {
  const bent = async (x: Matrix) => {
    const values = (await device.read(x)).map((value) => Math.max(value, 0.3 * value));
    return device.upload(values, x.rows, x.cols);
  };
  using z = await forward(start);
  using h = await bent(z);
  using g = await backward(h);
  using moved = await bent(g);
  using end = await forward(moved);
  using back = await backward(end);
  const lengths = await Promise.all(
    [z, g, end, back].map(async (matrix) =>
      (await device.read(matrix)).reduce((sum, value) => sum + value * value, 0)
    ),
  );
  const [first, last] = [await device.read(z), await device.read(end)];
  return [...lengths, first.reduce((sum, value, at) => sum + value * last[at], 0)];
}

Deno.test("RevealedMatrix: products that are drawn as they are asked for have the law of a drawn matrix's", async () => {
  using device = await openDevice({ kind: "cpu" });
  const random = new RandomSequence(4), trials = 3000, sums = [0, 1].map(() => new Float64Array(10));
  using start = device.upload(normals(random, INPUTS), INPUTS, 1);
  for (let trial = 0; trial < trials; trial++) {
    using weights = device.upload(normals(random, OUTPUTS * INPUTS, DEVIATION), OUTPUTS, INPUTS);
    const real = exactly(weights);
    using revealed = new RevealedMatrix(device, PLAIN, afresh(device, random));
    const found = [
      await journey(
        device,
        start,
        (x) => Promise.resolve(real.products(x, "inputs")),
        (p) => Promise.resolve(real.products(p, "outputs")),
      ),
      await journey(device, start, (x) => revealed.forward(x), (p) => revealed.backward(p)),
    ];
    found.forEach((values, kind) =>
      values.forEach((value, at) => {
        // Logarithms but for the last, which may be negative: the lengths have heavy tails.
        const number = at < 4 ? Math.log(value) : Math.tanh(value / 10);
        sums[kind][2 * at] += number / trials;
        sums[kind][2 * at + 1] += number ** 2 / trials;
      })
    );
  }
  for (let at = 0; at < 5; at++) {
    const [mean, square] = [sums[0][2 * at], sums[0][2 * at + 1]], spread = Math.sqrt(square - mean ** 2);
    const own = Math.sqrt(sums[1][2 * at + 1] - sums[1][2 * at] ** 2);
    assert.ok(Math.abs(sums[1][2 * at] - mean) < 5 * spread * Math.sqrt(2 / trials), `mean ${at}: ${sums}`);
    assert.ok(Math.abs(own / spread - 1) < 0.12, `spread ${at}: ${own}, ${spread}`);
  }
});

Deno.test("RevealedMatrix: a product that is given is kept, and what follows agrees with it", async () => {
  const device = await testDevice("cpu"), random = new RandomSequence(5);
  using revealed = new RevealedMatrix(device, PLAIN, afresh(device, random));
  using x = device.upload(normals(random, INPUTS * SAMPLES), INPUTS, SAMPLES);
  using y = device.upload(normals(random, OUTPUTS * SAMPLES), OUTPUTS, SAMPLES);
  await revealed.assume(x, y);
  using again = await revealed.forward(x);
  const [found, given] = [await device.read(again), await device.read(y)];
  found.forEach((value, at) => assert.ok(Math.abs(value - given[at]) < 1e-4));
  using p = device.upload(normals(random, OUTPUTS), OUTPUTS, 1);
  using back = await revealed.backward(p);
  // ⟨p, W x⟩ = ⟨Wᵀ p, x⟩.
  const [left, right, q, signal] = [
    await device.read(p),
    given,
    await device.read(back),
    await device.read(x),
  ];
  for (let b = 0; b < SAMPLES; b++) {
    const one = left.reduce((sum, value, i) => sum + value * right[i * SAMPLES + b], 0);
    const other = q.reduce((sum, value, j) => sum + value * signal[j * SAMPLES + b], 0);
    assert.ok(Math.abs(one - other) < 1e-4, `${one}, ${other}`);
  }
});

Deno.test("RevealedMatrix: rows that stand for several neurons have the inner products of so many", async () => {
  const device = await testDevice("cpu"), random = new RandomSequence(6);
  const shape = { outputs: 400, inputs: 300, outputWeight: 2.5, inputWeight: 4 };
  using revealed = new RevealedMatrix(device, shape, afresh(device, random, shape));
  using x = device.upload(normals(random, 300), 300, 1);
  using z = await revealed.forward(x);
  using p = device.upload(normals(random, 400), 400, 1);
  using g = await revealed.backward(p);
  const squares = async (matrix: Matrix) =>
    (await device.read(matrix)).reduce((sum, value) => sum + value * value, 0);
  const [zs, xs, ps] = [await squares(z), await squares(x), await squares(p)];
  assert.ok(Math.abs(zs / 400 / (DEVIATION ** 2 * 4 * xs) - 1) < 0.3);
  const [left, right, q, signal] = await Promise.all([p, z, g, x].map((matrix) => device.read(matrix)));
  const one = 2.5 * left.reduce((sum, value, i) => sum + value * right[i], 0);
  const other = 4 * q.reduce((sum, value, j) => sum + value * signal[j], 0);
  assert.ok(Math.abs(one - other) < 1e-3 * Math.sqrt(ps * zs), `${one}, ${other}`);
});
