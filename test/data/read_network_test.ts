import assert from "node:assert/strict";
import fc from "fast-check";
import {
  countZeros,
  type Dtype,
  hiddenLayers,
  type NetworkFiles,
  type NetworkOptions,
  parseTensors,
  readNetwork,
  serialiseSafetensors,
  type Tensor,
  zerosNotice,
} from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";

function file(source: string, ...tensors: Tensor[]) {
  return parseTensors(serialiseSafetensors(tensors), source);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/** Weights that tell their place: `seed + index / 8`. */
function weight(name: string, shape: number[], seed = 2): Tensor {
  return { name, shape, data: Float32Array.from({ length: product(shape) }, (_, i) => seed + i / 8) };
}

/** A mask that keeps every `step`-th weight. */
function mask(name: string, shape: number[], step = 2): Tensor {
  return { name, shape, data: Uint8Array.from({ length: product(shape) }, (_, i) => i % step === 0 ? 1 : 0) };
}

/** Each layer as text: its name and shape, and the densities of what it has. */
function outline(files: NetworkFiles, options?: NetworkOptions) {
  const { layers, transposed, notices } = readNetwork(files, options);
  return {
    layers: layers.map(({ name, shape, weight, mask, bias, biasMask }) => {
      const kept = mask?.read().reduce((sum, value) => sum + value, 0);
      const parts = [
        weight && "weight",
        mask && `kept ${kept}`,
        bias && `bias ${bias.length}`,
        biasMask && "bias mask",
      ];
      return [`${name} [${shape}]`, ...parts.filter((part) => part !== undefined)].join(", ");
    }),
    transposed,
    notices,
  };
}

const pruned = () =>
  file(
    "p",
    weight("0.weight_orig", [4, 4]),
    mask("0.weight_mask", [4, 4]),
    weight("0.bias", [4]),
    weight("2.weight_orig", [4, 4]),
    mask("2.weight_mask", [4, 4], 4),
    weight("2.bias", [4]),
  );

Deno.test("readNetwork of torch.nn.utils.prune: weights and masks of one file, by role", () => {
  const expected = ["0.weight [4,4], weight, kept 8, bias 4", "2.weight [4,4], weight, kept 4, bias 4"];
  const chain = { chain: true };
  const both = outline({ weights: pruned(), masks: pruned() }, chain);
  assert.deepEqual(both.layers, expected);
  assert.deepEqual(both.notices, []);
  const same = pruned();
  assert.deepEqual(outline({ weights: same, masks: same }, chain).layers, expected);
  assert.deepEqual(outline({ masks: pruned() }).layers, expected);
  const alone = outline({ weights: pruned() });
  assert.deepEqual(alone.layers, ["0.weight [4,4], weight, bias 4", "2.weight [4,4], weight, bias 4"]);
  assert.deepEqual(alone.notices, [
    "p: holds masks of 2 layers, too; --masks with the same file puts them on",
  ]);
});

Deno.test("readNetwork puts masks on by name, whatever the order and beginnings of the names", () => {
  const weights = file("w", ...[0, 1, 2, 3].map((i) => weight(`module.fc${i}.weight`, [5, 5])));
  const masks = file("m", ...[3, 1, 2].map((i) => mask(`fc${i}_mask`, [5, 5], i + 1)));
  const { layers, notices } = outline({ weights, masks });
  assert.deepEqual(layers, [
    "module.fc0.weight [5,5], weight",
    "module.fc1.weight [5,5], weight, kept 13",
    "module.fc2.weight [5,5], weight, kept 9",
    "module.fc3.weight [5,5], weight, kept 7",
  ]);
  assert.deepEqual(notices, ['m: no mask for "module.fc0.weight"; all weights there are kept']);
});

Deno.test("readNetwork lists masks that no weight has the name of, and masks of another shape", () => {
  const weights = file("w", weight("fc1.weight", [5, 3]), weight("fc2.weight", [2, 5]));
  throwsOneLine(
    () => readNetwork({ weights, masks: file("m", mask("fc1.weight", [5, 3]), mask("fc3.weight", [2, 5])) }),
    /^m: expected masks that are called as weights of w are but found "fc3.weight" \(the closest there is "fc1.weight"\)$/,
    "FormatError",
  );
  throwsOneLine(
    () => readNetwork({ weights, masks: file("m", mask("fc1.weight", [3, 5]), mask("fc2.weight", [2, 5])) }),
    /^m: expected "fc1.weight" to be \[5, 3\], as "fc1.weight" of w is, but found \[3, 5\], which is it transposed$/,
    "FormatError",
  );
});

Deno.test("readNetwork of masks alone: a transformer's, a single head, convolutions, each by name", () => {
  const shapes: Record<string, number[]> = {
    "model.layers.0.self_attn.q_proj.weight": [8, 8],
    "model.layers.0.self_attn.k_proj.weight": [2, 8],
    "model.layers.0.self_attn.o_proj.weight": [8, 8],
    "model.layers.0.mlp.up_proj.weight": [21, 8],
    "model.layers.0.mlp.down_proj.weight": [8, 21],
    "model.layers.10.conv.weight": [4, 3, 3, 3],
    "model.layers.9.conv1d.weight": [4, 3, 5],
    "model.layers.11.conv3d.weight": [2, 3, 2, 2, 2],
  };
  const all = outline({
    masks: file("m", ...Object.entries(shapes).map(([name, shape]) => mask(name, shape))),
  });
  assert.deepEqual(
    all.layers.map((line) => line.split(" ")[0]),
    Object.keys(shapes).sort((a, b) => {
      const number = (name: string) => Number(/\d+/.exec(name)?.[0]);
      return number(a) - number(b) || (a < b ? -1 : 1);
    }),
  );
  assert.deepEqual(all.notices, []);
  const [conv] = readNetwork({ masks: file("m", mask("c", [4, 3, 2, 2])) }).layers;
  assert.deepEqual([conv.rows, conv.columns, conv.shape], [4, 12, [4, 3, 2, 2]]);
  assert.equal(outline({ masks: file("m", mask("head", [1, 1])) }).layers[0], "head [1,1], kept 1");
});

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

Deno.test("a bias goes with its layer whichever way that is stored, and is a stranger where it has other outputs", () => {
  const weights = (...bias: number[]) => file("w", weight("d/kernel", [3, 5]), weight("d/bias", bias));
  assert.deepEqual(outline({ weights: weights(5) }, { transpose: true }).layers, [
    "d/kernel [5,3], weight, bias 5",
  ]);
  const { layers, notices } = outline({ weights: weights(3) }, { transpose: true });
  assert.deepEqual([layers, notices], [
    ["d/kernel [5,3], weight"],
    ['w: left alone what no layer needs: "d/bias" (biases of 3 outputs)'],
  ]);
});

Deno.test("a bias's mask is put on its bias", () => {
  const weights = file("w", weight("fc.weight", [3, 2]), weight("fc.bias", [3]));
  const masks = file("m", mask("fc.weight_mask", [3, 2]), mask("fc.bias_mask", [3]));
  const [{ bias, biasMask }] = readNetwork({ weights, masks }).layers;
  assert.deepEqual([[...bias?.read() ?? []], [...biasMask?.read() ?? []]], [[2, 2.125, 2.25], [1, 0, 1]]);
});

Deno.test("strangers are named in one notice, and the layers read", () => {
  const weights = file(
    "w",
    weight("fc.weight", [3, 2]),
    weight("bn.running_mean", [3]),
    weight("embed_tokens.weight", [9, 2]),
    { name: "step", shape: [], data: new BigInt64Array(1) },
  );
  const { layers, notices } = outline({ weights });
  assert.deepEqual(layers, ["fc.weight [3,2], weight"]);
  assert.deepEqual(notices, [
    'w: left alone what no layer needs: "step" (single numbers), "bn.running_mean" (batch-norm statistics), ' +
    '"embed_tokens.weight" (embeddings)',
  ]);
});

Deno.test("a chain is not read past a layer that is none here, unless its order leaves it out", () => {
  const strange: Tensor = { name: "layers.1.weight", shape: [4, 4], data: new Int8Array(16).fill(3) };
  const beside = (...tensors: Tensor[]) =>
    file("w", weight("layers.0.weight", [4, 3]), weight("layers.2.weight", [2, 4]), ...tensors);
  throwsOneLine(
    () => readNetwork({ weights: beside(strange) }, { chain: true }),
    /^w: expected "layers.1.weight" to hold weights, as the layers before and after it do, but found I8 \[4, 4\]; --order leaves it out$/,
    "FormatError",
  );
  const order = ["layers.0", "layers.2"];
  assert.equal(readNetwork({ weights: beside(strange) }, { chain: true, order }).layers.length, 2);
  assert.equal(readNetwork({ weights: beside(strange) }).layers.length, 2);
  const harmless: Tensor[] = [
    weight("layers.1.weight", [4]),
    { name: "layers.3.weight", shape: [2, 2], data: new Int8Array(4).fill(3) },
    { name: "scales.1.weight", shape: [2, 2], data: new Int8Array(4).fill(3) },
    mask("layers.1.weight_mask", [4, 4]),
  ];
  assert.equal(readNetwork({ weights: beside(...harmless) }, { chain: true }).layers.length, 2);
  const others: Tensor[] = [
    { name: "layers.1.weight", shape: [0, 4], data: new Float32Array(0) },
    // It would not join its neighbours.
    { name: "layers.1.weight", shape: [2, 2], data: new Int8Array(4).fill(3) },
  ];
  for (const tensor of others) {
    assert.equal(readNetwork({ weights: beside(tensor) }, { chain: true }).layers.length, 2);
  }
});

Deno.test("files without a layer are refused with what they hold", () => {
  const none = file("w", weight("bn.running_mean", [3]));
  throwsOneLine(
    () => readNetwork({ weights: none }),
    /^w: expected at least one matrix of weights but found none; left alone what no layer needs: "bn.running_mean"/,
    "FormatError",
  );
  throwsOneLine(
    () => readNetwork({ masks: file("m") }),
    /^m: expected at least one matrix of masks but found no tensor$/,
  );
  throwsOneLine(
    () => readNetwork({ masks: "nonzero" }),
    /^Expected a file of weights or of masks but found neither$/,
  );
  const weights = file("w", weight("fc", [3, 2]));
  throwsOneLine(
    () => readNetwork({ weights, masks: file("m", mask("b", [3])) }),
    /^m: expected at least one matrix of masks/,
  );
});

Deno.test("hidden layers are hidden in the network, not in the middle of a file", () => {
  const shapes: Record<string, number[]> = {
    fc1: [8, 5],
    fc2: [8, 8],
    fc3: [8, 8],
    fc4: [8, 8],
    fc5: [2, 8],
  };
  const hidden = (names: string[], withWeights = false) => {
    const masks = file("m", ...names.map((name) => mask(name, shapes[name])));
    const weights = file("w", ...Object.entries(shapes).map(([name, shape]) => weight(name, shape)));
    const { layers } = readNetwork(withWeights ? { weights, masks } : { masks }, { chain: true });
    const { indices, notices } = hiddenLayers(layers, "m");
    return [indices.map((index) => layers[index].name).join(" "), notices.length];
  };
  const all = Object.keys(shapes);
  assert.deepEqual(hidden(all), ["fc2 fc3 fc4", 0]);
  assert.deepEqual(hidden(all, true), ["fc2 fc3 fc4", 0]);
  assert.deepEqual(hidden(["fc2", "fc3", "fc4"], true), ["fc2 fc3 fc4", 0]);
  // What is the middle of these files is not the middle of the network.
  assert.deepEqual(hidden(["fc2", "fc3", "fc4"]), ["fc2 fc3 fc4", 1]);
  assert.deepEqual(hidden(["fc1", "fc2", "fc3", "fc4"]), ["fc1 fc2 fc3 fc4", 1]);
  assert.deepEqual(hidden(["fc2", "fc3", "fc4", "fc5"]), ["fc2 fc3 fc4 fc5", 1]);
  assert.deepEqual(hidden(["fc3"]), ["fc3", 1]);
});

Deno.test("an order chooses the layers and their order, and masks of the others are no strays", () => {
  const weights = () => file("w", ...["a", "b", "c"].map((name) => weight(`${name}.weight`, [5, 5])));
  const masks = file("m", ...["a", "b", "c"].map((name) => mask(name, [5, 5])));
  for (const chain of [true, false]) {
    assert.deepEqual(outline({ weights: weights(), masks }, { order: ["c", "a.weight"], chain }).layers, [
      "c.weight [5,5], weight, kept 13",
      "a.weight [5,5], weight, kept 13",
    ]);
    throwsOneLine(() => readNetwork({ weights: weights() }, { order: ["c", "d"], chain }), /found no "d"/);
  }
});

Deno.test("readNetwork orders convolutions that follow one another, and says why no signals run through them", () => {
  const shapes = { head: [10, 8], "features.0": [4, 3, 3, 3], "features.3": [8, 4, 3, 3] };
  const weights = () => file("w", ...Object.entries(shapes).map(([name, shape]) => weight(name, shape)));
  const { layers, gap } = readNetwork({ weights: weights() }, { chain: "wanted" });
  assert.deepEqual(layers.map(({ name }) => name), ["features.0", "features.3", "head"]);
  assert.equal(
    gap?.message,
    'w: expected matrices, through which a network of fully connected layers runs, but found the convolution "features.0"',
  );
  const matrices = file("w", weight("a", [4, 3]), weight("b", [2, 4]));
  assert.equal(readNetwork({ weights: matrices }, { chain: "wanted" }).gap, undefined);
});

Deno.test("weights that are exactly 0 are counted, noticed past one in a hundred, and taken as pruned where so asked", () => {
  for (const dtype of ["F32", "F16", "BF16"] as const) {
    const values = [1, -2, 0, -0, 0.5, 3, 0, 0, 2, 1, 1, 1];
    const bits: Record<string, (value: number) => number> = {
      F16: (value) => new Uint16Array(new Float16Array([value]).buffer)[0],
      BF16: (value) => new Uint32Array(new Float32Array([value]).buffer)[0] >>> 16,
    };
    const data = dtype === "F32" ? new Float32Array(values) : Uint16Array.from(values, bits[dtype]);
    const weights = file("w", { name: "fc", shape: [3, 4], data, dtype });
    const { layers } = readNetwork({ weights, masks: "nonzero" });
    assert.deepEqual([...layers[0].mask?.read() ?? []], values.map((value) => value === 0 ? 0 : 1));
    assert.deepEqual([...layers[0].mask?.read([1, 2]) ?? []], [1, 1, 0, 0]);
    const counts = countZeros(layers.flatMap(({ weight }) => weight ?? []));
    assert.deepEqual(counts, [{ zeros: 4, total: 12 }]);
    assert.equal(
      zerosNotice(counts, "w"),
      "w: 4 of 12 weights (33.3 %) are exactly 0, and no mask says whether they are pruned; --masks nonzero takes them as pruned",
    );
  }
  assert.equal(zerosNotice([{ zeros: 1, total: 100 }], "w"), undefined);
  assert.match(zerosNotice([{ zeros: 2, total: 100 }], "w") ?? "", /2 of 100/);
  assert.equal(zerosNotice([], "w"), undefined);
});

Deno.test("zeros are counted row by row, past what is read at a time", () => {
  const columns = 1000, rows = 4300;
  const weights = file("w", {
    name: "fc",
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, (_, i) => i % 3),
  });
  const [{ weight }] = readNetwork({ weights }).layers;
  assert.deepEqual(weight && countZeros([weight]), [{
    zeros: Math.ceil(rows * columns / 3),
    total: rows * columns,
  }]);
});

