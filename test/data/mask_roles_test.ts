import assert from "node:assert/strict";
import fc from "fast-check";
import {
  assignRoles,
  type Dtype,
  parseTensors,
  serialiseSafetensors,
  type Wanted,
} from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";
import { floatMask, mask, product, roles, weight } from "./roles_support.ts";

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
