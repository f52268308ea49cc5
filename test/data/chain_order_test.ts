import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type LayoutOptions,
  type NamedShape,
  naturalCompare,
  orderChain,
  orientLayers,
} from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";

/** Layers by name, in the order of the object. */
function layers(shapes: Record<string, number[]>): NamedShape[] {
  return Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
}

function order(shapes: Record<string, number[]>, options: LayoutOptions = {}) {
  const all = layers(shapes), found = orderChain(all, options, "w.safetensors");
  return { ...found, names: found.order.map((index) => all[index].name) };
}

Deno.test("orderChain takes the natural order where it fits, without a word where no other does", () => {
  const shapes = { "fc10": [10, 30], "fc1": [20, 784], "fc2": [30, 20] };
  assert.deepEqual(order(shapes), {
    order: [1, 2, 0],
    transposed: false,
    notices: [],
    names: ["fc1", "fc2", "fc10"],
  });
});

Deno.test("orderChain asks for the order where several fit and the names do not tell", () => {
  const shapes = {
    "inp.weight": [48, 20],
    "mid_one.weight": [48, 48],
    "mid_two.weight": [48, 48],
    "mid_three.weight": [48, 48],
    "out.weight": [10, 48],
  };
  throwsOneLine(
    () => order(shapes),
    /^w.safetensors: expected --order .* names do not tell, but found none; .* --order inp.weight,mid_one.weight,mid_three.weight,/,
    "UnknownOrderError",
  );
});

Deno.test("orderChain takes the natural order of counted layers with a notice where others fit, too", () => {
  const fully = order({ "a.1": [48, 20], "b.1": [48, 48], "b.2": [48, 48], "c": [10, 48] });
  assert.deepEqual(fully.names, ["a.1", "b.1", "b.2", "c"]);
  assert.match(fully.notices[0], /"b.1", "b.2", "c"; others fit, too \(--order names another\)$/);
});

Deno.test("numbered layers are in the order of their numbers, without a word", () => {
  for (
    const names of [["0.weight", "2.weight", "10.weight"], ["Dense_0/w", "Dense_1/w", "Dense_2/w"], [
      "fc1",
      "fc2",
      "fc3",
    ]]
  ) {
    const shapes = Object.fromEntries(names.toReversed().map((name) => [name, [8, 8]]));
    const taken = order(shapes);
    assert.deepEqual([taken.names, taken.notices], [names, []]);
  }
  const square = (names: readonly string[]) => order(Object.fromEntries(names.map((name) => [name, [8, 8]])));
  for (const names of [["a1", "b2"], ["a", "b"]]) throwsOneLine(() => square(names), /expected --order/);
  assert.equal(square(["l1.0", "l2.1"]).notices.length, 1);
});

Deno.test("orderChain takes the one way that shapes allow, with a notice, where the natural order is another", () => {
  const { names, notices } = order({ "a_out": [10, 30], "b_in": [20, 784], "c": [30, 20] });
  assert.deepEqual(names, ["b_in", "c", "a_out"]);
  assert.match(
    notices[0],
    /took the layers in the order "b_in", "c", "a_out"; the only one that their shapes allow/,
  );
});

Deno.test("orderChain asks for the order where several fit and the natural one does not", () => {
  throwsOneLine(
    () =>
      order({
        "classifier.0": [48, 48],
        "classifier.2": [10, 48],
        "features.0": [48, 20],
        "features.2": [48, 48],
      }),
    /^w.safetensors: expected --order with the 4 layers .* but found none; one that fits is --order features.0,features.2,classifier.0,classifier.2$/,
    "UnknownOrderError",
  );
});

Deno.test("orderChain takes the order asked for, and leaves out what it leaves out", () => {
  const shapes = { "a.weight": [5, 5], "b.weight": [5, 5], "c.weight": [2, 5] };
  assert.deepEqual(order(shapes, { order: ["b.weight", "c"] }).names, ["b.weight", "c.weight"]);
  const cases: [order: string[], pattern: RegExp][] = [
    [
      ["b", "d.weight"],
      /expected the layers that --order names but found no "d.weight"; the closest name is "a.weight"$/,
    ],
    [["b", "a", "b.weight"], /expected each layer once in --order but found "b.weight" twice$/],
    [[], /expected at least one layer in --order but found none$/],
  ];
  for (const [names, pattern] of cases) {
    throwsOneLine(() => order(shapes, { order: names }), pattern, "InvalidArgumentError");
  }
  throwsOneLine(
    () => order({ ...shapes, "d.weight": [4, 3] }, { order: ["c", "d"] }),
    /expected "d.weight" to have 2 inputs, the outputs of "c.weight" before it, but found the shape \[4, 3\]$/,
    "FormatError",
  );
});