Deno.test("masks are 0 and 1 of any type; anything else is shown with its place", () => {
  const arrays: Partial<Record<Dtype, (values: number[]) => Tensor["data"]>> = {
    F64: (values) => new Float64Array(values),
    F32: (values) => new Float32Array(values),
    I64: (values) => BigInt64Array.from(values, BigInt),
    I32: (values) => new Int32Array(values),
    I16: (values) => new Int16Array(values),
    I8: (values) => new Int8Array(values),
    U8: (values) => new Uint8Array(values),
    U16: (values) => new Uint16Array(values),
  };
  for (const [dtype, array] of Object.entries(arrays)) {
    const masks = file("m", {
      name: "a",
      shape: [2, 3],
      data: array([0, 1, 1, 0, 0, 1]),
      dtype: dtype as Dtype,
    });
    const read = readNetwork({ masks }).layers[0].mask?.read;
    assert.deepEqual([...read?.() ?? []], [0, 1, 1, 0, 0, 1], dtype);
    assert.deepEqual([...read?.([1, 2]) ?? []], [0, 0, 1], dtype);
  }
  const bad: [value: number, shown: string][] = [
    [0.5, "0.5"],
    [-1, "-1"],
    [NaN, "NaN"],
    [255, "255"],
    [2, "2"],
    [Math.fround(1 - 1e-7), "0.9999998807907104"],
  ];
  for (const [value, shown] of bad) {
    const data = new Float32Array(12).fill(1).with(7, value);
    const masks = file("m", { name: "a.weight", shape: [3, 4], data });
    const { mask } = readNetwork({ masks }).layers[0];
    assert.equal(mask?.read([0, 1]).length, 4);
    const found = new RegExp(
      `^m: expected 0 or 1 but found ${shown} in row 1, column 3 of "a.weight" \\(counted from 0\\)`,
    );
    for (const rows of [undefined, [1, 2], [0, 2]] as const) {
      throwsOneLine(() => mask?.read(rows), found, "FormatError");
    }
  }
  const taps = file("m", { name: "conv", shape: [2, 2, 1, 2], data: new Float32Array(8).fill(1).with(6, 7) });
  throwsOneLine(
    () => readNetwork({ masks: taps }).layers[0].mask?.read([1, 2]),
    /^m: expected 0 or 1 but found 7 at \[1, 1, 0, 0\] of "conv" \(counted from 0\)$/,
  );
  const pixels = file("m", { name: "a", shape: [1, 2], data: new Uint8Array([0, 255]) });
  throwsOneLine(
    () => readNetwork({ masks: pixels }).layers[0].mask?.read(),
    /; masks of 0 and 255 are to be divided by 255$/,
  );
  const out = new Uint8Array(3);
  const whole = readNetwork({ masks: file("m", mask("a", [3, 1])) }).layers[0].mask;
  assert.equal(whole?.read(undefined, out), out);
  throwsOneLine(
    () => whole?.read([0, 1], out),
    /^Expected an array of 1 elements to read "a" into but found 3$/,
  );
});

Deno.test("weights and biases that are not finite are shown with their place", () => {
  const weights = file(
    "w",
    { name: "fc.weight", shape: [2, 2], data: new Float32Array([1, 2, Infinity, 4]) },
    { name: "fc.bias", shape: [2], data: new Float32Array([1, NaN]) },
  );
  const [{ weight, bias }] = readNetwork({ weights }).layers;
  throwsOneLine(
    () => weight?.read(),
    /^w: expected finite weights but found Infinity in row 1, column 0 of "fc.weight"/,
  );
  const wide = file("w", { name: "fc.weight", shape: [1, 2], data: new Float64Array([1, -1e300]) });
  throwsOneLine(
    () => readNetwork({ weights: wide }).layers[0].weight?.read(),
    /^w: expected finite weights but found -1e\+300 \(more than float32 holds\) in row 0, column 1 of/,
  );
  throwsOneLine(
    () => bias?.read(),
    /^w: expected finite biases but found NaN at 1 of "fc.bias" \(counted from 0\)$/,
  );
});
