import assert from "node:assert/strict";
import fc from "fast-check";
import { Mlp } from "@graphon-limit/model";
import { prune, synflow } from "@graphon-limit/pruners";
import { type Device, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import { masksOf, readScores } from "./support.ts";

/** Weights [out][in] flattened and 0/1 masks, by layer. */
interface Layers {
  readonly widths: readonly number[];
  readonly weights: readonly Float32Array[];
  readonly masks?: readonly Uint8Array[] | undefined;
}

function place(device: Device, { widths, weights, masks }: Layers): Mlp {
  const mlp = Mlp.fromWeights(
    device,
    weights.map((matrix, l) => device.upload(matrix, widths[l + 1], widths[l])),
  );
  masks?.forEach((mask, l) => {
    const [rows, cols] = [widths[l + 1], widths[l]];
    mlp.setMask(l, device.uploadBits(packBits(mask, rows, cols), rows, cols));
  });
  return mlp;
}

async function scoresOf(device: Device, layers: Layers): Promise<Float32Array[]> {
  using mlp = place(device, layers);
  const context = { device, mlp, batch: undefined, seed: seedFrom(0), round: 0, rounds: 1 };
  return await readScores(synflow.score(context));
}

/** |w ∂R/∂w|: for every weight, the sum over all paths through it of the product of |w| along the path. */
function pathSums({ widths, weights, masks }: Layers): Float64Array[] {
  const sums = weights.map(({ length }) => new Float64Array(length));
  const walk = (layer: number, node: number, product: number, path: number[]) => {
    if (layer === weights.length) {
      path.forEach((index, l) => sums[l][index] += product);
      return;
    }
    for (let next = 0; next < widths[layer + 1]; next++) {
      const index = next * widths[layer] + node;
      const weight = Math.abs(weights[layer][index]) * (masks?.[layer][index] ?? 1);
      if (weight > 0) walk(layer + 1, next, product * weight, [...path, index]);
    }
  };
  for (let input = 0; input < widths[0]; input++) walk(0, input, 1, []);
  return sums;
}

const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

onBothDevices(
  "synflow: scores are the path sums up to one common factor, with and without masks",
  async (device) => {
    const drawn = fc.record({
      widths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 }),
      density: fc.constantFrom(1, 0.7),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ widths, density, seed }) => {
        const random = new RandomSequence(seed);
        const sizes = widths.slice(1).map((width, l) => width * widths[l]);
        const layers = {
          widths,
          weights: sizes.map((length) => Float32Array.from({ length }, () => random.normal())),
          masks: density === 1
            ? undefined
            : sizes.map((length) => Uint8Array.from({ length }, () => Number(random.uniform() < density))),
        };
        const actual = await scoresOf(device, layers), expected = pathSums(layers);
        const whole = total(expected[0]);
        if (whole === 0) {
          assert.ok(actual.every((layer) => layer.every((score) => score === 0)));
          return;
        }
        const factor = total(actual[0]) / whole;
        expected.forEach((layer, l) => {
          // Every path passes every layer once, so each layer's scores sum to R.
          assert.ok(Math.abs(total(layer) / whole - 1) < 1e-12);
          layer.forEach((value, i) => {
            assert.ok(Math.abs(actual[l][i] - factor * value) <= 1e-5 * factor * value, `layer ${l} [${i}]`);
          });
        });
      }),
      { numRuns: 40 },
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

/** ln Σ exp. */
function logSum(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/** The logarithms of SynFlow's scores, in float64. */
function logScores({ widths, weights }: Layers): Float64Array[] {
  const logs = weights.map((matrix) => Float64Array.from(matrix, (weight) => Math.log(Math.abs(weight))));
  const indices = (n: number) => Array.from({ length: n }, (_, i) => i);
  const r = [indices(widths[0]).map(() => 0)];
  logs.forEach((matrix, l) =>
    r.push(
      indices(widths[l + 1]).map((i) =>
        logSum(indices(widths[l]).map((j) => matrix[i * widths[l] + j] + r[l][j]))
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

for (const [layer, weight] of [[0, 0], [25, 0], [12, 2]]) {
  const scale = `10^±${layer} in whole layers and 10^±${weight} within`;
  onBothDevices(`synflow: ${DEPTH} layers of ${WIDTH}, ${scale}, agree with logarithms`, async (device) => {
    const layers = extremeLayers(layer, weight, 7 + layer);
    const expected = logScores(layers), actual = await scoresOf(device, layers);
    const shift = Math.log(actual[0][0]) - expected[0][0];
    expected.forEach((logs, l) =>
      logs.forEach((value, i) => {
        assert.ok(Number.isFinite(actual[l][i]) && actual[l][i] >= 0);
        // Scores at the very end of float32 lose bits; none of them is near any threshold.
        if (value + shift < -70) return assert.ok(actual[l][i] < 1e-30);
        const difference = Math.log(actual[l][i]) - value - shift;
        assert.ok(Math.abs(difference) < 1e-4, `layer ${l} [${i}]: off by a factor of exp(${difference})`);
      })
    );

    using mlp = place(device, layers);
    const sparsity = 0.6;
    const { thresholds, kept } = await prune(mlp, synflow, { sparsity, rounds: 1, seed: seedFrom(1) });
    const all = expected.flatMap((logs) => [...logs]).sort((a, b) => a - b);
    const k = Math.floor(sparsity * all.length), threshold = all[k - 1];
    assert.ok(Math.abs(Math.log(thresholds[0]!) - threshold - shift) < 1e-4);
    assert.equal(total(kept), all.length - k);
    const masks = await masksOf(mlp);
    expected.forEach((logs, l) =>
      logs.forEach((value, i) => {
        if (Math.abs(value - threshold) > 2e-4) assert.equal(masks[l][i], Number(value > threshold));
      })
    );
  });
}

onBothDevices(
  "synflow: many rounds on a deep network leave a path from input to output",
  async (device) => {
    const layers = extremeLayers(0, 0, 3);
    using mlp = place(device, layers);
    const { kept, thresholds } = await prune(mlp, synflow, { sparsity: 0.9, rounds: 20, seed: seedFrom(1) });
    assert.ok(thresholds.every((value) => value !== undefined && Number.isFinite(value)));
    assert.ok(kept.every((count) => count > 0), `${kept}`);
    // What is left of R is not zero: the layers still connect.
    assert.ok(total(await pathReach(mlp)) > 0);
  },
);

/** Which outputs a kept path reaches from the inputs. */
async function pathReach(mlp: Mlp): Promise<number[]> {
  let reached = new Array<number>(mlp.widths[0]).fill(1);
  for (const [l, mask] of (await masksOf(mlp)).entries()) {
    const cols = mlp.widths[l], before = reached;
    reached = Array.from(
      { length: mlp.widths[l + 1] },
      (_, i) => Number(before.some((on, j) => on && mask[i * cols + j])),
    );
  }
  return reached;
}