Deno.test("orderChain says where layers do not fit in any order", () => {
  throwsOneLine(
    () => order({ a: [4, 3], b: [2, 5], c: [7, 7] }),
    /^w.safetensors: expected "b" to have 4 inputs, .* but found the shape \[2, 5\], and no other order fits either$/,
    "FormatError",
  );
});

Deno.test("layers that follow one another only as [in, out] are not taken the other way round", () => {
  const keras = {
    "Dense_0/kernel": [20, 40],
    "Dense_1/kernel": [40, 40],
    "Dense_2/kernel": [40, 40],
    "Dense_3/kernel": [40, 10],
  };
  throwsOneLine(
    () => order(keras),
    /^w.safetensors: expected layers of \[out, in\], or --transpose for \[in, out\], the only way .* but found "Dense_0\/kernel"/,
    "TransposedLayersError",
  );
  const taken = order(keras, { transpose: true });
  assert.deepEqual([taken.transposed, taken.order], [true, [0, 1, 2, 3]]);
  const gpt = { "c_fc.weight": [20, 30], "c_proj.weight": [30, 10] };
  throwsOneLine(() => order(gpt), /--transpose/);
  // Both ways of a chain of two: shapes allow [out, in] backwards, which nobody means who did not say so.
  assert.deepEqual(order(gpt, { transpose: false }).names, ["c_proj.weight", "c_fc.weight"]);
});

Deno.test("biases tell which axis is that of the outputs", () => {
  const gpt = [{ name: "c_attn.weight", shape: [8, 24], outputs: 24 }, {
    name: "c_proj.weight",
    shape: [8, 8],
    outputs: 8,
  }];
  const { transposed, notices } = orientLayers(gpt, {}, "m");
  assert.deepEqual([transposed, notices], [
    false,
    ["m: read as [out, in], though the biases are those of [in, out]; --transpose reads them so"],
  ]);
  assert.deepEqual(orientLayers(gpt, { transpose: true }, "m").notices, []);
  const kernels = gpt.map(({ name, ...layer }) => ({ ...layer, name: name.replace("weight", "kernel") }));
  assert.equal(orientLayers(kernels, {}, "m").transposed, true);
  const loop = [{ name: "a0", shape: [8, 24], outputs: 24 }, { name: "a1", shape: [24, 8], outputs: 8 }];
  throwsOneLine(
    () => orderChain(loop, {}, "m"),
    /--transpose for \[in, out\], as their biases have it, but found "a0"/,
  );
  assert.equal(
    orderChain(loop.map(({ name, shape }) => ({ name, shape, outputs: shape[0] })), {}, "m").transposed,
    false,
  );
});

Deno.test("where layers fit either way their name decides, with a notice", () => {
  const square = { "Dense_1/kernel:0": [40, 40], "Dense_2/kernel:0": [40, 40] };
  const taken = order(square);
  assert.equal(taken.transposed, true);
  assert.match(
    taken.notices[0],
    /^w.safetensors: layers called kernel are taken as \[in, out\], as Keras and Flax/,
  );
  assert.deepEqual(order(square, { transpose: false }).transposed, false);
  assert.deepEqual(order({ a1: [40, 40], a2: [40, 40] }).transposed, false);
});

Deno.test("convolutions chain by their channels and into the matrix that takes them flattened", () => {
  const cnn = {
    "features.0": [8, 3, 3, 3],
    "features.3": [16, 8, 3, 3],
    "classifier": [10, 16 * 49],
    "features.9": [16, 16, 1, 1],
  };
  const { names, notices } = order({ ...cnn, "a": [10, 10] });
  assert.deepEqual(names, ["features.0", "features.3", "features.9", "classifier", "a"]);
  assert.match(notices[0], /the only one that their shapes allow/);
  throwsOneLine(() => order({ "conv": [8, 3, 3, 3], "fc": [10, 84] }), /"fc" to have 8 inputs/);
  // Matrices in a circle begin with the one that takes the convolution flattened.
  const circle = { "z.conv": [8, 3, 3, 3], "a": [72, 9], "b": [9, 72] };
  throwsOneLine(() => order(circle), /one that fits is --order z.conv,b,a$/);
  const keras = { "conv/kernel": [3, 3, 1, 8], "dense/kernel": [8 * 4, 10] };
  throwsOneLine(() => order(keras), /--transpose/);
  assert.equal(order(keras, { transpose: true }).transposed, true);
});

