import assert from "node:assert/strict";
import fc from "fast-check";
import { type NpyWritable, parseNpy, serialiseNpy } from "@graphon-limit/data";
import { fromBase64, throwsOneLine } from "./support.ts";

/** The start of a version 1 file up to the dictionary, then the dictionary and data. */
function npyFile(dictionary: string, data: ArrayLike<number> = []): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`${dictionary}\n`);
  return Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    text.length & 255,
    text.length >> 8,
    ...text,
    ...Array.from(data),
  );
}

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const kinds = fc.constantFrom<((length: number) => NpyWritable)[]>(
  (length) => Float32Array.from({ length }, (_, i) => i / 3 - 1),
  (length) => Float64Array.from({ length }, (_, i) => i / 3 - 1),
  (length) => Uint8Array.from({ length }, (_, i) => 7 * i),
  (length) => Int32Array.from({ length }, (_, i) => -(2 ** 31) + i),
  (length) => Uint32Array.from({ length }, (_, i) => 2 ** 32 - 1 - i),
);

Deno.test("serialiseNpy and parseNpy are inverse; data begins at a multiple of 64 bytes", () => {
  fc.assert(fc.property(shapes, kinds, (shape, kind) => {
    const data = kind(shape.reduce((product, size) => product * size, 1));
    const file = serialiseNpy(data, shape);
    assert.equal((file.length - data.byteLength) % 64, 0);
    assert.deepEqual(parseNpy(file), { shape, data });
  }));
});

Deno.test("parseNpy reads Fortran order as C order, for any shape and byte order", () => {
  fc.assert(fc.property(shapes, fc.boolean(), (shape, bigEndian) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const bytes = new Uint8Array(2 * count);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      let rest = i, at = 0;
      const strides = shape.map((_, axis) =>
        shape.slice(0, axis).reduce((product, size) => product * size, 1)
      );
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += (rest % shape[axis]) * strides[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      view.setUint16(2 * at, i, !bigEndian);
    }
    const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
    const descr = bigEndian ? ">u2" : "<u2";
    const file = npyFile(`{'descr': '${descr}', 'fortran_order': True, 'shape': (${tuple}), }`, bytes);
    assert.deepEqual(parseNpy(file), { shape, data: Uint16Array.from({ length: count }, (_, i) => i) });
  }));
});

// Written by NumPy 2.4.
const HEADER_C = "k05VTVBZAQB2AHsnZGVzY3InOiAn";
const FALSE = "JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogK";

Deno.test("parseNpy reads files NumPy wrote", () => {
  const spaces = (count: number) => "ICAg".repeat(count);
  const f4 = fromBase64(
    `${HEADER_C}PGY0${FALSE}DIsIDMpLCB9ICAg${spaces(17)}IAoAAMA/AAAAwAAAAAAAAEBAyvJJcQAAAIA=`,
  );
  const values = new Float32Array([1.5, -2, 0, 3, 1e30, -0]);
  assert.deepEqual(parseNpy(f4), { shape: [2, 3], data: values });
  assert.deepEqual(serialiseNpy(values, [2, 3]), f4);

  const bigEndian = fromBase64(`${HEADER_C}Pmk0${FALSE}DMsKSwgfSAg${spaces(18)}IAr/////AAAAAn////8=`);
  assert.deepEqual(parseNpy(bigEndian), { shape: [3], data: new Int32Array([-1, 2, 2147483647]) });
  const booleans = fromBase64(`${HEADER_C}fGIx${FALSE}DIsIDIpLCB9ICAg${spaces(17)}IAoBAAAB`);
  assert.deepEqual(parseNpy(booleans), { shape: [2, 2], data: new Uint8Array([1, 0, 0, 1]) });
  const scalar = fromBase64(`${HEADER_C}PGk4${FALSE}CksIH0gICAg${spaces(18)}IAoAAAAAAADg/w==`);
  assert.deepEqual(parseNpy(scalar), { shape: [], data: new BigInt64Array([-(2n ** 53n)]) });
});
