import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTensors } from "@graphon-limit/data";
import { npyFile } from "./support.ts";

Deno.test("an NPY file in Fortran order and of either byte order is read by rows as NumPy would", () => {
  const cases = fc.record({
    shape: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    bigEndian: fc.boolean(),
    fortran: fc.boolean(),
    cuts: fc.tuple(fc.nat(), fc.nat()),
  });
  fc.assert(fc.property(cases, ({ shape, bigEndian, fortran, cuts }) => {
    const count = shape.reduce((product, size) => product * size, 1), rest = count / shape[0];
    const bytes = new Uint8Array(8 * count), view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) view.setFloat64(8 * placeOf(i, shape, fortran), i / 8, !bigEndian);
    const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
    const text = `{'descr': '${bigEndian ? ">" : "<"}f8', 'fortran_order': ${fortran ? "True" : "False"}, ` +
      `'shape': (${tuple}), }`;
    const file = parseTensors(npyFile(text, bytes), "a.npy");
    const [from, to] = cuts.map((cut) => cut % (shape[0] + 1)).sort((a, b) => a - b);
    assert.deepEqual(
      file.readFloat32("a", [from, to]),
      Float32Array.from({ length: (to - from) * rest }, (_, i) => (from * rest + i) / 8),
    );
  }));
});

/** Where the element of row-major index `i` lies. */
function placeOf(i: number, shape: readonly number[], fortran: boolean): number {
  if (!fortran) return i;
  let place = 0, rest = i;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const stride = shape.slice(0, axis).reduce((product, size) => product * size, 1);
    place += (rest % shape[axis]) * stride;
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}

Deno.test("a wide array in Fortran order is read in pieces that end within a row", () => {
  const [rows, columns] = [40, 300_000];
  const data = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) data[c * rows + row] = (row * 7 + c) % 251;
  }
  const dictionary = `{'descr': '|u1', 'fortran_order': True, 'shape': (${rows}, ${columns}), }`;
  const file = parseTensors(npyFile(dictionary, data), "a.npy");
  for (const [from, to] of [[0, rows], [3, 4], [29, 40]] as const) {
    const read = file.readUint8("a", [from, to]);
    for (const at of [0, 1, 8_388_607, 8_388_608, read.length - 1].filter((at) => at < read.length)) {
      assert.equal(read[at], ((from + Math.floor(at / columns)) * 7 + at % columns) % 251);
    }
  }
});
