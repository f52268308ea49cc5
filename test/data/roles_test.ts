import assert from "node:assert/strict";
import fc from "fast-check";
import {
  assignRoles,
  type Dtype,
  parseTensors,
  serialiseSafetensors,
  type Tensor,
  type Wanted,
} from "@graphon-limit/data";
import { parseTensorName } from "../../packages/data/networks/tensor_name.ts";
import { strangersNotices } from "../../packages/data/networks/roles.ts";
import { throwsOneLine } from "./support.ts";

/** A tensor of weights, none of them 0 or 1. */
function weight(name: string, ...shape: number[]): Tensor {
  return { name, shape, data: Float32Array.from({ length: product(shape) }, (_, i) => i / 7 - 3.5) };
}

/** A tensor of zeros and ones. */
function mask(name: string, ...shape: number[]): Tensor {
  return { name, shape, data: Uint8Array.from({ length: product(shape) }, (_, i) => (i + 1) % 2) };
}

/** The same in floats. */
function floatMask(name: string, ...shape: number[]): Tensor {
  return { name, shape, data: Float32Array.from(mask(name, ...shape).data as Uint8Array) };
}

function product(shape: readonly number[]): number {
  return shape.reduce((sum, size) => sum * size, 1);
}

/** The roles as text: a line for each layer, the strangers, the notices. */
function roles(wanted: Wanted, tensors: Tensor[], only?: string[]) {
  const { layers, strangers, notices } = assignRoles(
    parseTensors(serialiseSafetensors(tensors), "f"),
    wanted,
    only,
  );
  return {
    layers: layers.map(({ name, ...parts }) =>
      [name, ...Object.entries(parts).map(([role, tensor]) => `${role} ${tensor.name}`)].join(": ")
    ).sort(),
    strangers: strangers.map(({ name, what }) => `${name}: ${what}`).sort(),
    notices,
  };
}

Deno.test("parseTensorName takes names apart as the libraries put them together", () => {
  const cases: [name: string, base: string, layer: string, marks?: string][] = [
    ["0.weight", "0.weight", "0"],
    ["0.weight_orig", "0.weight", "0"],
    ["0.weight_mask", "0.weight", "0", "mask"],
    ["0.bias_mask", "0.bias", "0", "mask"],
    ["fc1_mask", "fc1", "fc1", "mask"],
    ["fc1.mask", "fc1", "fc1", "mask"],
    ["fc1.weight.mask", "fc1.weight", "fc1", "mask"],
    ["masks.fc1.weight", "fc1.weight", "fc1", "mask"],
    ["mask.layers.0.weight", "layers.0.weight", "layers.0", "mask"],
    ["weight_mask", "weight", "", "mask"],
    ["mask", "mask", "mask"],
    ["fc1", "fc1", "fc1"],
    ["attn.in_proj_weight", "attn.in_proj_weight", "attn.in_proj"],
    ["Dense_0/kernel", "Dense_0/kernel", "Dense_0", "kernel"],
    ["dense/kernel:0", "dense/kernel", "dense", "kernel"],
    ["dense/mask:0", "dense", "dense", "mask"],
    ["2.parametrizations.weight.original", "2.weight", "2"],
    ["2.parametrizations.weight.0.mask", "2.weight", "2", "mask"],
    ["parametrizations.weight.original", "weight", ""],
  ];
  for (const [name, base, layer, marks] of cases) {
    const parts = parseTensorName(name);
    const found = [parts.base, parts.layer, parts.isMask ? "mask" : parts.isKernel ? "kernel" : undefined];
    assert.deepEqual(found, [base, layer, marks], name);
  }
});

