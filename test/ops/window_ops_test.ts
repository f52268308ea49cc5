import assert from "node:assert/strict";
import fc from "fast-check";
import {
  foldWindows,
  maxWindows,
  pickWindows,
  returnWindows,
  spreadWindows,
  sumWindows,
  transposeBlocks,
  unfoldWindows,
} from "@graphon-limit/ops";
import { RandomSequence } from "@graphon-limit/runtime";
import { KINDS } from "../runtime/support.ts";
import {
  elementSeed,
  type HostMatrix,
  normalMatrix,
  output,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";

const extent = fc.integer({ min: 1, max: 9 }), few = fc.integer({ min: 1, max: 4 });

/** Windows over images: of any extents, strides and paddings, some of them outside the image altogether. */
const windows = fc.record({
  ...{ height: extent, width: extent, outHeight: extent, outWidth: extent },
  ...{ kernelHeight: few, kernelWidth: few, strideDown: few, strideAcross: few },
  ...{ paddingTop: fc.nat(4), paddingLeft: fc.nat(4) },
});

const drawn = fc.record({
  settings: windows,
  channels: fc.constantFrom(0, 1, 2, 3, 7),
  samples: fc.constantFrom(0, 1, 2, 3, 5),
  seed: elementSeed,
}).map(({ settings, channels, samples, seed }) => ({
  ...{ settings, channels, seed },
  pixels: samples * settings.height * settings.width,
  places: samples * settings.outHeight * settings.outWidth,
  taps: settings.kernelHeight * settings.kernelWidth,
}));

/** Taps, some of them of no window. */
function tapsOf(seed: number, rows: number, cols: number, taps: number): HostMatrix {
  const random = new RandomSequence(seed);
  const data = Uint32Array.from({ length: rows * cols }, () => {
    const tap = random.integer(taps + 1);
    return tap === taps ? 0xffffffff : tap;
  });
  return { rows, cols, data };
}

testOp(unfoldWindows, {
  cases: drawn.map(({ settings, channels, seed, pixels, places, taps }) => ({
    args: { x: normalMatrix(seed, channels, pixels), out: output(channels * taps, places) },
    settings,
  })),
});

const rounding = { absolute: 1e-6, relative: 1e-6 };

testOp(foldWindows, {
  cases: drawn.map(({ settings, channels, seed, pixels, places, taps }) => ({
    args: { x: normalMatrix(seed, channels * taps, places), out: output(channels, pixels) },
    settings,
  })),
  tolerance: rounding,
});
testOp(sumWindows, {
  cases: drawn.map(({ settings, channels, seed, pixels, places, taps }) => ({
    args: { x: normalMatrix(seed, channels, pixels), out: output(channels, places) },
    settings: { ...settings, scale: 1 / taps },
  })),
  tolerance: rounding,
});
testOp(spreadWindows, {
  cases: drawn.map(({ settings, channels, seed, pixels, places, taps }) => ({
    args: { x: normalMatrix(seed, channels, places), out: output(channels, pixels) },
    settings: { ...settings, scale: 1 / taps },
  })),
  tolerance: rounding,
});
testOp(maxWindows, {
  cases: drawn.map(({ settings, channels, seed, pixels, places }) => ({
    args: { x: normalMatrix(seed, channels, pixels), taps: output(channels, places, "u32") },
    settings,
  })),
});
testOp(pickWindows, {
  cases: fc.tuple(drawn, few).map(([{ settings, channels, seed, pixels, places, taps }, times]) => ({
    args: {
      x: normalMatrix(seed, channels, times * pixels),
      taps: tapsOf(seed, channels, places, taps),
      out: output(channels, times * places),
    },
    settings,
  })),
});
testOp(returnWindows, {
  cases: fc.tuple(drawn, few).map(([{ settings, channels, seed, pixels, places, taps }, times]) => ({
    args: {
      x: normalMatrix(seed, channels, times * places),
      taps: tapsOf(seed, channels, places, taps),
      out: output(channels, times * pixels),
    },
    settings,
  })),
  tolerance: rounding,
});
testOp(transposeBlocks, {
  cases: fc.record({ blocks: fc.nat(5), rows: extent, cols: extent, seed: elementSeed }).map(
    ({ blocks, rows, cols, seed }) => ({
      args: { x: normalMatrix(seed, blocks, rows * cols), out: output(blocks * cols, rows) },
      settings: { blockRows: rows, blockCols: cols },
    }),
  ),
});

const image = (...values: number[]) => ({ rows: 1, cols: values.length, data: Float32Array.from(values) });
const TWO = { height: 2, width: 2, outHeight: 2, outWidth: 2 };
const EDGE = {
  ...TWO,
  ...{ kernelHeight: 3, kernelWidth: 3, strideDown: 1, strideAcross: 1, paddingTop: 1, paddingLeft: 1 },
};

for (const kind of KINDS) {
  Deno.test({
    name: `windows: an image of four pixels worked by hand (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind), args = { x: image(1, 2, 3, 4), out: output(9, 4) };
      const { out } = await runCase(device, unfoldWindows, { args, settings: EDGE });
      // A row for each tap, from above left to below right; a column for each pixel.
      assert.deepEqual([...out], [
        ...[0, 0, 0, 1],
        ...[0, 0, 1, 2],
        ...[0, 0, 2, 0],
        ...[0, 1, 0, 3],
        ...[1, 2, 3, 4],
        ...[2, 0, 4, 0],
        ...[0, 3, 0, 0],
        ...[3, 4, 0, 0],
        ...[4, 0, 0, 0],
      ]);
      const whole = {
        ...TWO,
        ...{ outHeight: 1, outWidth: 1, kernelHeight: 2, kernelWidth: 2, strideDown: 2, strideAcross: 2 },
        ...{ paddingTop: 0, paddingLeft: 0 },
      };
      const most = await runCase(device, maxWindows, {
        args: { x: image(1, 4, 4, 2), taps: output(1, 1, "u32") },
        settings: whole,
      });
      assert.deepEqual([...most.taps], [1], "the first of equals");
    },
  });

  for (const [forth, back] of [[unfoldWindows, foldWindows], [sumWindows, spreadWindows]] as const) {
    Deno.test({
      name: `${forth.name} and ${back.name} are transposed to each other (${kind})`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const device = await testDevice(kind);
        await fc.assert(
          fc.asyncProperty(drawn, async ({ settings, channels, seed, pixels, places, taps }) => {
            const rows = forth === unfoldWindows ? channels * taps : channels;
            const given = { ...settings, ...(forth === sumWindows ? { scale: 0.5 } : {}) };
            const x = normalMatrix(seed, channels, pixels), y = normalMatrix(seed + 1, rows, places);
            const there = await runCase(device, forth, {
              args: { x, out: output(rows, places) },
              settings: given,
            });
            const here = await runCase(device, back, {
              args: { x: y, out: output(channels, pixels) },
              settings: given,
            });
            const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
              Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
            const left = inner(there.out, y.data), right = inner(x.data, here.out);
            assert.ok(Math.abs(left - right) <= 1e-4 * (1 + Math.abs(left)), `${left} and ${right}`);
          }),
          { numRuns: 30 },
        );
      },
    });
  }
}