Deno.test("orientLayers looks at layers alone: any shapes will do", () => {
  const orient = (shapes: Record<string, number[]>, options: LayoutOptions = {}) =>
    orientLayers(layers(shapes), options, "m");
  assert.deepEqual(orient({ q: [64, 64], k: [16, 64], down: [64, 172] }), {
    order: [2, 1, 0],
    transposed: false,
    notices: [],
  });
  assert.equal(orient({ "a/kernel": [5, 9], "b/kernel": [7, 2] }).transposed, true);
  assert.equal(orient({ "a/kernel": [5, 5] }).notices.length, 1);
  assert.deepEqual(orient({ "a/kernel": [5, 5] }, { transpose: false }).transposed, false);
  const hint = orient({ a: [5, 9], b: [9, 2] });
  assert.equal(hint.transposed, false);
  assert.match(
    hint.notices[0],
    /^m: read as \[out, in\], where the layers follow one another as "b", "a"; in the order of their names they do as \[in, out\]; --transpose reads them so$/,
  );
  const tied = orient({ "mlp.weight": [8, 8], "lm_head.weight": [20, 8] });
  assert.match(tied.notices[0], /follow one another as "mlp.weight", "lm_head.weight"; in the order of/);
  assert.deepEqual(orient({ a: [5, 9], b: [9, 2] }, { order: ["b"] }), {
    order: [1],
    transposed: false,
    notices: [],
  });
});

/** Whether layers in this order fit, by definition. */
function fits(shapes: readonly (readonly number[])[], transposed: boolean): boolean {
  return shapes.every((shape, i) =>
    i === 0 || (transposed ? shapes[i - 1][1] === shape[0] : shapes[i - 1][0] === shape[1])
  );
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest])
  );
}

Deno.test("orderChain decides as an enumeration of all orders would", () => {
  const widths = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 6 });
  const cases = fc.tuple(widths, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), fc.boolean());
  fc.assert(
    fc.property(cases, ([walk, keys, reversed]) => {
      const named = walk.slice(1).map((out, i) => ({
        name: `${"abcdefg"[keys[i] % 7]}.${i}`,
        shape: reversed ? [walk[i], out] : [out, walk[i]],
      }));
      const natural = named.toSorted((a, b) => naturalCompare(a.name, b.name));
      const [straight, turned] = [false, true].map((t) => fits(natural.map(({ shape }) => shape), t));
      const all = permutations(natural).filter((list) => fits(list.map(({ shape }) => shape), false));
      const run = () => orderChain(named, {}, "f");
      const letters = (shape: readonly number[]) =>
        new Set(natural.filter((one) => one.shape.join() === shape.join()).map(({ name }) => name[0])).size;
      const counted = natural.every(({ shape }) => letters(shape) === 1);
      if (straight && all.length > 1 && !counted) throwsOneLine(run, /expected --order .* names do not tell/);
      else if (straight) {
        const { order, notices, transposed } = run();
        assert.deepEqual(order.map((index) => named[index]), natural);
        const numbered = new Set(natural.map(({ name }) => name[0])).size === 1;
        assert.deepEqual([transposed, notices.length], [false, all.length === 1 || numbered ? 0 : 1]);
      } else if (turned) throwsOneLine(run, /--transpose/);
      else if (all.length === 1) assert.deepEqual(run().order.map((index) => named[index]), all[0]);
      else if (all.length === 0) throwsOneLine(run, /no other order fits either/);
      else throwsOneLine(run, /expected --order with/);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("orderChain orders 500 layers", () => {
  const widths = Array.from({ length: 501 }, (_, i) => 1000 - i);
  const deep = widths.slice(1).map((out, i) => ({ name: `x${(i * 7919) % 500}`, shape: [out, widths[i]] }));
  const { order, notices } = orderChain(deep, {}, "f");
  assert.deepEqual(order, deep.map((_, index) => index));
  assert.equal(notices.length, 1);
});
