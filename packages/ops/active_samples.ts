import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/active_samples.wgsl" with { type: "text" };
import scan from "../../shaders/shared/scan.wgsl" with { type: "text" };
import { groupGrid } from "./grid.ts";
import { active_samples as assembly } from "./wasm/signatures.ts";

/**
 * Lists the samples at which anything flows back to some neurons, of any class: half of them under ReLU, none where a neuron
 * is dead. Row `k` of `list` [rows, N + 1] becomes the number of those of neuron `first + k` and, after it, the samples in rising
 * order; what comes after them is left as it is. `delta` is [neurons, classes · N], class after class along a row.
 */
export const activeSamples = defineOp({
  name: "active_samples",
  shader: [scan, shader],
  bindings: { delta: "f32", list: "u32 inout" },
  params: { first: "u32", classes: "u32" },
  shapes: { delta: ["neurons", "columns"], list: ["rows", "width"] },
  rules: [
    {
      says: "neurons of delta from first on, as many as list has rows",
      holds: ({ delta, list }, { first }) => first + list.rows <= delta.rows,
    },
    {
      says: "a list of one column more than each class has in delta",
      holds: ({ delta, list }, { classes }) => (list.cols - 1) * classes === delta.cols,
    },
  ],
  workgroups: ({ list }) => groupGrid(list.rows),
  reference({ delta, list }, { first, classes }) {
    const samples = list.cols - 1;
    for (let row = 0; row < list.rows; row++) {
      const from = (first + row) * delta.cols, start = row * list.cols;
      let count = 0;
      for (let x = 0; x < samples; x++) {
        let c = 0;
        while (c < classes && delta.data[from + c * samples + x] === 0) c++;
        if (c < classes) list.data[start + ++count] = x;
      }
      list.data[start] = count;
    }
  },
  accelerated({ delta, list }, { first, classes }, { address, launch }) {
    launch(assembly.active_samples, Math.ceil(list.rows / assembly.PART_ROWS), {
      delta: address(delta) + first * delta.cols * 4,
      classes,
      samples: list.cols - 1,
      rows: list.rows,
      list: address(list),
    });
  },
});
