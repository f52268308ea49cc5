import assert from "node:assert/strict";
import fc from "fast-check";
import { mlp, type Network } from "@graphon-limit/model";
import { prune, synflow } from "@graphon-limit/pruners";
import { type Device, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import { contextOf, masksOf, readScores } from "./support.ts";

/** Weights [out][in] flattened, biases and 0/1 masks, by layer. */
interface Layers {
  readonly widths: readonly number[];
  readonly weights: readonly Float32Array[];
  readonly biases?: readonly Float32Array[];
  readonly masks?: readonly Uint8Array[] | undefined;
}

function place(device: Device, { widths, weights, biases, masks }: Layers): Network {
  const network = mlp(
    device,
    weights.map((matrix, l) => ({
      weight: device.upload(matrix, widths[l + 1], widths[l]),
      bias: biases && device.upload(biases[l], widths[l + 1], 1),
    })),
  );
  masks?.forEach((mask, l) => {
    const [rows, cols] = [widths[l + 1], widths[l]];
    network.weights[l].setMask(device.uploadBits(packBits(mask, rows, cols), rows, cols));
  });
  return network;
}

async function scoresOf(device: Device, layers: Layers): Promise<Float32Array[]> {
  using network = place(device, layers);
  return await readScores(synflow.score!(contextOf(network)));
}

/**
 * |w ∂R/∂w|: for every weight, the sum over all paths through it of the product of |w| along the path, which begins at an input
 * or, with the bias, at any neuron that has one.
 */
function pathSums({ widths, weights, biases, masks }: Layers): Float64Array[] {
  const sums = weights.map(({ length }) => new Float64Array(length));
  const walk = (layer: number, node: number, product: number, path: number[]) => {
    if (layer === weights.length) {
      path.forEach((index, step) => sums[layer - path.length + step][index] += product);
      return;
    }
    for (let next = 0; next < widths[layer + 1]; next++) {
      const index = next * widths[layer] + node;
      const weight = Math.abs(weights[layer][index]) * (masks?.[layer][index] ?? 1);
      if (weight > 0) walk(layer + 1, next, product * weight, [...path, index]);
    }
  };
  for (let input = 0; input < widths[0]; input++) walk(0, input, 1, []);
  biases?.forEach((values, l) => values.forEach((bias, node) => walk(l + 1, node, Math.abs(bias), [])));
  return sums;
}

const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

onBothDevices(
  "synflow: scores are the path sums up to one common factor, with and without masks and biases",
  async (device) => {
    const drawn = fc.record({
      widths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 }),
      density: fc.constantFrom(1, 0.7),
      biased: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ widths, density, biased, seed }) => {
        const random = new RandomSequence(seed);
        const sizes = widths.slice(1).map((width, l) => width * widths[l]);
        const layers = {
          widths,
          weights: sizes.map((length) => Float32Array.from({ length }, () => random.normal())),
          ...(biased
            ? {
              biases: widths.slice(1).map((length) => Float32Array.from({ length }, () => random.normal())),
            }
            : {}),
          masks: density === 1
            ? undefined
            : sizes.map((length) => Uint8Array.from({ length }, () => Number(random.uniform() < density))),
        };
        const actual = await scoresOf(device, layers), expected = pathSums(layers);
        const whole = total(expected.flatMap((layer) => [...layer]));
        if (whole === 0) {
          assert.ok(actual.every((layer) => layer.every((score) => score === 0)));
          return;
        }
        const factor = total(actual.flatMap((layer) => [...layer])) / whole;
        expected.forEach((layer, l) => {
          // Without biases every path passes every layer once, so each layer's scores sum to R.
          if (!biased) assert.ok(Math.abs(expected.length * total(layer) / whole - 1) < 1e-12);
          layer.forEach((value, i) => {
            assert.ok(Math.abs(actual[l][i] - factor * value) <= 1e-5 * factor * value, `layer ${l} [${i}]`);
          });
        });
      }),
      { numRuns: 60 },
    );
  },
);

const DEPTH = 60, WIDTH = 8;

/** Normal weights times 10 to powers of at most `layer` for whole layers and `weight` for single weights. */
function extremeLayers(layer: number, weight: number, seed: number): Layers {
  const random = new RandomSequence(seed);
  const power = (most: number) => 10 ** (most * (2 * random.uniform() - 1));
  const widths = new Array<number>(DEPTH + 2).fill(WIDTH);
  const weights = Array.from({ length: DEPTH + 1 }, () => {
    const scale = power(layer);
    return Float32Array.from({ length: WIDTH * WIDTH }, () => random.normal() * scale * power(weight));
  });
  return { widths, weights };
}

/** Normal biases of every layer, times `size`. */
function biasesOf(size: number): Float32Array[] {
  const random = new RandomSequence(5);
  return Array.from(
    { length: DEPTH + 1 },
    () => Float32Array.from({ length: WIDTH }, () => size * random.normal()),
  );
}

