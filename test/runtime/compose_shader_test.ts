import assert from "node:assert/strict";
import { defineOp, DeviceOperationError } from "@graphon-limit/runtime";
import { composeShader } from "../../packages/runtime/shader.ts";
import { oneLine } from "./support.ts";

const shaded = (shader: string | string[]) =>
  defineOp({
    name: "example_op",
    shader,
    bindings: { inputWeights: "f32", keptMask: "bits?", counts: "i32 inout" },
    params: { someScale: "f32", layer: "u32" },
    options: { activation: ["relu", "tanh"], fast: [false, true] },
    atomics: ["counts"],
    vec4: ["inputWeights"],
    workgroups: () => [1],
    reference: () => {},
  });

const compose = (
  shader: string | string[],
  { present = ["inputWeights", "counts"], settings = {}, tuning = {} }: {
    present?: string[];
    settings?: Record<string, unknown>;
    tuning?: Record<string, number | boolean>;
  } = {},
) => composeShader(shaded(shader), present, { activation: "relu", fast: false, ...settings }, tuning);

/** What of the op's own text is left, without the declarations in front. */
const body = (...args: Parameters<typeof compose>) =>
  compose(...args).split("// body\n")[1].split("\n").map((line) => line.trim()).filter(Boolean);

Deno.test("composeShader: declares the uniform and the arguments present, in snake case and in order", () => {
  const code = compose("", { present: ["inputWeights", "keptMask", "counts"] });
  const fields = [...code.matchAll(/^ {2}(\w+: \w+),$/gm)].map(([, field]) => field);
  assert.deepEqual(fields, [
    "input_weights_rows: u32",
    "input_weights_cols: u32",
    "input_weights_words: u32",
    "kept_mask_rows: u32",
    "kept_mask_cols: u32",
    "kept_mask_words: u32",
    "counts_rows: u32",
    "counts_cols: u32",
    "counts_words: u32",
    "row_offset: u32",
    "first_panel: u32",
    "some_scale: f32",
    "layer: u32",
  ]);
  assert.match(code, /@binding\(1\) var<storage, read> input_weights: array<f32>;/);
  assert.match(code, /@binding\(2\) var<storage, read> kept_mask: array<u32>;/);
  assert.match(code, /@binding\(3\) var<storage, read_write> counts: array<atomic<i32>>;/);
});

Deno.test("composeShader: an argument left out is not declared and moves the later ones up", () => {
  const code = compose("");
  assert.doesNotMatch(code, /kept_mask/);
  assert.match(code, /@binding\(2\) var<storage, read_write> counts/);
});

Deno.test("composeShader: the tuning switch vec4 declares vectors", () => {
  assert.match(compose("", { tuning: { vec4: true } }), /input_weights: array<vec4<f32>>;/);
  assert.match(compose("", { tuning: { vec4: false } }), /input_weights: array<f32>;/);
});

Deno.test("composeShader: #if, #elif, #else and #endif see arguments, options and tuning", () => {
  const text = [
    "// body",
    "#if ${keptMask}",
    "masked",
    "#else",
    "whole",
    "#endif",
    "#if ${activation.relu}",
    "relu",
    "#elif ${activation.tanh}",
    "tanh",
    "#endif",
    "#if ${fast}",
    "fast",
    "#endif",
    "#if ${!fast}",
    "careful",
    "#endif",
    "#if ${tiled}",
    "tile ${TILE}",
    "#endif",
    "",
  ].join("\n");
  assert.deepEqual(body(text, { tuning: { tiled: true, TILE: 16 } }), [
    "whole",
    "relu",
    "careful",
    "tile 16",
  ]);
  assert.deepEqual(
    body(text, {
      present: ["inputWeights", "keptMask", "counts"],
      settings: { activation: "tanh", fast: true },
      tuning: { tiled: false, TILE: 8 },
    }),
    ["masked", "tanh", "fast"],
  );
});

Deno.test("composeShader: inserts an option's text and joins the parts of a shader in order", () => {
  assert.deepEqual(body(["// body", "first ${activation}", "second"]), ["first relu", "second"]);
});

Deno.test("composeShader: an unknown placeholder is an error that names op and placeholder", () => {
  assert.throws(
    () => compose("#if ${masc}\n#endif\n"),
    oneLine(DeviceOperationError, "example_op", "${masc}"),
  );
});
