import assert from "node:assert/strict";
import { defineOp, type DeviceArray, InvalidArgumentError } from "@graphon-limit/runtime";
import { onBothDevices, oneLine, SMALL_BINDING } from "./support.ts";

/** States a shape of every kind; never launched, since the arguments are at fault or there are no workgroups. */
const stated = defineOp({
  name: "stated",
  shader: "@compute @workgroup_size(1) fn main() {}",
  bindings: { x: "f32", mask: "bits?", rowSums: "f32 out", square: "f32?", table: "u32?" },
  params: { slots: "u32", first: "u32" },
  options: { twice: [false, true] },
  shapes: {
    x: ["m", "n"],
    mask: ["m", "n"],
    rowSums: ["m", 1],
    square: ["k", "k"],
    table: [2, "slots"],
  },
  rules: [
    { says: "a first row of x", holds: ({ x }, { first }) => first < x.rows },
    { says: "square where twice is on", holds: ({ square }, { twice }) => !twice || !!square },
  ],
  panelled: ["x", "mask"],
  workgroups: () => [0],
  reference: () => {},
});

const settings = { slots: 3, first: 0 };

onBothDevices("run: arguments of the shapes that an op states are taken, in panels too", (device) => {
  using x = device.matrix(20, 10), mask = device.bits(20, 10), rowSums = device.matrix(20, 1);
  using square = device.matrix(7, 7), table = device.matrix(2, 3, "u32");
  device.run(stated, { x, rowSums }, settings);
  device.run(stated, { x, mask, rowSums, square, table }, { ...settings, twice: true });
  return Promise.resolve();
}, SMALL_BINDING);

onBothDevices("run: an argument of another shape than stated is named with both shapes", (device) => {
  using x = device.matrix(20, 10), rowSums = device.matrix(20, 1);
  const refused = (args: Record<string, DeviceArray>, message: string) => {
    assert.throws(
      () => device.run(stated, { x, rowSums, ...args }, settings),
      oneLine(InvalidArgumentError, new RegExp(`^Expected stated's ${message}$`)),
    );
    for (const name in args) args[name].dispose();
  };
  refused({ mask: device.bits(20, 11) }, "mask to be 20×10 but found 20×11");
  // It would hold what a panel of x has to write, and lack what the next ones have.
  refused({ rowSums: device.matrix(6, 1) }, "rowSums to be 20×1 but found 6×1");
  refused({ rowSums: device.matrix(20, 2) }, "rowSums to be 20×1 but found 20×2");
  refused({ square: device.matrix(3, 4) }, "square to be 3×3 but found 3×4");
  refused({ table: device.matrix(2, 4, "u32") }, "table to be 2×3 but found 2×4");
  return Promise.resolve();
}, SMALL_BINDING);

onBothDevices("run: a rule that does not hold is said with all that was given", (device) => {
  using x = device.matrix(4, 2), rowSums = device.matrix(4, 1);
  assert.throws(
    () => device.run(stated, { x, rowSums }, { ...settings, first: 4 }),
    oneLine(
      InvalidArgumentError,
      /^Expected stated to be given a first row of x, but found x 4×2, rowSums 4×1, slots 3, first 4, twice false$/,
    ),
  );
  assert.throws(
    () => device.run(stated, { x, rowSums }, { ...settings, twice: true }),
    oneLine(InvalidArgumentError, "given square where twice is on"),
  );
  return Promise.resolve();
});

Deno.test("defineOp: a shape is stated for every binding or for none", () => {
  const op = {
    name: "some",
    shader: "",
    bindings: { x: "f32", y: "f32 out" },
    workgroups: () => [0] as const,
    reference: () => {},
  } as const;
  assert.deepEqual(defineOp(op).rules, []);
  // @ts-expect-error: y has no shape
  defineOp({ ...op, shapes: { x: [1, 1] } });
  // @ts-expect-error: there is no z
  defineOp({ ...op, shapes: { x: [1, 1], y: [1, 1], z: [1, 1] } });
});
