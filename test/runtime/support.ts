import assert from "node:assert/strict";
import { defineOp, type Device, GraphonLimitError } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

export const KINDS = ["webgpu", "cpu"] as const;

/** Small enough that a handful of rows make several panels. */
export const SMALL_BINDING = 256;

/** Registers one test per kind of device, on the harness's shared device of that kind. */
export function onBothDevices(
  name: string,
  test: (device: Device, kind: "webgpu" | "cpu") => Promise<void>,
  maxBindingBytes?: number,
): void {
  for (const kind of KINDS) {
    Deno.test({
      name: `${name} on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => await test(await testDevice(kind, maxBindingBytes), kind),
    });
  }
}

/** Adds `amount` to every element in place. */
export const increase = defineOp({
  name: "increase",
  shader: `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < params.x_rows * params.x_cols) { x[id.x] += params.amount; }
  }`,
  bindings: { x: "f32 inout" },
  params: { amount: "f32" },
  panelled: ["x"],
  workgroups: ({ x }) => [Math.ceil(x.rows * x.cols / 64)],
  reference: ({ x }, { amount }) => x.data.forEach((value, i) => x.data[i] = value + amount),
});

/** Copies `x` to `y`, both cut into panels, under a mask where there is one. */
export const copy = defineOp({
  name: "copy",
  shader: `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= params.x_rows * params.x_cols) { return; }
    y[id.x] = x[id.x];
#if \${mask}
    let row = id.x / params.x_cols;
    let column = id.x % params.x_cols;
    if (((mask[row * params.mask_words + column / 32u] >> (column % 32u)) & 1u) == 0u) { y[id.x] = 0.0f; }
#endif
  }`,
  bindings: { x: "f32", mask: "bits?", y: "f32 out" },
  panelled: ["x", "mask", "y"],
  workgroups: ({ x }) => [Math.ceil(x.rows * x.cols / 64)],
  reference({ x, mask, y }) {
    x.data.forEach((value, i) => {
      const row = Math.floor(i / x.cols), column = i % x.cols;
      const word = mask ? mask.data[row * mask.wordsPerRow + (column >>> 5)] : 0xffffffff;
      y.data[i] = (word >>> (column & 31)) & 1 ? value : 0;
    });
  },
});

/** The sum of `x`, seen whole. */
export const total = defineOp({
  name: "total",
  shader: `@compute @workgroup_size(1) fn main() {
    var sum = 0.0f;
    for (var i = 0u; i < params.x_rows * params.x_cols; i++) { sum += x[i]; }
    y[0] = sum;
  }`,
  bindings: { x: "f32", y: "f32 out" },
  workgroups: () => [1],
  reference: ({ x, y }) => {
    y.data[0] = x.data.reduce((sum, value) => sum + value, 0);
  },
});

/** A predicate for `assert.throws` and `assert.rejects`: this class, one line, these words. */
export function oneLine(
  type: new (message?: string) => GraphonLimitError,
  ...words: (string | RegExp)[]
): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof type, `expected ${type.name} but found ${error}`);
    assert.equal(error.name, type.name);
    assert.doesNotMatch(error.message, /\n/);
    for (const word of words) {
      if (typeof word === "string") assert.ok(error.message.includes(word), `${word} in: ${error.message}`);
      else assert.match(error.message, word);
    }
    return true;
  };
}

/** The numbers from `first`, as float32. */
export function counting(length: number, first = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => first + i);
}