Deno.test("torch.nn.utils.prune: masks from _mask, weights from _orig, biases", () => {
  const file = [
    weight("0.weight_orig", 4, 3),
    floatMask("0.weight_mask", 4, 3),
    weight("0.bias", 4),
    weight("2.weight_orig", 2, 4),
    floatMask("2.weight_mask", 2, 4),
    weight("2.bias_orig", 2),
    floatMask("2.bias_mask", 2),
    weight("4.weight", 2, 2),
  ];
  for (const wanted of ["weights", "masks"] as const) {
    assert.deepEqual(roles(wanted, file), {
      layers: [
        "0.weight: weight 0.weight_orig: mask 0.weight_mask: bias 0.bias",
        "2.weight: weight 2.weight_orig: mask 2.weight_mask: bias 2.bias_orig: biasMask 2.bias_mask",
        "4.weight: weight 4.weight",
      ],
      strangers: [],
      notices: [],
    });
  }
});

Deno.test("masks beside weights in the ways people call them", () => {
  const cases: [weight: string, mask: string][] = [
    ["fc.weight", "fc.weight_mask"],
    ["fc.weight", "fc_mask"],
    ["fc.weight", "fc.mask"],
    ["fc", "fc_mask"],
    ["fc", "fc.weight_mask"],
    ["fc.weight", "masks.fc"],
    ["fc.parametrizations.weight.original", "fc.parametrizations.weight.0.mask"],
    ["weight_orig", "weight_mask"],
  ];
  for (const [weightName, maskName] of cases) {
    const { base } = parseTensorName(weightName);
    for (const wanted of ["weights", "masks"] as const) {
      assert.deepEqual(
        roles(wanted, [weight(weightName, 3, 2), mask(maskName, 3, 2)]).layers,
        [`${base}: weight ${weightName}: mask ${maskName}`],
        maskName,
      );
    }
  }
});

Deno.test("a saved run of training has its masks in one row", () => {
  const { layers, strangers } = roles("weights", [
    weight("layers.0.weight", 4, 3),
    { ...mask("mask.layers.0.weight", 12) },
    weight("optimiser.first.layers.0.weight", 12),
    weight("losses", 5),
  ]);
  assert.deepEqual(layers, ["layers.0.weight: weight layers.0.weight: mask mask.layers.0.weight"]);
  assert.deepEqual(strangers, [
    "losses: vectors that are no layer's bias, as normalisations have",
    "optimiser.first.layers.0.weight: an optimiser's memory",
  ]);
});

Deno.test("what no layer needs is a stranger and stands in nobody's way", () => {
  const strange: [tensor: Tensor, what: string][] = [
    [weight("bn.running_mean", 4), "batch-norm statistics"],
    [weight("bn.running_var", 4), "batch-norm statistics"],
    [{ name: "bn.num_batches_tracked", shape: [], data: new BigInt64Array(1) }, "single numbers"],
    [weight("bn.weight", 4), "vectors that are no layer's bias, as normalisations have"],
    [weight("bn.bias", 4), "vectors that are no layer's bias, as normalisations have"],
    [weight("embed_tokens.weight", 9, 4), "embeddings"],
    [weight("wpe.weight", 9, 4), "embeddings"],
    [weight("position", 9, 4), "embeddings"],
    [weight("pos_embed", 1, 9, 4), "embeddings"],
    [weight("bert.embeddings.word_embeddings.weight", 9, 4), "embeddings"],
    [weight("fc.weight_scale", 4, 1), "scales"],
    [weight("fc.scales", 4, 1), "scales"],
    [weight("none", 0, 4), "empty tensors"],
    [weight("temperature", 1), "vectors that are no layer's bias, as normalisations have"],
    [{ name: "attn.bias", shape: [1, 1, 2, 2], data: new Uint8Array([1, 0, 1, 1]) }, "biases of 4 axes"],
    [{ name: "position_ids", shape: [1, 4], data: new BigInt64Array([0n, 1n, 2n, 3n]) }, "whole numbers"],
    [{ name: "lengths", shape: [4], data: new Int32Array(4) }, "whole numbers"],
    [mask("attn_mask", 2, 2), "masks of nothing here"],
  ];
  const found = roles("weights", [
    weight("fc.weight", 4, 3),
    weight("fc.bias", 4),
    ...strange.map(([tensor]) => tensor),
  ]);
  assert.deepEqual(found.layers, ["fc.weight: weight fc.weight: bias fc.bias"]);
  assert.deepEqual(found.strangers, strange.map(([{ name }, what]) => `${name}: ${what}`).sort());
});

