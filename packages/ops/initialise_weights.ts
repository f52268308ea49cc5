import { defineOp, elementBlock, normalsFromBits, STREAM, uniformFromBits } from "@graphon-limit/runtime";
import shader from "../../shaders/initialise_weights.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import normal from "../../shaders/shared/normal.wgsl" with { type: "text" };
import philox from "../../shaders/shared/philox.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { initialise_weights as assembly } from "./wasm/signatures.ts";

/**
 * Random weights [m, n]: `scale` · N(0, 1), or uniform on [−scale, scale). Where `fanIn` [m, 1] counts the inputs that each
 * row keeps, the row's scale is `scale / √fanIn`, and 0 where it keeps none. Weight (i, j) is a function of seed, layer, i
 * and j (and of its row's count) alone, so panels, devices and order do not matter: the integers are the same everywhere,
 * normals agree to a few units in the last place.
 */
export const initialiseWeights = defineOp({
  name: "initialise_weights",
  shader: [grid, philox, normal, shader],
  bindings: { fanIn: "u32?", weights: "f32 out" },
  params: { seedLow: "u32", seedHigh: "u32", layer: "u32", scale: "f32" },
  options: { distribution: ["normal", "uniform"] },
  shapes: { fanIn: ["m", 1], weights: ["m", "n"] },
  panelled: ["weights"],
  workgroups: ({ weights }) => gridOf(weights.rows * Math.ceil(weights.cols / 4)),
  reference({ fanIn, weights }, { seedLow, seedHigh, layer, scale, distribution, rowOffset }) {
    const { rows, cols, data } = weights;
    const bits = new Uint32Array(4), values = new Float64Array(4);
    for (let i = 0; i < rows; i++) {
      const kept = fanIn?.data[rowOffset + i] ?? 1;
      const rowScale = kept > 0 ? scale / Math.sqrt(kept) : 0;
      for (let j = 0; j < cols; j += 4) {
        elementBlock([seedLow, seedHigh], STREAM.weights, layer, rowOffset + i, j, bits);
        if (distribution === "normal") {
          [values[0], values[1]] = normalsFromBits(bits[0], bits[1]);
          [values[2], values[3]] = normalsFromBits(bits[2], bits[3]);
        } else {
          for (let lane = 0; lane < 4; lane++) values[lane] = 2 * uniformFromBits(bits[lane]) - 1;
        }
        for (let lane = 0; lane < 4 && j + lane < cols; lane++) {
          data[i * cols + j + lane] = rowScale * values[lane];
        }
      }
    }
  },
  accelerated({ fanIn, weights }, { seedLow, seedHigh, layer, scale, distribution, rowOffset }, kernels) {
    const { address, launch } = kernels, { rows, cols } = weights;
    launch(assembly.initialise_weights, Math.ceil(rows / assembly.PART_ROWS), {
      fanIn: address(fanIn),
      weights: address(weights),
      rows,
      columns: cols,
      firstRow: rowOffset,
      seedLow,
      seedHigh,
      layer,
      scale,
      uniform: Number(distribution === "uniform"),
    });
  },
});
