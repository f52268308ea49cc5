import assert from "node:assert/strict";
import fc from "fast-check";
import { type NetworkOptions, readNetwork, type Tensor } from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";
import { file, product, weight } from "./network_files.ts";

Deno.test("readNetwork reads layers that are stored transposed as [out, in, …taps]", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 }), (stored) => {
      const n = stored.length, shape = [stored[n - 1], stored[n - 2], ...stored.slice(0, -2)];
      const weights = file("w", weight("conv/kernel", stored, 0));
      const [layer] = readNetwork({ weights }, { transpose: true }).layers;
      assert.deepEqual(layer.shape, shape);
      const expected = Float32Array.from({ length: product(shape) }, (_, i) => {
        const index = indicesOf(i, shape), at = [...index.slice(2), index[1], index[0]];
        return at.reduce((place, value, axis) => place * stored[axis] + value, 0) / 8;
      });
      assert.deepEqual(layer.weight?.read(), expected);
      assert.deepEqual(layer.weight?.read([0, 1]), expected.slice(0, product(shape) / shape[0]));
    }),
  );
});

function indicesOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape.toReversed().map((size) => {
    const here = rest % size;
    rest = Math.floor(rest / size);
    return here;
  }).reverse();
}

Deno.test("Keras's square kernels have their dead outputs where they are, with a notice", () => {
  // Columns 0 and 1 of [in, out] are dead outputs.
  const kernel = (name: string): Tensor => ({
    name,
    shape: [6, 6],
    data: Float32Array.from({ length: 36 }, (_, i) => i % 6 < 2 ? 0 : 1),
  });
  const { layers, notices } = readNetwork({
    masks: file("k", kernel("Dense_1/kernel"), kernel("Dense_2/kernel")),
  });
  assert.match(notices[0], /^k: layers called kernel are taken as \[in, out\]/);
  for (const { mask, rows, columns } of layers) {
    const values = mask?.read() ?? [];
    const deadOutputs = Array.from({ length: rows }, (_, i) => i)
      .filter((i) =>
        Array.from({ length: columns }, (_, j) => values[i * columns + j]).every((value) => value === 0)
      );
    assert.deepEqual(deadOutputs, [0, 1]);
  }
});

Deno.test("masks are put on square weights the way round that their names say, with a notice", () => {
  const names = [0, 1, 2].map((i) => `layers.${i}`), size = 4;
  const at = (i: number, j: number) => (3 * i + j) % 5 < 2 ? 1 : 0;
  const maskOf = (name: string, turned: boolean): Tensor => ({
    name,
    shape: [size, size],
    data: Uint8Array.from({ length: size * size }, (_, index) => {
      const i = Math.floor(index / size), j = index % size;
      return turned ? at(j, i) : at(i, j);
    }),
  });
  const expected = maskOf("", false).data;
  const read = (weightPart: string, maskPart: string, turned: boolean, options?: NetworkOptions) => {
    const weights = file("w", ...names.map((name) => weight(`${name}${weightPart}`, [size, size])));
    const masks = file("m", ...names.map((name) => maskOf(`${name}${maskPart}`, turned)));
    const { layers, notices } = readNetwork({ weights, masks }, { chain: true, ...options });
    for (const { mask } of layers) assert.deepEqual(mask?.read(), expected, `${weightPart} ${maskPart}`);
    return notices.filter((line) => line.startsWith("m: "));
  };
  assert.deepEqual(read(".weight", ".kernel", true), [
    "m: masks are taken as [in, out], as Keras and Flax store what is called kernel: " +
    '"layers.0.kernel", "layers.1.kernel", "layers.2.kernel"; --no-transpose says otherwise',
  ]);
  assert.match(
    read("/kernel", ".weight", false)[0],
    /^m: masks are taken as \[out, in\], unlike their weights: .* kernel where they are/,
  );
  assert.equal(read("/kernel", ".weight", false, { transpose: true }).length, 1);
  assert.deepEqual(read(".weight", ".kernel", false, { transpose: false }), []);
  assert.deepEqual(read("/kernel", "/kernel", true), []);
  assert.deepEqual(read(".weight", ".weight", false), []);
  // What is called as the layer alone says nothing of it.
  assert.deepEqual(read("/kernel", "_mask", true), []);
  assert.deepEqual(read(".weight", ".kernel", true, { transpose: true }), []);
});

Deno.test("shapes decide which way round masks called otherwise are stored, those of square layers too", () => {
  const shapes = [[4, 3], [4, 4], [2, 4]],
    bits = (count: number) => Array.from({ length: count }, (_, i) => i % 3 ? 1 : 0);
  const read = (part: string, turned: boolean) => {
    const weights = file("w", ...shapes.map((shape, i) => weight(`l.${i}.weight`, shape)));
    const masks = file(
      "m",
      ...shapes.map(([rows, columns], i): Tensor => ({
        name: `l.${i}.${part}`,
        shape: turned ? [columns, rows] : [rows, columns],
        data: Uint8Array.from(bits(rows * columns)),
      })),
    );
    const { layers, notices } = readNetwork({ weights, masks }, { chain: true });
    return { square: [...layers[1].mask?.read() ?? []], notices };
  };
  const asStored = bits(16), other = asStored.map((_, i) => asStored[4 * (i % 4) + Math.floor(i / 4)]);
  const straight = read("kernel", false);
  assert.deepEqual([straight.square, straight.notices], [asStored, []]);
  const turned = read("kernel", true);
  assert.deepEqual([turned.square, turned.notices.length], [other, 1]);
  throwsOneLine(() => read("weight", true), /^m: expected "l.0.weight" to be \[4, 3\], .* transposed$/);
});
