import assert from "node:assert/strict";
import { hiddenLayers, readNetwork, type Tensor } from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";
import { file, mask, outline, weight } from "./network_files.ts";

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