Deno.test("layers are layers whatever they are part of", () => {
  const names = [
    "patch_embed.proj.weight",
    "embed.weight",
    "lm_head.weight",
    "embeddings.patch_embeddings.projection.weight",
  ];
  assert.deepEqual(
    roles("weights", [...names.slice(0, 3).map((name) => weight(name, 3, 2)), weight(names[3], 3, 2, 2, 2)])
      .layers,
    names.map((name) => `${name}: weight ${name}`).sort(),
  );
});

Deno.test("the strangers are named in one line, by kinds", () => {
  const kinds = [
    ["a", "scales"],
    ["b\n", "embeddings"],
    ...["c", "d", "e", "f", "g"].map((name) => [name, "scales"]),
  ];
  assert.deepEqual(strangersNotices(kinds.map(([name, what]) => ({ name, what })), "f"), [
    'f: left alone what no layer needs: "a", "c", "d", "e" and 2 more (scales), "b\\n" (embeddings)',
  ]);
  assert.deepEqual(strangersNotices([], "f"), []);
});

Deno.test("in a file of masks all matrices are masks, of any type, and 0/1 vectors those of biases", () => {
  const { layers, strangers } = roles("masks", [
    mask("fc1.weight", 4, 3),
    { ...mask("fc1.bias", 4), dtype: "BOOL" },
    floatMask("embed_tokens.weight", 4, 4),
    mask("conv", 2, 3, 3, 3),
    mask("other.bias", 4),
  ]);
  assert.deepEqual(layers, [
    "conv: mask conv",
    "embed_tokens.weight: mask embed_tokens.weight",
    "fc1.weight: mask fc1.weight: biasMask fc1.bias",
  ]);
  assert.deepEqual(strangers, ["other.bias: vectors that are no layer's bias, as normalisations have"]);
  // What is called as no layer is one among masks if it is a mask, and else as little in the way as elsewhere.
  const mixed = roles("masks", [
    mask("fc.weight", 4, 3),
    weight("wte.weight", 9, 4),
    weight("pos_embed", 1, 9, 4),
  ]);
  assert.deepEqual(mixed.layers, ["fc.weight: mask fc.weight"]);
  assert.deepEqual(mixed.strangers, ["pos_embed: embeddings", "wte.weight: embeddings"]);
});

Deno.test("zeros and ones that are called weights are taken as such, which is said", () => {
  const { layers, notices } = roles("weights", [floatMask("fc1.weight", 4, 3), weight("fc2.weight", 2, 4)]);
  assert.deepEqual(layers, ["fc1.weight: weight fc1.weight", "fc2.weight: weight fc2.weight"]);
  assert.match(notices.join(), /taken as weights, as the name says.*"fc1\.weight"/);
});

