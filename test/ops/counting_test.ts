import assert from "node:assert/strict";
import fc from "fast-check";
import {
  columnDegree,
  degreeCells,
  densityHistogram,
  reduce,
  reduceRows,
  rowDegree,
} from "@graphon-limit/ops";
import { packBits, RandomSequence } from "@graphon-limit/runtime";
import { dimension, elementSeed, normalMatrix, output, randomBits, testDevice, testOp } from "./harness.ts";
import { withoutSubgroups } from "./other_adapters.ts";

const maskShape = fc.record({
  rows: dimension,
  cols: dimension,
  bits: elementSeed,
  density: fc.constantFrom(0, 0.05, 0.5, 1),
});

testOp(rowDegree, {
  cases: maskShape.map(({ rows, cols, bits, density }) => ({
    args: { mask: randomBits(bits, rows, cols, density), degree: output(rows, 1, "u32") },
  })),
});

testOp(columnDegree, {
  cases: maskShape.map(({ rows, cols, bits, density }) => ({
    args: { mask: randomBits(bits, rows, cols, density), degree: output(1, cols, "u32") },
  })),
});

testOp(degreeCells, {
  cases: fc.record({
    nodes: fc.oneof(dimension, fc.constantFrom(255, 256, 257, 700)),
    most: fc.constantFrom(0, 1, 5, 1000),
    intervals: fc.integer({ min: 1, max: 900 }),
    column: fc.boolean(),
    seed: elementSeed,
  }).map(({ nodes, most, intervals, column, seed }) => {
    const random = new RandomSequence(seed), [rows, cols] = column ? [nodes, 1] : [1, nodes];
    const data = Uint32Array.from({ length: nodes }, () => random.integer(most + 1));
    return {
      args: { degree: { rows, cols, data }, cells: output(rows, cols, "u32") },
      settings: { intervals },
    };
  }),
});

testOp(densityHistogram, {
  cases: fc.record({
    shape: maskShape,
    cellRows: fc.integer({ min: 1, max: 9 }),
    cellColumns: fc.integer({ min: 1, max: 70 }),
  })
    .map(({ shape: { rows, cols, bits, density }, cellRows, cellColumns }) => {
      const random = new RandomSequence(bits);
      return {
        args: {
          mask: randomBits(bits, rows, cols, density),
          rowCell: {
            rows,
            cols: 1,
            data: Uint32Array.from({ length: rows }, () => random.integer(cellRows)),
          },
          columnCell: {
            rows: 1,
            cols,
            data: Uint32Array.from({ length: cols }, () => random.integer(cellColumns)),
          },
          counts: {
            rows: cellRows,
            cols: cellColumns,
            data: new Uint32Array(cellRows * cellColumns).fill(3),
          },
        },
      };
    }),
});

for (const op of [reduceRows, withoutSubgroups(reduceRows)]) {
  testOp(op, {
    cases: fc.record({
      rows: dimension,
      cols: dimension,
      values: elementSeed,
      kind: fc.constantFrom("sum" as const, "max" as const),
    })
      .map(({ rows, cols, values, kind }) => ({
        args: { x: normalMatrix(values, rows, cols), y: output(rows, 1) },
        settings: { kind, initial: kind === "sum" ? 0 : -3e38 },
      })),
    tolerance: { absolute: 1e-4, relative: 1e-5 },
  });
}

for (const op of [reduce, withoutSubgroups(reduce)]) {
  testOp(op, {
    cases: fc.record({
      rows: dimension,
      cols: dimension,
      values: elementSeed,
      odd: fc.array(fc.constantFrom(NaN, Infinity, -Infinity), { maxLength: 6 }),
      kind: fc.constantFrom("sum" as const, "max" as const, "not_finite" as const),
      allowNegativeInfinity: fc.boolean(),
    }).map(({ rows, cols, values, odd, kind, allowNegativeInfinity }) => {
      const x = normalMatrix(values, rows, cols);
      if (kind === "not_finite") {
        x.data.set(odd.slice(0, x.data.length), Math.max(0, x.data.length - odd.length));
      }
      return { args: { x, y: output(1, 1) }, settings: { kind, allowNegativeInfinity } };
    }),
    tolerance: { absolute: 2e-3, relative: 1e-5 },
  });
}

for (const kind of ["webgpu", "cpu"] as const) {
  for (const limit of [undefined, 1200]) {
    Deno.test({
      name: `degrees and histogram: agree with counting entry by entry (${kind}${
        limit ? ", in panels" : ""
      })`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const device = await testDevice(kind, limit);
        const rows = 37, cols = 70;
        const drawn = randomBits(11, rows, cols, 0.3);
        const random = new RandomSequence(12);
        const rowCells = Uint32Array.from({ length: rows }, () => random.integer(3));
        const columnCells = Uint32Array.from({ length: cols }, () => random.integer(5));
        const expectedRows = new Array(rows).fill(0), expectedColumns = new Array(cols).fill(0);
        const expectedCounts = new Array(15).fill(0);
        drawn.bits.forEach((bit, index) => {
          const i = Math.floor(index / cols), j = index % cols;
          expectedRows[i] += bit;
          expectedColumns[j] += bit;
          expectedCounts[rowCells[i] * 5 + columnCells[j]] += bit;
        });
        using mask = device.uploadBits(packBits(drawn.bits, rows, cols), rows, cols);
        using byRow = device.matrix(rows, 1, "u32");
        using byColumn = device.matrix(1, cols, "u32");
        using counts = device.matrix(3, 5, "u32");
        using rowCell = device.upload(rowCells, rows, 1);
        using columnCell = device.upload(columnCells, 1, cols);
        device.run(rowDegree, { mask, degree: byRow });
        device.run(columnDegree, { mask, degree: byColumn });
        device.clear(counts);
        device.run(densityHistogram, { mask, rowCell, columnCell, counts });
        assert.deepEqual([...await device.read(byRow)], expectedRows);
        assert.deepEqual([...await device.read(byColumn)], expectedColumns);
        assert.deepEqual([...await device.read(counts)], expectedCounts);
      },
    });
  }
}

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `reduce: agrees with plain loops, and a long sum keeps its precision (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      // 1.25 million numbers near 1, in panels: a float32 running sum would lose 1e-5 of it and more.
      const device = await testDevice(kind, 1 << 20), random = new RandomSequence(5);
      const data = Float32Array.from({ length: 1250 * 1000 }, () => 0.5 + random.uniform());
      let sum = 0, largest = 0;
      for (const value of data) {
        sum += value;
        largest = Math.max(largest, value);
      }
      using x = device.upload(data, 1250, 1000);
      using y = device.matrix(1, 1);
      device.run(reduce, { x, y }, { kind: "sum" });
      assert.ok(Math.abs((await device.read(y))[0] / sum - 1) < 1e-6);
      device.run(reduce, { x, y }, { kind: "max" });
      assert.equal((await device.read(y))[0], largest);

      using odd = device.upload(Float32Array.of(1, NaN, -Infinity, 2, Infinity, -Infinity), 3, 2);
      device.run(reduce, { x: odd, y }, { kind: "not_finite" });
      assert.equal((await device.read(y))[0], 4);
      device.run(reduce, { x: odd, y }, { kind: "not_finite", allowNegativeInfinity: true });
      assert.equal((await device.read(y))[0], 2);
    },
  });
}
