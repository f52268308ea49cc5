import assert from "node:assert/strict";
import fc from "fast-check";
import { packBits, RandomSequence } from "@graphon-limit/runtime";
import { absMatvec, absMatvecTransposed, normalise, synflowScores } from "@graphon-limit/ops";
import {
  dimension,
  elementSeed,
  normalMatrix,
  output,
  positiveDimension,
  randomBits,
  testDevice,
  testOp,
} from "./harness.ts";
import { tiled, withoutSubgroups } from "./other_adapters.ts";

const layer = fc.record({
  rows: dimension,
  cols: dimension,
  values: elementSeed,
  bits: fc.option(elementSeed),
});
const positive = (seed: number, rows: number, cols = 1) => {
  const matrix = normalMatrix(seed, rows, cols);
  return { ...matrix, data: matrix.data.map(Math.abs) };
};
const maskOf = (bits: number | null, rows: number, cols: number) =>
  bits === null ? undefined : randomBits(bits, rows, cols);

const matvec = {
  cases: layer.map(({ rows, cols, values, bits }) => ({
    args: {
      weights: normalMatrix(values, rows, cols),
      mask: maskOf(bits, rows, cols),
      r: positive(values + 1, cols),
      y: output(rows, 1),
    },
  })),
  tolerance: { absolute: 1e-6, relative: 2e-6 },
};
testOp(absMatvec, matvec);
testOp(tiled(absMatvec), { ...matvec, runs: 25 });
testOp(withoutSubgroups(tiled(absMatvec)), { ...matvec, runs: 25 });

const transposed = {
  cases: layer.map(({ rows, cols, values, bits }) => ({
    args: {
      weights: normalMatrix(values, rows, cols),
      mask: maskOf(bits, rows, cols),
      c: positive(values + 1, rows),
      divisor: { rows: 1, cols: 1, data: Float32Array.of(3) },
      y: output(cols, 1),
    },
  })),
  tolerance: { absolute: 1e-6, relative: 4e-6 },
};
testOp(absMatvecTransposed, transposed);
testOp(tiled(absMatvecTransposed), { ...transposed, runs: 25 });

for (const op of [normalise, withoutSubgroups(normalise)]) {
  testOp(op, {
    cases: fc.record({
      rows: positiveDimension,
      cols: fc.constantFrom(1, 1, 5),
      values: elementSeed,
      zero: fc.boolean(),
    })
      .map(({ rows, cols, values, zero }) => ({
        args: {
          x: zero ? { rows, cols, data: new Float32Array(rows * cols) } : positive(values, rows, cols),
          scale: output(1, 1),
        },
      })),
    tolerance: { absolute: 0, relative: 3e-7 },
  });
}

testOp(synflowScores, {
  cases: layer.map(({ rows, cols, values, bits }) => ({
    args: {
      weights: normalMatrix(values, rows, cols),
      mask: maskOf(bits, rows, cols),
      c: positive(values + 1, rows),
      r: positive(values + 2, cols),
      divisor: { rows: 1, cols: 1, data: Float32Array.of(0.7) },
      scores: output(rows, cols),
    },
  })),
  tolerance: { absolute: 1e-30, relative: 6e-7 },
});

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `normalise: a zero vector stays zero under scale 1 (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      using x = device.upload(new Float32Array(5), 5, 1);
      using scale = device.matrix(1, 1);
      device.run(normalise, { x, scale });
      assert.deepEqual([...await device.read(x)], [0, 0, 0, 0, 0]);
      assert.deepEqual([...await device.read(scale)], [1]);
    },
  });
}

for (const kind of ["webgpu", "cpu"] as const) {
  for (const limit of [undefined, 1200]) {
    Deno.test({
      name: `SynFlow's ops: scores are |w ∂R/∂w| up to one factor, where R overflows float32 (${kind}${
        limit ? ", in panels" : ""
      })`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const device = await testDevice(kind, limit);
        const widths = [13, 40, 36, 33, 5], random = new RandomSequence(21);
        // Weights of 1e12: R is near 1e54, which float64 holds and float32 does not.
        const layers = widths.slice(1).map((rows, l) => {
          const cols = widths[l], bits = randomBits(l, rows, cols, 0.3).bits;
          const weights = Float32Array.from({ length: rows * cols }, () => 1e12 * random.normal());
          return { rows, cols, bits, weights };
        });
        const expected = scoresByDifference(layers);

        const ones = (rows: number) => device.upload(new Float32Array(rows).fill(1), rows, 1);
        const placed = layers.map(({ rows, cols, bits, weights }) => ({
          weights: device.upload(weights, rows, cols),
          mask: device.uploadBits(packBits(bits, rows, cols), rows, cols),
        }));
        const r = [ones(13)], scales = placed.map(() => device.matrix(1, 1));
        placed.forEach(({ weights, mask }, l) => {
          const y = device.matrix(weights.rows, 1);
          device.run(absMatvec, { weights, mask, r: r[l], y });
          device.run(normalise, { x: y, scale: scales[l] });
          r.push(y);
        });
        let c = ones(5);
        const factors: number[] = [];
        for (let l = layers.length - 1; l >= 0; l--) {
          const { weights, mask } = placed[l], scores = device.matrix(weights.rows, weights.cols);
          device.run(synflowScores, { weights, mask, c, r: r[l], divisor: scales[l], scores });
          const values = await device.read(scores);
          values.forEach((value, index) => {
            const wanted = expected[l][index];
            if (wanted === 0) assert.equal(value, 0);
            else factors.push(value / wanted);
          });
          const y = device.matrix(weights.cols, 1);
          device.run(absMatvecTransposed, { weights, mask, c, divisor: scales[l], y });
          c = y;
        }
        for (const factor of factors) {
          assert.ok(Math.abs(factor / factors[0] - 1) < 1e-5, `factors ${factor} and ${factors[0]}`);
        }
      },
    });
  }
}

interface Layer {
  readonly rows: number;
  readonly cols: number;
  readonly bits: Uint8Array;
  readonly weights: Float32Array;
}

/** `|w ∂R/∂w|` in float64: R is linear in each weight, so it is what R loses when the weight goes. */
function scoresByDifference(layers: readonly Layer[]): Float64Array[] {
  const flow = (without?: { layer: number; index: number }) => {
    let values = new Float64Array(layers[0].cols).fill(1);
    layers.forEach(({ rows, cols, bits, weights }, layer) => {
      const next = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          const index = i * cols + j, gone = without?.layer === layer && without.index === index;
          if (bits[index] && !gone) next[i] += Math.abs(weights[index]) * values[j];
        }
      }
      values = next;
    });
    return values.reduce((sum, value) => sum + value, 0);
  };
  const whole = flow();
  return layers.map(({ rows, cols, bits }, layer) =>
    Float64Array.from({ length: rows * cols }, (_, index) => bits[index] ? whole - flow({ layer, index }) : 0)
  );
}