Deno.test("zeros and ones among weights that no name explains are asked about", () => {
  throwsOneLine(
    () => roles("weights", [weight("fc1", 4, 3), floatMask("m1", 4, 3)]),
    /^f: expected to be told what "m1" is but found zeros and ones \[4, 3\]; call it "fc1_mask" if it is the mask of "fc1", name it in --order if .*$/,
    "UnknownTensorError",
  );
  throwsOneLine(
    () => roles("weights", [weight("fc1", 4, 3), mask("m1", 3, 3)]),
    /told what "m1" is .*; call it as its weight with _mask/,
  );
  throwsOneLine(
    () => roles("masks", [weight("a", 4, 3), mask("a_mask", 4, 3), mask("b", 4, 3)]),
    /told what "b" is/,
  );
  // An order says what is a layer.
  assert.deepEqual(roles("weights", [weight("fc1", 4, 3), floatMask("m1", 4, 3)], ["fc1"]).layers, [
    "fc1: weight fc1",
  ]);
  assert.deepEqual(
    roles("weights", [weight("fc1", 4, 3), floatMask("m1", 4, 3)], ["fc1", "m1"]).layers.length,
    2,
  );
  // A layer that was pruned away is a layer; a file of binary weights is said to look like masks.
  const gone = { name: "gone", shape: [3, 4], data: new Float32Array(12) };
  assert.deepEqual(roles("weights", [weight("fc1", 4, 3), gone]).layers, [
    "fc1: weight fc1",
    "gone: weight gone",
  ]);
  const binary = roles("weights", [floatMask("a", 4, 3), floatMask("b", 3, 3)]);
  assert.deepEqual([binary.layers.length, binary.notices], [2, [
    "f: all weights are 0 or 1, as those of masks are",
  ]]);
});

Deno.test("two tensors of one role are not chosen between", () => {
  throwsOneLine(
    () => roles("weights", [weight("fc.weight", 4, 3), weight("fc.weight_orig", 4, 3)]),
    /^f: expected one weight of "fc.weight" but found "fc.weight" and "fc.weight_orig"$/,
  );
  throwsOneLine(
    () => roles("weights", [weight("fc.weight", 4, 3), mask("fc.weight_mask", 4, 3), mask("fc_mask", 4, 3)]),
    /^f: expected one mask of "fc.weight" but found "fc(.weight)?_mask" and "fc(.weight)?_mask"$/,
  );
  throwsOneLine(
    () => roles("masks", [weight("fc.weight_orig", 4, 3), mask("fc.weight_mask", 4, 1)]),
    /^f: expected "fc.weight_mask" to be \[4, 3\], as "fc.weight_orig" is, but found \[4, 1\]$/,
  );
});

Deno.test("every tensor of any file has one role, whatever its name, or the file is refused in one line", () => {
  const names = fc.oneof(
    fc.constantFrom(
      "a",
      "b.weight",
      "b.bias",
      "b_mask",
      "b.weight_mask",
      "b.weight_orig",
      "bn.running_var",
      "wte.weight",
    ),
    fc.array(
      fc.constantFrom("a", "b", "weight", "bias", "mask", "_mask", "_orig", ".", "/", ":0", "kernel"),
      { maxLength: 5 },
    )
      .map((parts) => parts.join("")),
  );
  const dtypes = fc.constantFrom<Dtype[]>("F32", "U8");
  const tensors = fc.uniqueArray(
    fc.record({
      name: names,
      dtype: dtypes,
      shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
      fill: fc.constantFrom(0, 1, 2),
    }),
    { selector: ({ name }) => name, maxLength: 7 },
  );
  fc.assert(
    fc.property(tensors, fc.constantFrom<Wanted[]>("weights", "masks"), (list, wanted) => {
      const bytes = serialiseSafetensors(list.map(({ name, dtype, shape, fill }) => ({
        name,
        shape,
        data: dtype === "F32"
          ? new Float32Array(product(shape)).fill(fill)
          : new Uint8Array(product(shape)).fill(fill),
      })));
      let found: ReturnType<typeof assignRoles>;
      try {
        found = assignRoles(parseTensors(bytes, "f"), wanted);
      } catch {
        throwsOneLine(
          () => assignRoles(parseTensors(bytes, "f"), wanted),
          /^f: expected [^\n]* but found [^\n]*$/,
          "FormatError",
        );
        return;
      }
      const used = [
        ...found.layers.flatMap(({ name: _name, ...parts }) => Object.values(parts).map(({ name }) => name)),
        ...found.strangers.map(({ name }) => name),
      ];
      assert.deepEqual(used.sort(), list.map(({ name }) => name).sort());
      for (const { weight, mask } of found.layers) assert.ok((weight ?? mask) !== undefined);
    }),
    { numRuns: 3000 },
  );
});