/** ln Σ exp. */
function logSum(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** The logarithms of SynFlow's scores, in float64. */
function logScores({ widths, weights, biases }: Layers): Float64Array[] {
  const logs = weights.map((matrix) => Float64Array.from(matrix, (weight) => Math.log(Math.abs(weight))));
  const indices = (n: number) => Array.from({ length: n }, (_, i) => i);
  const r = [indices(widths[0]).map(() => 0)];
  logs.forEach((matrix, l) =>
    r.push(
      indices(widths[l + 1]).map((i) =>
        logSum([
          ...indices(widths[l]).map((j) => matrix[i * widths[l] + j] + r[l][j]),
          ...(biases ? [Math.log(Math.abs(biases[l][i]))] : []),
        ])
      ),
    )
  );
  const c = [indices(widths[widths.length - 1]).map(() => 0)];
  for (let l = logs.length - 1; l > 0; l--) {
    c.unshift(
      indices(widths[l]).map((j) =>
        logSum(indices(widths[l + 1]).map((i) => logs[l][i * widths[l] + j] + c[0][i]))
      ),
    );
  }
  return logs.map((matrix, l) =>
    matrix.map((value, index) => value + c[l][Math.floor(index / widths[l])] + r[l][index % widths[l]])
  );
}

// Biases of zero are what networks begin with; beside layers of any size they are nothing.
for (
  const [layer, weight, bias] of [[0, 0], [25, 0], [12, 2], [0, 0, 1], [0, 1, 1e4], [25, 0, 0], [
    12,
    2,
    0,
  ]] as const
) {
  const scale = `10^±${layer} in whole layers and 10^±${weight} within`;
  const name = `${scale}, ${bias === undefined ? "no biases" : `biases of ${bias}`},`;
  onBothDevices(`synflow: ${DEPTH} layers of ${WIDTH}, ${name} agree with logarithms`, async (device) => {
    const layers = {
      ...extremeLayers(layer, weight, 7 + layer),
      ...(bias === undefined ? {} : { biases: biasesOf(bias) }),
    };
    const expected = logScores(layers), actual = await scoresOf(device, layers);
    // Beside biases the last layers have the largest scores, without them all are alike.
    const last = DEPTH, shift = Math.log(actual[last][0]) - expected[last][0];
    expected.forEach((logs, l) =>
      logs.forEach((value, i) => {
        assert.ok(Number.isFinite(actual[l][i]) && actual[l][i] >= 0);
        // Scores at the very end of float32 lose bits; none of them is near any threshold.
        if (value + shift < -70) return assert.ok(actual[l][i] < 1e-30);
        const difference = Math.log(actual[l][i]) - value - shift;
        assert.ok(Math.abs(difference) < 1e-4, `layer ${l} [${i}]: off by a factor of exp(${difference})`);
      })
    );

    using network = place(device, layers);
    const sparsity = 0.6;
    const { thresholds, kept } = await prune(network, synflow, { sparsity, rounds: 1, seed: seedFrom(1) });
    const all = expected.flatMap((logs) => [...logs]).sort((a, b) => a - b);
    const k = Math.floor(sparsity * all.length), threshold = all[k - 1];
    assert.ok(Math.abs(Math.log(thresholds[0]!) - threshold - shift) < 1e-4);
    assert.equal(total(kept), all.length - k);
    const masks = await masksOf(network);
    expected.forEach((logs, l) =>
      logs.forEach((value, i) => {
        if (Math.abs(value - threshold) > 2e-4) assert.equal(masks[l][i], Number(value > threshold));
      })
    );
  });
}

onBothDevices(
  "synflow: biases of zero change nothing, however small or large the weights",
  async (device) => {
    for (const size of [1e-3, 1, 1e3]) {
      const { widths, weights } = extremeLayers(0, 0, 11);
      const layers = { widths, weights: weights.map((matrix) => matrix.map((weight) => size * weight)) };
      assert.deepEqual(
        await scoresOf(device, { ...layers, biases: biasesOf(0) }),
        await scoresOf(device, layers),
      );
    }
  },
);

onBothDevices(
  "synflow: many rounds on a deep network leave a path from input to output",
  async (device) => {
    const layers = extremeLayers(0, 0, 3);
    using network = place(device, layers);
    const { kept, thresholds } = await prune(network, synflow, {
      sparsity: 0.9,
      rounds: 20,
      seed: seedFrom(1),
    });
    assert.ok(thresholds.every((value) => value !== undefined && Number.isFinite(value)));
    assert.ok(kept.every((count) => count > 0), `${kept}`);
    // What is left of R is not zero: the layers still connect.
    assert.ok(total(await pathReach(network)) > 0);
  },
);

/** Which outputs a kept path reaches from the inputs. */
async function pathReach(network: Network): Promise<number[]> {
  let reached = new Array<number>(network.features).fill(1);
  for (const [l, mask] of (await masksOf(network)).entries()) {
    const { rows, cols } = network.weights[l], before = reached;
    reached = Array.from(
      { length: rows },
      (_, i) => Number(before.some((on, j) => on && mask[i * cols + j])),
    );
  }
  return reached;
}
