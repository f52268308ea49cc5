import assert from "node:assert/strict";
import { type Tensor } from "@graphon-limit/data";
import { parseTensorName } from "../../packages/data/networks/tensor_name.ts";
import { strangersNotices } from "../../packages/data/networks/roles.ts";
import { floatMask, mask, roles, weight } from "./roles_support.ts";

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
